"""Whether films keep the splits that they come with, and what is said of it."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.data.sources import find_films
from pneumoscope.data.split_names import SPLITS
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.columns import find_split_column
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.data.tables.table_files import read_rows
from pneumoscope.recipe.settings import Recipe, SplitConfig
from pneumoscope.wording import count_films, listed


def keep_given_splits(recipe: Recipe, data: Path, tables: TableRules = AS_WRITTEN) -> Recipe:
    """The recipe for films that somebody has divided: those of a table with splits keep them.

    So does one that only gives labels to the films of a folder. Folders are divided by the recipe
    as it is: the official `val` of Kermany's has 16 films. Raises as `find_films`.
    """
    table = data if data.is_file() else tables.labels_from
    if table is None or (data.is_dir() and not find_split_column(read_rows(table))):
        return recipe
    if not any(film.split for film in find_films(data, tables=tables).films):
        return recipe
    return recipe.model_copy(update={"split": SplitConfig(mode="given")})


def division_lines(table: FilmTable, config: SplitConfig) -> list[str]:
    """Whose films these are, how they were divided and into what, and a warning where patients were
    not recognised."""
    summary = table.patients()
    counts = {split: sum(row.values()) for split, row in table.counts().items()}
    parts = [f"{counts[split]:,} {split}" for split in SPLITS if split in counts]
    how = "as they were given" if config.mode == "given" else f"by the recipe, mode {config.mode}"
    none = f"; {count_films(counts[None])} in no split, left out" if None in counts else ""
    lines = [f"{summary.sentence()}.", f"Divided {how}: {listed(parts)}{none}."]
    return [*lines, f"warning: {summary.warning()}"] if summary.warning() else lines
