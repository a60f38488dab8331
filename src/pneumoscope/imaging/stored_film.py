"""A film as its file stores it, and how its values become gray levels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pneumoscope.imaging.film import Film, FilmTags
from pneumoscope.imaging.film_doubts import doubts
from pneumoscope.imaging.intensity import Levels, map_levels
from pneumoscope.imaging.orientation import upright


@dataclass(frozen=True)
class Window:
    """Which stretch of a film's values becomes black to white, as the film's file has it.

    `function` is `LINEAR`, `LINEAR_EXACT` or `SIGMOID` (`dicom/window.py`); `explanation` is what
    the file calls the window, and may be empty.
    """

    centre: float
    width: float
    function: str = "LINEAR"
    explanation: str = ""


@dataclass(frozen=True)
class Tones:
    """The values of a film `(H, W)`, of any type, and what becomes of them.

    `tone` gives the gray level of each value by itself; without it, the values are gray levels.
    What is `hidden` is no part of the film, and black. Values are in the file's own units; those
    that `windows` are told in are `slope` times a value plus `intercept`, or what `table` makes of
    it. `inverse` tells whether low values are bright. `coloured` is the share of pixels that were
    clearly coloured.
    """

    values: Levels
    tone: Callable[[Levels], NDArray[np.uint8]] | None = None
    hidden: NDArray[np.bool_] | None = None
    slope: float = 1.0
    intercept: float = 0.0
    table: Callable[[Levels], NDArray[np.int64]] | None = None
    inverse: bool = False
    windows: tuple[Window, ...] = ()
    coloured: float = 0.0

    def gray_levels(self) -> NDArray[np.uint8]:
        """Gray levels `(H, W)` with bright bones."""
        if self.tone is None:
            gray: NDArray[np.uint8] = self.values
            return gray
        pixels = map_levels(self.values, self.tone)
        if self.hidden is not None:
            pixels[self.hidden] = 0
        return pixels


@dataclass(frozen=True)
class StoredFilm:
    """A film as decoded.

    `orientation`, by the numbers of EXIF, tells how it lies in the file. `shape` is the film's own
    (height, width) as it is seen, where it was decoded at a reduced scale. `pixel_spacing` is the
    distance in mm between the middles of neighbouring rows and of neighbouring columns, as stored.
    """

    name: str
    tags: FilmTags
    tones: Tones
    orientation: int | None = None
    shape: tuple[int, int] | None = None
    pixel_spacing: tuple[float, float] | None = None

    def film(self) -> Film:
        """The film in gray levels, turned upright, with what makes an answer about it doubtful."""
        pixels = upright(self.tones.gray_levels(), self.orientation)
        shape = self.shape or pixels.shape
        warnings = (*self.tags.warnings, *doubts(pixels, shape, self.tones.coloured))
        tags = dataclasses.replace(self.tags, warnings=warnings)
        return Film(pixels=pixels, name=self.name, tags=tags, shape=shape)
