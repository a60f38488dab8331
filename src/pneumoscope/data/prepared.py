"""The films of a run: their split table and decoded pixels, unreadable films set aside."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.recipe import Recipe
from pneumoscope.results import UnreadableFilm


@dataclass(frozen=True)
class PreparedFilms:
    """The readable films of a run, their pixels, and what could not be read.

    `rows[i]` is the row of `pixels`, uint8 `(rows, size, size)`, that belongs to film `i` of the
    table.
    """

    table: FilmTable
    pixels: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int64]
    unreadable: tuple[UnreadableFilm, ...]

    def select(self, split: str) -> PreparedFilms:
        """The films of one split."""
        chosen = np.array([film.split == split for film in self.table.films], dtype=bool)
        return PreparedFilms(
            self.table.select(split), self.pixels, self.rows[chosen], self.unreadable
        )


def default_cache_directory() -> Path:
    """Where decoded pixels are kept: `PNEUMOSCOPE_CACHE`, or the user's cache folder."""
    if chosen := os.environ.get("PNEUMOSCOPE_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pneumoscope"


def prepare_films(
    recipe: Recipe,
    data: Path,
    split_table: Path,
    *,
    cache_directory: Path,
    progress: Callable[[int, int], None] | None = None,
) -> PreparedFilms:
    """Find the films, divide them, and decode them into the cache.

    The division is written to `split_table`; where that file already exists (a resumed run), it is
    used as it is. Raises `DatasetError` when train or val ends up without films of every class.
    """
    if split_table.is_file():
        table = FilmTable.read_csv(split_table, root=data)
    else:
        table = assign_splits(find_films(data, labels=recipe.labels), recipe.split)
        table.write_csv(split_table)
    cache = PixelCache.open_or_build(table, recipe.preprocess, cache_directory, progress=progress)
    readable = FilmTable(
        table.root,
        tuple(film for film, good in zip(table.films, cache.readable, strict=True) if good),
        table.class_names,
    )
    for split in ("train", "val"):
        present = {film.label for film in readable.films if film.split == split}
        if missing := set(table.class_names) - present:
            raise DatasetError(
                f"The split {split!r} holds no readable film of {', '.join(sorted(missing))}.",
                "Give more films, or a larger split.val_fraction.",
            )
    return PreparedFilms(readable, cache.pixels, cache.rows[cache.readable], cache.unreadable)
