"""Which acquisition group each film belongs to: films that were made alike, told in a table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pneumoscope.data.tables.table_files import read_rows
from pneumoscope.errors import DatasetError
from pneumoscope.files import write_text
from pneumoscope.wording import csv_cell

COLUMNS = ("path", "group")


@dataclass(frozen=True)
class FilmGroups:
    """The group of each film, by its path below the folder of films.

    `pneumoscope data audit --out` writes such a table; any CSV with these two columns will do.
    """

    groups: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> FilmGroups:
        """Read a table with the columns `path` and `group`.

        Raises `DatasetError` where it cannot be read, lacks a column, names a film twice, or leaves
        a cell empty.
        """
        table = read_rows(path)
        if missing := [name for name in COLUMNS if name not in table.columns]:
            raise DatasetError(
                f"The table {path} has no column {' and no column '.join(missing)}.",
                "Expected the columns path and group, as in groups.csv of `pneumoscope data audit "
                "--out`.",
            )
        groups: dict[str, str] = {}
        for row in table.rows:
            film, group = (row.cells.get(name, "") for name in COLUMNS)
            if not film or not group or film in groups:
                what = "names a film twice" if film in groups else "has an empty cell"
                raise DatasetError(
                    f"Row {row.number} of the table {path} {what}.",
                    "Expected one row for each film, with its path and its group.",
                )
            groups[film] = group
        return cls(groups)

    def of(self, paths: Iterable[str]) -> list[str | None]:
        """The group of each film, `None` where the table does not tell.

        Films are found by their whole path or, where folders are called otherwise, by their name
        alone, if no two films of the table share it.
        """
        names = Counter(PurePosixPath(path).name for path in self.groups)
        by_name = {
            PurePosixPath(path).name: group
            for path, group in self.groups.items()
            if names[PurePosixPath(path).name] == 1
        }
        return [self.groups.get(path, by_name.get(PurePosixPath(path).name)) for path in paths]

    def write(self, path: Path) -> None:
        """Write the table as CSV. Raises `OSError`."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(
            (csv_cell(film), csv_cell(group)) for film, group in sorted(self.groups.items())
        )
        write_text(path, text.getvalue(), errors="surrogateescape")


def few_named(named: int, films: int) -> str:
    """What is said where a table of groups names fewer than half of the films; else empty."""
    if 2 * named >= films:
        return ""
    return (
        f"The table of groups names {named:,} of the {films:,} films. Its paths are taken to be "
        "relative to the folder of films, or else as names of files."
    )
