"""A film, its evidence and both together, side by side in one picture."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.pictures.colours import HEAT, ColourScale
from pneumoscope.pictures.lettering import BACKGROUND, write, write_ends
from pneumoscope.pictures.overlay import blend, colour_bar
from pneumoscope.wording import percent

LONG_SIDE = 512
"""The longer side of a film in a panel, in pixels."""

_SMALL, _LARGE = 17, 24
_LINE = 26
_MARGIN, _GAP = 24, 20
_BAR = 14
_NARROWEST = 270


@dataclass(frozen=True)
class ClassEvidence:
    """Where a film speaks for a class (and against it, if below zero), and how probable that is.

    `evidence` is float32 `(H, W)` in the range of the colour scale it is drawn with.
    """

    class_name: str
    probability: float
    evidence: NDArray[np.float32]


@dataclass(frozen=True)
class PanelText:
    """What stands around the pictures: a title and the finding above, notes below."""

    title: str
    finding: Sequence[str]
    notes: Sequence[str]


@dataclass(frozen=True)
class _Cell:
    """A picture, its heading, and the colours below it, if it has any."""

    heading: str
    picture: Image.Image
    bar: Image.Image | None = None


def fit_film(image: NDArray[np.uint8], long_side: int = LONG_SIDE) -> NDArray[np.uint8]:
    """A film at its own aspect, its longer side `long_side` pixels: uint8 `(h, w)`."""
    scale = long_side / max(image.shape)
    height, width = (max(1, round(side * scale)) for side in image.shape)
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))


def render_panel(
    image: NDArray[np.uint8],
    classes: Sequence[ClassEvidence],
    text: PanelText,
    scale: ColourScale = HEAT,
) -> Image.Image:
    """A film, the evidence for a class, and the film with that evidence laid on it.

    `image` is uint8 `(H, W)`, drawn as large as it is, and the evidence has its shape. With several
    classes each has a column, the overlay above the evidence alone. Returns an RGB picture. Raises
    `PneumoscopeError` for evidence of another shape or range.
    """
    width = max(image.shape[1], _NARROWEST)
    film = _Cell("Film", Image.fromarray(image))
    alone = [_alone(shown, scale, width) for shown in classes]
    on_film = [_on_film(image, shown, scale, width) for shown in classes]
    rows: list[list[_Cell | None]] = (
        [[film, *alone, *on_film]] if len(classes) == 1 else [[film, *on_film], [None, *alone]]
    )
    return _lay_out(rows, (width, image.shape[0]), text)


def _alone(shown: ClassEvidence, scale: ColourScale, width: int) -> _Cell:
    return _Cell(
        f"Evidence for {shown.class_name}",
        Image.fromarray(scale.colours(shown.evidence)),
        _with_words(colour_bar(width, _BAR, scale, on_gray=False), scale),
    )


def _on_film(
    image: NDArray[np.uint8], shown: ClassEvidence, scale: ColourScale, width: int
) -> _Cell:
    return _Cell(
        f"{percent(shown.probability)} {shown.class_name}",
        Image.fromarray(blend(image, shown.evidence, scale)),
        _with_words(colour_bar(width, _BAR, scale), scale),
    )


def _with_words(bar: Image.Image, scale: ColourScale) -> Image.Image:
    """The bar, and below it what its ends and its middle mean."""
    strip = Image.new("RGB", (bar.width, bar.height + _LINE), BACKGROUND)
    strip.paste(bar, (0, 0))
    write_ends(strip, 0, bar.width, bar.height + _LINE / 2, scale.words, _SMALL)
    return strip


def _lay_out(
    rows: Sequence[Sequence[_Cell | None]], picture: tuple[int, int], text: PanelText
) -> Image.Image:
    """The cells in their rows, each with room for a `picture` of (width, height), amid the text."""
    across, down = picture[0] + _GAP, _LINE + picture[1] + 8 + _BAR + _LINE + _GAP
    top = _MARGIN + 2 * _LINE + _LINE * len(text.finding)
    width = 2 * _MARGIN + len(rows[0]) * across - _GAP
    height = top + len(rows) * down + _LINE * len(text.notes) + _MARGIN
    panel = Image.new("RGB", (width, height), BACKGROUND)
    write_line = functools.partial(write, panel, room=width - 2 * _MARGIN)
    write_line((_MARGIN, _MARGIN + _LINE / 2), text.title, _LARGE, keep_end=True)
    for place, line in enumerate(text.finding):
        write_line((_MARGIN, _MARGIN + (1.8 + place) * _LINE), line, _SMALL)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if cell:
                _paste(panel, cell, (_MARGIN + x * across, top + y * down), picture)
    for place, line in enumerate(text.notes):
        below = (len(text.notes) - place - 0.5) * _LINE
        write_line((_MARGIN, height - _MARGIN - below), line, _SMALL, quiet=True)
    return panel


def _paste(
    panel: Image.Image, cell: _Cell, corner: tuple[int, int], picture: tuple[int, int]
) -> None:
    left, top = corner
    width, height = picture
    write(panel, (left, top + _LINE / 2 - 2), cell.heading, _SMALL, room=width)
    # A film narrower than its column stands in the middle of it.
    panel.paste(cell.picture, (left + (width - cell.picture.width) // 2, top + _LINE))
    if cell.bar:
        panel.paste(cell.bar, (left, top + _LINE + height + 8))
