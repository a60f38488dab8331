"""The films of a run: their split table and decoded pixels, unreadable films set aside."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pneumoscope.class_roles import find_normal_class
from pneumoscope.data.cache import PixelCache
from pneumoscope.data.contradictions import contradiction_warning
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.lung_fields import read_lung_fields
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
from pneumoscope.data.table_traits import TableTraits
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import DatasetError, RecipeError
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.recipe.settings import Recipe


@dataclass(frozen=True)
class PreparedFilms:
    """The readable films of a run, their pixels, and what could not be read.

    `rows[i]` is the row of `pixels`, uint8 `(rows, size, size)`, that belongs to film `i` of the
    table; `lungs[i]`, where there are lung fields, is its mask, at half the side of the pixels.
    `groups` are acquisition groups, where they were found or given.
    """

    table: FilmTable
    pixels: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int64]
    unreadable: tuple[UnreadableFilm, ...]
    lungs: npt.NDArray[np.bool_] | None = None
    groups: FilmGroups | None = None

    @classmethod
    def of(cls, table: FilmTable, cache: PixelCache) -> PreparedFilms:
        """The readable films of a table, with their pixels in a cache that was opened for it."""
        readable = tuple(itertools.compress(table.films, cache.readable))
        return cls(
            replace(table, films=readable),
            cache.pixels,
            cache.rows[cache.readable],
            cache.unreadable,
        )

    def provenance(self) -> dict[str, Any]:
        """What goes on record of films that a model or its settings were fitted on; `none` counts
        those of no split."""
        return {
            "data_digest": self.table.digest,
            "films": {split or "none": row for split, row in self.table.counts().items()},
            "patients": self.table.patients().sentence(),
            "unreadable_films": len(self.unreadable),
        }

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


def check_lung_fields(recipe: Recipe, lung_fields: Path | None) -> None:
    """Raise `RecipeError` where a recipe needs to know the lungs, and nothing tells them."""
    if recipe.needs_lung_fields and lung_fields is None:
        raise RecipeError(
            "augment.surroundings_probability and loss.evidence_outside_lungs need to know where "
            "the lungs are.",
            "Give a folder of masks (--lung-fields), or do without: "
            "--set augment.surroundings_probability=0 --set loss.evidence_outside_lungs=0.",
        )


def prepare_films(
    recipe: Recipe,
    data: Path,
    split_table: Path,
    *,
    cache_directory: Path,
    lung_fields: Path | None = None,
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    groups: FilmGroups | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PreparedFilms:
    """Find the films, divide them, and decode them into the cache.

    `lung_fields` is a folder of masks, for recipes that need to know the lungs, `patients` and
    `tables` what a person says about patients and a table of films, and `groups` the acquisition
    groups of films for divisions that go by them, found anew where nothing is said. The division is
    written to `split_table`; where that file already exists (a resumed run), it is used as it is.
    The healthy class comes first among the classes. Raises `RecipeError` where it is not known
    which that is, and when lung fields are needed and not given, and `DatasetError` when train or
    val ends up without films of every class.
    Films under two labels are told of as warnings (`tables.tell`).
    """
    check_lung_fields(recipe, lung_fields)
    kept = split_table.is_file()
    table = (
        find_labelled_films(data, splits=split_table, tables=tables)
        if kept
        else find_labelled_films(data, labels=recipe.labels, patients=patients, tables=tables)
    )
    table = table.with_normal_class(find_normal_class(table.class_names, recipe.normal_class))
    cache = PixelCache.open_or_build(table, recipe.preprocess, cache_directory, progress=progress)
    if warning := contradiction_warning(table, cache.digests):
        tables.tell(f"warning: {warning}")
    if not kept:
        traits = None
        if recipe.split.needs_traits:
            traits = TableTraits.of(table, groups, progress=progress)
            groups = traits.group_table(table)
        table = assign_splits(table, recipe.split, cache.digests, traits)
        table.write_csv(split_table)
    films = replace(PreparedFilms.of(table, cache), groups=groups)
    for split in ("train", "val"):
        present = {film.label for film in films.table.films if film.split == split}
        if missing := set(table.class_names) - present:
            raise DatasetError(
                f"The split {split!r} holds no readable film of {', '.join(sorted(missing))}.",
                "Give more films, or a larger split.val_fraction.",
            )
    if lung_fields is None:
        return films
    half = replace(recipe.preprocess, size=recipe.preprocess.size // 2)
    return replace(films, lungs=read_lung_fields(films.table, lung_fields, half))
