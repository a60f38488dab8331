"""Many films on one sheet: small pictures with short captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from pneumoscope.pictures.colours import HEAT, ColourScale
from pneumoscope.pictures.lettering import BACKGROUND, write, write_ends
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
    right = sheet.width - _MARGIN
    left = right - _BAR
    sheet.paste(colour_bar(_BAR, 14, scale), (left, _MARGIN + 2))
    # There is no room for the middle of the scale.
    write_ends(sheet, left, right, _MARGIN + 30, (scale.words[0], scale.words[-1]), _SMALL)
    room = left - _MARGIN - _GAP
    write(sheet, (_MARGIN, _MARGIN + 10), title, _LARGE, room=room)
    write(sheet, (_MARGIN, _MARGIN + 38), note, _SMALL, quiet=True, room=room)


def _draw_thumbnail(sheet: Image.Image, thumbnail: Thumbnail, corner: tuple[int, int]) -> None:
    left, top = corner
    picture = thumbnail.picture
    # Pictures stand on one line, in the middle of their columns.
    place = (left + (_PICTURE - picture.width) // 2, top + _PICTURE - picture.height)
    sheet.paste(picture, place)
    y = top + _PICTURE + 6 + _LINE / 2
    write(sheet, (left, y), thumbnail.name, _SMALL, quiet=True, room=_PICTURE, keep_end=True)
    for number, line in enumerate(thumbnail.lines, start=1):
        write(sheet, (left, y + number * _LINE), line, _SMALL, room=_PICTURE)
