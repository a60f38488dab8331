"""From whatever a film is given as to the pixels that the network sees."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import Film, FilmTags
from pneumoscope.imaging.handed_over import Pixels, film_of_pixels
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import Source, name_of, read_image
from pneumoscope.inference.isolation import FilmWorkers

FilmSource = Source | Pixels


@dataclass(frozen=True)
class PreparedFilm:
    """A film on its way to the network.

    `image` is what the network will see, uint8 `(size, size)`; `shape` the film's own (height,
    width); `timings` are milliseconds spent on `read` and `preprocess`. `source` is what was given.
    """

    name: str
    image: NDArray[np.uint8]
    tags: FilmTags
    shape: tuple[int, int]
    timings: dict[str, float]
    source: FilmSource

    @property
    def file(self) -> str | os.PathLike[str] | None:
        """The film's file, where it was given by its path."""
        return self.source if isinstance(self.source, str | os.PathLike) else None


def read_film(source: FilmSource, target: int) -> Film:
    """A film given as a file or as pixels; `target` is that of `read_image`.

    Raises `ImageReadError` where it cannot be read.
    """
    if isinstance(source, np.ndarray | Image.Image):
        return film_of_pixels(source)
    return read_image(source, target=target)


def read_again(source: FilmSource, target: int) -> Film:
    """A film that was read before; a stream is read from its beginning.

    Raises `ImageReadError` where that is not possible any more.
    """
    if not isinstance(source, np.ndarray | Image.Image) and hasattr(source, "seek"):
        try:
            source.seek(0)
        except (OSError, ValueError) as error:  # a pipe, or a stream that is closed
            raise ImageReadError(name_of(source), f"it cannot be read again: {error}.") from error
    return read_film(source, target)


def prepare_film(
    source: FilmSource, config: PreprocessConfig, isolation: FilmWorkers | None = None
) -> PreparedFilm:
    """Read a film and bring it to the network's size.

    With `isolation`, a file is decoded in one of its processes. Raises as `read_film`.
    """
    if isolation is not None and not isinstance(source, np.ndarray | Image.Image):
        isolated = isolation.prepare(source, config)
        film = isolated.film
        return PreparedFilm(film.name, film.pixels, film.tags, film.shape, isolated.timings, source)
    begin = time.perf_counter()
    film = read_film(source, config.size)
    after_reading = time.perf_counter()
    image = preprocess(film.pixels, config)
    timings = {
        "read": 1000 * (after_reading - begin),
        "preprocess": 1000 * (time.perf_counter() - after_reading),
    }
    return PreparedFilm(film.name, image, film.tags, film.shape, timings, source)
