"""Many films on one sheet: small pictures with short captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from pneumoscope.pictures.colours import HEAT, ColourScale
from pneumoscope.pictures.lettering import BACKGROUND, QUIET_TEXT, TEXT, fitted_text, font
from pneumoscope.pictures.overlay import colour_bar

FILMS_A_SHEET = 40

_ACROSS = 8
_PICTURE = 200
_GAP = 16
_MARGIN = 24
_SMALL, _LARGE = 14, 22
_LINE = 20
_HEAD = 64
_BAR = 160


@dataclass(frozen=True)
class Thumbnail:
    """A small picture, the name below it, and further lines of caption."""

    picture: Image.Image
    name: str
    lines: Sequence[str]

    @classmethod
    def of(cls, picture: Image.Image, name: str, lines: Sequence[str]) -> Thumbnail:
        """A thumbnail of a picture of any size, which keeps its aspect."""
        small = picture.copy()
        small.thumbnail((_PICTURE, _PICTURE), Image.Resampling.LANCZOS)
        return cls(small, name, lines)


def render_contact_sheet(
    thumbnails: Sequence[Thumbnail], title: str, note: str, scale: ColourScale = HEAT
) -> Image.Image:
    """One sheet with all the thumbnails, eight in a row, under a title, a note and the colours.

    There is at least one thumbnail; `FILMS_A_SHEET` fit a screen. Returns an RGB picture.
    """
    # A sheet of few films still has room for its head.
    columns = min(_ACROSS, max(len(thumbnails), 4))
    rows = -(-len(thumbnails) // columns)
    captions = 1 + max(len(thumbnail.lines) for thumbnail in thumbnails)
    across, down = _PICTURE + _GAP, _PICTURE + 6 + captions * _LINE + _GAP
    width = 2 * _MARGIN + columns * across - _GAP
    sheet = Image.new("RGB", (width, _MARGIN + _HEAD + rows * down + _MARGIN - _GAP), BACKGROUND)
    _draw_head(sheet, title, note, scale)
    for place, thumbnail in enumerate(thumbnails):
        y, x = divmod(place, columns)
        _draw_thumbnail(sheet, thumbnail, (_MARGIN + x * across, _MARGIN + _HEAD + y * down))
    return sheet


def _draw_head(sheet: Image.Image, title: str, note: str, scale: ColourScale) -> None:
    draw = ImageDraw.Draw(sheet)
    words = ("none", "full") if scale.lowest == 0 else ("against", "for")
    small, large = font(_SMALL), font(_LARGE)
    right = sheet.width - _MARGIN
    left = right - _BAR
    sheet.paste(colour_bar(_BAR, 14, scale), (left, _MARGIN + 2))
    draw.text((left, _MARGIN + 30), words[0], QUIET_TEXT, small, anchor="lm")
    draw.text((right, _MARGIN + 30), words[1], QUIET_TEXT, small, anchor="rm")
    room = left - _MARGIN - _GAP
    draw.text((_MARGIN, _MARGIN + 10), fitted_text(title, large, room), TEXT, large, anchor="lm")
    draw.text(
        (_MARGIN, _MARGIN + 38), fitted_text(note, small, room), QUIET_TEXT, small, anchor="lm"
    )


def _draw_thumbnail(sheet: Image.Image, thumbnail: Thumbnail, corner: tuple[int, int]) -> None:
    left, top = corner
    picture = thumbnail.picture
    # Pictures stand on one line, in the middle of their columns.
    place = (left + (_PICTURE - picture.width) // 2, top + _PICTURE - picture.height)
    sheet.paste(picture, place)
    draw = ImageDraw.Draw(sheet)
    lettering = font(_SMALL)
    y = top + _PICTURE + 6 + _LINE / 2
    name = fitted_text(thumbnail.name, lettering, _PICTURE, keep_end=True)
    draw.text((left, y), name, QUIET_TEXT, lettering, anchor="lm")
    for line in thumbnail.lines:
        y += _LINE
        draw.text((left, y), fitted_text(line, lettering, _PICTURE), TEXT, lettering, anchor="lm")
