"""How a film was made, as numbers that do not know where its lungs are.

Machines, settings and habits leave traces all over a film: how far the exposure was narrowed, where
letters stand, how gray levels are spread, how sharp edges are, how flat the bright parts. Films
that agree in these were probably made alike (`acquisition_groups.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, laplace, uniform_filter

Floats = NDArray[np.float64]

_CELLS = 8  # the ring around the lungs is one cell of eight wide
_QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
_BLACK, _WHITE = 12, 235
_EMPTY = 0.9  # this share of a line is black where no exposure reached it
_STANDS_OUT = 60  # gray levels of a letter above what is around it
_AROUND = 25  # pixels of 224
_BRIGHT = 0.75  # mediastinum and abdomen are among the brightest quarter


@dataclass(frozen=True)
class Acquisition:
    """Traces of how a film was made, float64 vectors; each of the five counts as much as another.

    `surroundings`: mean gray level and log spread of the 28 cells at the edge of an 8 x 8 grid.
    `gray_levels`: quantiles of the film's. `sharpness`: log spread of its Laplacian and of what
    three box filters take away, and how flat the bright quarter is. `markers`: the root of how much
    stands out of its surroundings as letters do, and the largest piece of it, in the four corners.
    `framing`: lines without exposure and shares of white at the four sides, size and aspect of the
    file.
    """

    surroundings: Floats
    gray_levels: Floats
    sharpness: Floats
    markers: Floats
    framing: Floats

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], width: int, height: int) -> Acquisition:
        """The traces in a film's square, uint8 `(S, S)` with `S` a multiple of 8; `width` and
        `height` are those of its file."""
        gray = pixels.astype(np.float32)
        return cls(
            _surroundings(gray),
            np.quantile(gray, _QUANTILES).astype(np.float64),
            _sharpness(gray),
            _markers(gray),
            np.array([*_framing(pixels), np.log(width * height), np.log(width / height)]),
        )


def _surroundings(gray: NDArray[np.float32]) -> Floats:
    side = gray.shape[0] // _CELLS
    cells = gray.reshape(_CELLS, side, _CELLS, side).swapaxes(1, 2).reshape(_CELLS, _CELLS, -1)
    edge = np.ones((_CELLS, _CELLS), dtype=bool)
    edge[1:-1, 1:-1] = False
    around = cells[edge].astype(np.float64)
    return np.concatenate([around.mean(axis=1), np.log1p(around.std(axis=1))])


def _sharpness(gray: NDArray[np.float32]) -> Floats:
    fine, middle, coarse = (uniform_filter(gray, size) for size in (3, 5, 9))
    taken = (laplace(gray), gray - fine, fine - middle, middle - coarse)
    spreads = [np.log1p(float(band.std())) for band in taken]
    local = np.sqrt(np.maximum(uniform_filter(gray**2, 5) - middle**2, 0))
    bright = local[gray >= np.quantile(gray, _BRIGHT)]
    return np.array([*spreads, *np.log1p(np.quantile(bright, (0.25, 0.5, 0.75)))])


def _markers(gray: NDArray[np.float32]) -> Floats:
    stands_out = gray - uniform_filter(gray, _AROUND) > _STANDS_OUT
    side = gray.shape[0] // 4
    found = []
    for rows in (slice(None, 2 * side), slice(-side, None)):
        for columns in (slice(None, side), slice(-side, None)):
            corner = stands_out[rows, columns]
            pieces, _ = label(corner)
            largest = np.bincount(pieces.ravel())[1:].max(initial=0)
            found += [np.sqrt(corner.sum()), np.sqrt(largest)]
    return np.array(found, dtype=np.float64)


def _framing(pixels: NDArray[np.uint8]) -> list[float]:
    black = pixels < _BLACK
    margins = []
    for axis in (0, 1):
        empty = black.mean(axis=axis) > _EMPTY
        for line in (empty, empty[::-1]):
            margins.append(float(len(line) if line.all() else np.argmin(line)))
    side = pixels.shape[0] // _CELLS
    white = pixels > _WHITE
    sides = (white[:side], white[-side:], white[:, :side], white[:, -side:])
    return margins + [float(part.mean()) for part in sides]
