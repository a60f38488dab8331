"""The films of a run: their split table and decoded pixels, unreadable films set aside."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.lung_fields import read_lung_fields
from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, RecipeError
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.recipe.settings import Recipe


@dataclass(frozen=True)
class PreparedFilms:
    """The readable films of a run, their pixels, and what could not be read.

    `rows[i]` is the row of `pixels`, uint8 `(rows, size, size)`, that belongs to film `i` of the
    table; `lungs[i]`, where there are lung fields, is its mask, at half the side of the pixels.
    """

    table: FilmTable
    pixels: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int64]
    unreadable: tuple[UnreadableFilm, ...]
    lungs: npt.NDArray[np.bool_] | None = None

    def select(self, split: str) -> PreparedFilms:
        """The films of one split."""
        chosen = np.array([film.split == split for film in self.table.films], dtype=bool)
        return PreparedFilms(
            self.table.select(split),
            self.pixels,
            self.rows[chosen],
            self.unreadable,
            None if self.lungs is None else self.lungs[chosen],
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
    lung_fields: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PreparedFilms:
    """Find the films, divide them, and decode them into the cache.

    `lung_fields` is a folder of masks, for recipes that need to know the lungs. The division is
    written to `split_table`; where that file already exists (a resumed run), it is used as it is.
    Raises `RecipeError` when lung fields are needed and not given, and `DatasetError` when train or
    val ends up without films of every class.
    """
    if recipe.needs_lung_fields and lung_fields is None:
        raise RecipeError(
            "augment.surroundings_probability and loss.evidence_outside_lungs need to know where "
            "the lungs are.",
            "Give a folder of masks (--lung-fields), or set both to 0.",
        )
    if not data.exists():
        raise DatasetError(f"There is nothing at {data}.", "Give the folder or the table of films.")
    kept = split_table.is_file()
    if kept:
        table = FilmTable.read_csv(split_table, root=data if data.is_dir() else data.parent)
    else:
        table = find_films(data, labels=recipe.labels)
    cache = PixelCache.open_or_build(table, recipe.preprocess, cache_directory, progress=progress)
    if not kept:
        table = assign_splits(table, recipe.split, cache.digests)
        table.write_csv(split_table)
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
    lungs = None
    if lung_fields is not None:
        half = replace(recipe.preprocess, size=recipe.preprocess.size // 2)
        lungs = read_lung_fields(readable, lung_fields, half)
    return PreparedFilms(
        readable, cache.pixels, cache.rows[cache.readable], cache.unreadable, lungs
    )
