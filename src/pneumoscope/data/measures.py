"""What the audit measures on every film: its size, simple statistics and two fingerprints.

Statistics are taken on the film stretched to 224 x 224, which is what a network is shown. Sizes are
those of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import laplace

from pneumoscope.data.acquisition import Acquisition
from pneumoscope.data.duplicates import perceptual_hash
from pneumoscope.data.sources import film_digest
from pneumoscope.data.table import FilmTable
from pneumoscope.data.workers import map_in_processes
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image

_VIEW = PreprocessConfig(size=224, fit="stretch")
_BORDER = 12  # pixels of the 224 that count as the border
_SMALL, _EDGE = 64, 2  # two pixels of 64 are 1/32
FRAME_PIXELS = _SMALL**2 - (_SMALL - 2 * _EDGE) ** 2
"""Of the frame of a film: 496."""


@dataclass(frozen=True)
class FilmMeasures:
    """The measures of one film.

    `digest` is equal for byte-identical files, `hash` (256 bits in 32 bytes) almost equal for films
    that look the same. `mean`, `contrast` (standard deviation), `sharpness` (standard deviation of
    the Laplacian) and `border` (mean of the outer 12 pixels) are in gray levels, 0 to 255;
    `frame` holds the gray values of the outermost 1/32 of every side, at 64 x 64: 496 bytes;
    `acquisition` tells how the film was made; `black` and `white` are the shares of pixels at 0 and
    at 255; `warnings` say why the film may not be one to be judged.
    """

    path: str
    format: str
    width: int
    height: int
    file_size: int
    digest: str
    hash: bytes
    mean: float
    contrast: float
    sharpness: float
    border: float
    frame: bytes
    acquisition: Acquisition
    black: float
    white: float
    warnings: tuple[str, ...] = ()

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.width / self.height


def measure_films(
    table: FilmTable,
    workers: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[FilmMeasures | UnreadableFilm]:
    """Measure every film of a table, in table order, in `workers` processes (0: as many as
    `cores.threads`).

    A film that cannot be read comes back as an `UnreadableFilm`. `progress(done, total)` is called
    after each.
    """
    results: list[FilmMeasures | UnreadableFilm] = []
    paths = [film.path for film in table.films]
    for result in map_in_processes(partial(_measure_or_report, table.root), paths, workers):
        results.append(result)
        if progress is not None:
            progress(len(results), len(paths))
    return results


def measure_film(root: Path, path: str) -> FilmMeasures:
    """Measure the film `root / path`. Raises `ImageReadError`."""
    file = root / path
    film = read_image(file, target=_VIEW.size, name=path)
    pixels = preprocess(film.pixels, _VIEW)
    height, width = film.shape
    return FilmMeasures(
        path=path,
        format=film.tags.format,
        width=width,
        height=height,
        file_size=file.stat().st_size,
        digest=film_digest(file),
        hash=perceptual_hash(pixels),
        mean=float(pixels.mean()),
        contrast=float(pixels.std()),
        sharpness=sharpness(pixels),
        border=_border_mean(pixels),
        frame=_frame(pixels),
        acquisition=Acquisition.of(pixels, width, height),
        black=float((pixels == 0).mean()),
        white=float((pixels == 255).mean()),
        warnings=film.tags.warnings,
    )


def sharpness(pixels: NDArray[np.uint8]) -> float:
    """How sharp a film `(H, W)` is: the standard deviation of its Laplacian, in gray levels."""
    return float(laplace(pixels.astype(np.float32)).std())


def _measure_or_report(root: Path, path: str) -> FilmMeasures | UnreadableFilm:
    try:
        return measure_film(root, path)
    except ImageReadError as error:
        return UnreadableFilm(path, error.reason)


def _border_mean(pixels: NDArray[np.uint8]) -> float:
    inside = np.zeros(pixels.shape, dtype=bool)
    inside[_BORDER:-_BORDER, _BORDER:-_BORDER] = True
    return float(pixels[~inside].mean())


def _frame(pixels: NDArray[np.uint8]) -> bytes:
    small = np.asarray(Image.fromarray(pixels).resize((_SMALL, _SMALL), Image.Resampling.BOX))
    edge = np.ones(small.shape, dtype=bool)
    edge[_EDGE:-_EDGE, _EDGE:-_EDGE] = False
    return small[edge].tobytes()
