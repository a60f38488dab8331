"""Sent films on their way to the network: decoded in processes of their own."""

from __future__ import annotations

from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.preparing import PreparedFilm
from pneumoscope.serving.uploads import UploadedFilm


def prepare_sent(
    workers: FilmWorkers, film: UploadedFilm, config: PreprocessConfig, *, copy: bool
) -> tuple[PreparedFilm, bytes | None]:
    """A film at the network's size and, with `copy`, a copy of its file without anything about
    persons. Raises `ImageReadError`."""
    isolated = workers.prepare(film.data, config, copy=copy)
    read = isolated.film
    prepared = PreparedFilm(
        film.name, read.pixels, read.tags, read.shape, isolated.timings, film.data
    )
    return prepared, isolated.copy.data if isolated.copy else None
