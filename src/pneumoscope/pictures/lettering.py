"""Text in pictures: on a dark ground, in one line, and never wider than its place."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from pneumoscope.wording import printable

BACKGROUND = (16, 16, 18)
_TEXT = (236, 236, 238)
_QUIET_TEXT = (160, 160, 166)


def text_width(text: str, size: float) -> float:
    """The width of a text, in pixels; `size` is the height of its font."""
    return _font(size).getlength(text)


def in_lines(text: str, size: float, room: float) -> list[str]:
    """A text in lines of at most `room` pixels, broken between words; a longer word is a line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write(
    picture: Image.Image,
    place: tuple[float, float],
    text: str,
    size: float,
    *,
    anchor: str = "lm",
    quiet: bool = False,
    room: float = math.inf,
    keep_end: bool = False,
) -> None:
    """Write a text in one line of at most `room` pixels: its start, or with `keep_end` its end.

    `anchor` is Pillow's name for the point of the text that goes to `place`.
    """
    shown = kept = printable(text)
    while kept and text_width(shown, size) > room:
        kept = kept[1:] if keep_end else kept[:-1]
        shown = "..." + kept if keep_end else kept + "..."
    colour = _QUIET_TEXT if quiet else _TEXT
    ImageDraw.Draw(picture).text(place, shown, colour, _font(size), anchor=anchor)


def write_ends(
    picture: Image.Image, left: float, right: float, y: float, words: Sequence[str], size: float
) -> None:
    """Write quiet words at the ends of a line and, where there are three, in its middle."""
    anchors = {0.0: "lm", 0.5: "mm", 1.0: "rm"} if len(words) == 3 else {0.0: "lm", 1.0: "rm"}
    for word, (part, anchor) in zip(words, anchors.items(), strict=True):
        write(picture, (left + part * (right - left), y), word, size, anchor=anchor, quiet=True)


@functools.cache
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
