"""Text in pictures: on a dark ground, in one line, and never wider than its place."""

from __future__ import annotations

from PIL import ImageFont

from pneumoscope.wording import printable

BACKGROUND = (16, 16, 18)
TEXT = (236, 236, 238)
QUIET_TEXT = (160, 160, 166)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def font(size: float) -> Font:
    """The font of all captions; `size` is its height in pixels."""
    return ImageFont.load_default(size)


def fitted_text(text: str, lettering: Font, room: float, *, keep_end: bool = False) -> str:
    """The text in one line of at most `room` pixels: its start, or with `keep_end` its end."""
    text = printable(text)
    if lettering.getlength(text) <= room:
        return text
    while text and lettering.getlength(text + "...") > room:
        text = text[1:] if keep_end else text[:-1]
    return "..." + text if keep_end else text + "..."
