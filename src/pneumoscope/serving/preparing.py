"""Sent films on their way to the network: decoded in processes of their own."""

from __future__ import annotations

import dataclasses

from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.preparing import PreparedFilm
from pneumoscope.serving.uploads import UploadedFilm


def prepare_sent(
    workers: FilmWorkers, film: UploadedFilm, config: PreprocessConfig, *, copy: bool
) -> tuple[PreparedFilm, bytes | None]:
    """A film at the network's size and, with `copy`, a copy of its file without anything about
    persons.

    Where that is a copy of gray levels alone, or could not be made, a note among the film's tags
    says so. Raises `ImageReadError`, and `DecoderError`.
    """
    isolated = workers.prepare(film.data, config, copy=copy)
    read, stripped = isolated.film, isolated.copy
    note = stripped.note if stripped else ""
    if isolated.copy_failed:
        note = f"no copy is kept, since none could be made ({isolated.copy_failed})"
    tags = dataclasses.replace(read.tags, notes=(*read.tags.notes, note)) if note else read.tags
    prepared = PreparedFilm(film.name, read.pixels, tags, read.shape, isolated.timings, film.data)
    return prepared, stripped.data if stripped else None
