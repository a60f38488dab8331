"""The table of films that every later step works from: one row a film."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pneumoscope.class_roles import order_classes, recognised_order, sounds_healthy
from pneumoscope.data.circumstances import (
    UNKNOWN,
    Circumstances,
    circumstance_columns,
    read_circumstances,
)
from pneumoscope.data.filenames import parse_film_name
from pneumoscope.data.patients import PatientSummary, patient_column, patient_of_row
from pneumoscope.data.split_names import SPLITS
from pneumoscope.errors import DatasetError
from pneumoscope.files import write_text
from pneumoscope.folders.account import FolderNote
from pneumoscope.wording import csv_cell, from_csv_cell

Labels = Literal["folder", "pathogen"]


@dataclass(frozen=True)
class FilmRecord:
    """One film of a table.

    `path` is relative to the table's root, with forward slashes. `split` is `train`, `val`, `test`,
    or `None` for a film that belongs to none. `series` and `number` order patients by acquisition;
    the number is `None` where nothing tells it. `recognised_by` says in words what told the patient
    (see `patients.py`), `circumstances` are those that a table tells; neither is a column.
    """

    path: str
    label: str
    split: str | None
    patient_id: str
    series: str
    number: int | None
    recognised_by: str = field(default="", compare=False)
    circumstances: Circumstances = field(default=UNKNOWN, compare=False)


COLUMNS = ("path", "label", "split", "patient_id", "series", "number")


@dataclass(frozen=True)
class FilmTable:
    """Films, their labels, patients and splits.

    `class_names[i]` is the name of class `i`. A class that is known as the healthy one by its name
    comes first; `with_normal_class` and `with_classes` put them in the order of a model. `unused`
    are columns of the file that the films were read from which nothing was taken from.
    `table_notes` say how that was read, `notes` what was passed over in a folder.
    """

    root: Path
    films: tuple[FilmRecord, ...]
    class_names: tuple[str, ...]
    unused: tuple[str, ...] = field(default=(), compare=False)
    table_notes: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[FolderNote, ...] = field(default=(), compare=False)

    @classmethod
    def from_rows(
        cls,
        root: Path,
        rows: Iterable[Mapping[str, object]],
        *,
        patients_from: str | None = None,
    ) -> FilmTable:
        """Build a table, sorted by path, from rows with the columns of `FilmRecord`.

        Only `path` and `label` are needed: an empty `split` means none, and `patient_id`, `series`
        and `number` are read from the film's name where they are missing. Patients may stand in a
        column of another common name (see `patient_column`); `patients_from` is what their column
        was called before it became `patient_id`. View, age and sex are taken where columns of their
        common names tell them (see `circumstances.py`). Raises `DatasetError` for missing or
        wrong values, paths that are absolute or climb out of `root`, films listed twice, and
        several columns that may tell patients.
        """
        rows = list(rows)
        columns = list(dict.fromkeys(name for row in rows for name in row if name is not None))
        patients = patient_column(columns)
        told = circumstance_columns(columns, (*COLUMNS, patients))
        given: dict[str, dict[str, str]] = {}
        for row in rows:
            cells = {name: str(cell) for name, cell in row.items() if cell is not None}
            path = _relative_path(cells.get("path", ""))
            if path in given:
                raise DatasetError(f"{path} is listed twice.", "Every film needs one row.")
            given[path] = cells
        told_by = patients_from or patients
        films = tuple(_film(path, given[path], patients, told_by, told) for path in sorted(given))
        return cls(
            root,
            films,
            recognised_order(film.label for film in films),
            tuple(name for name in columns if name not in {*COLUMNS, patients, *told.values()}),
        )

    def __len__(self) -> int:
        return len(self.films)

    def paths(self) -> list[Path]:
        """The files of the films, in table order."""
        return [self.root / film.path for film in self.films]

    @cached_property
    def y_true(self) -> NDArray[np.int64]:
        """The class index of each film, int64 `(N,)`."""
        index = {name: i for i, name in enumerate(self.class_names)}
        return np.array([index[film.label] for film in self.films], dtype=np.int64)

    @cached_property
    def patient_ids(self) -> NDArray[np.str_]:
        """The patient of each film, `(N,)`."""
        return np.array([film.patient_id for film in self.films], dtype=np.str_)

    def patients(self) -> PatientSummary:
        """How many patients the films have, and how these were recognised."""
        return PatientSummary.of(
            [film.patient_id for film in self.films],
            (film.recognised_by for film in self.films),
            self.unused,
        )

    def select(self, split: str) -> FilmTable:
        """The films of one split; the class names stay."""
        return replace(self, films=tuple(film for film in self.films if film.split == split))

    def with_splits(self, splits: Iterable[str | None]) -> FilmTable:
        """The same films with another split each, given in table order."""
        films = zip(self.films, splits, strict=True)
        return replace(self, films=tuple(replace(film, split=split) for film, split in films))

    def with_labels(self, labels: Labels) -> FilmTable:
        """The same films, labelled as the folders say or by `pathogen`: NORMAL, BACTERIA, VIRUS.

        Raises `DatasetError` where a film's name does not tell the pathogen.
        """
        if labels == "folder":
            return self
        films = tuple(replace(film, label=_pathogen(film)) for film in self.films)
        classes = recognised_order(film.label for film in films)
        return replace(self, films=films, class_names=classes)

    def with_normal_class(self, normal_class: str | None) -> FilmTable:
        """The same films, the healthy class first among the classes, and the others sorted."""
        return replace(self, class_names=order_classes(self.class_names, normal_class))

    def with_classes(self, class_names: tuple[str, ...]) -> FilmTable:
        """The same films under the class names of a model, matched without regard to case.

        Raises `DatasetError` for labels that the model does not know.
        """
        known = {name.casefold(): name for name in class_names}
        labels = sorted({film.label for film in self.films})
        if unknown := [label for label in labels if label.casefold() not in known]:
            raise DatasetError(
                f"The model does not know {', '.join(unknown)}. The films are labelled "
                f"{', '.join(labels)}, the model tells {', '.join(class_names)} apart.",
                "Call the labels otherwise: --map-label OLD=NEW. For a model that tells pathogens "
                "apart, take them from the file names: --labels pathogen, or labels='pathogen' in "
                "Python.",
            )
        films = tuple(replace(film, label=known[film.label.casefold()]) for film in self.films)
        return replace(self, films=films, class_names=class_names)

    def counts(self) -> dict[str | None, dict[str, int]]:
        """Films per split and class, for splits with films; `None` counts those of no split."""
        table: dict[str | None, dict[str, int]] = {}
        for split in (*SPLITS, None):
            labels = [film.label for film in self.films if film.split == split]
            if labels:
                table[split] = {name: labels.count(name) for name in self.class_names}
        return table

    @property
    def digest(self) -> str:
        """A hash of all rows: two tables with the same digest hold the same films and splits."""
        return hashlib.blake2b(
            self._csv().encode("utf-8", "surrogateescape"), digest_size=16
        ).hexdigest()

    def write_csv(self, path: Path) -> None:
        """Write the table as CSV, whole or not at all, one column for each field of `FilmRecord`.

        Raises `OSError`.
        """
        write_text(path, self._csv(), errors="surrogateescape")

    @classmethod
    def read_csv(cls, path: Path, root: Path) -> FilmTable:
        """Read a CSV of films whose paths are relative to `root`.

        Raises `DatasetError` where it cannot be read or is no such table (see `from_rows`).
        """
        try:
            # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
            with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
                rows = [_as_written(row) for row in csv.DictReader(file)]
        except (OSError, csv.Error) as error:
            raise DatasetError(f"The table {path} could not be read: {error}.") from error
        return cls.from_rows(root, rows)

    def _csv(self) -> str:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows((csv_cell(getattr(film, name)) for name in COLUMNS) for film in self.films)
        return text.getvalue()


def _film(
    path: str,
    row: Mapping[str, str],
    patients: str | None,
    told_by: str | None,
    told: Mapping[str, str],
) -> FilmRecord:
    """The film of one row, whose patient stands in the column `patients`, and before in
    `told_by`, and whose circumstances in the columns `told`."""
    split = row.get("split") or None
    if split is not None and split not in SPLITS:
        raise DatasetError(
            f"{path} has the split {split!r}.",
            f"Expected one of {', '.join(SPLITS)} or nothing.",
        )
    if not row.get("label"):
        raise DatasetError(f"{path} has no label.", "Every row needs a path and a label.")
    if not row["label"].isprintable():
        raise DatasetError(
            f"{path} has the label {row['label']!r}, which is no plain text.",
            "Rename the class: its name goes into the model, and onto the screen.",
        )
    name = parse_film_name(path)
    cell = row.get(patients, "") if patients is not None else ""
    patient_id, recognised_by = patient_of_row(path, cell, told_by)
    return FilmRecord(
        path=path,
        label=row["label"],
        split=split,
        patient_id=patient_id,
        series=row.get("series", name.series if name else ""),
        number=_whole_number(row.get("number", ""), path, name.number if name else None),
        recognised_by=recognised_by,
        circumstances=read_circumstances(row, told),
    )


def _as_written(row: Mapping[str | None, str | None]) -> dict[str, str]:
    """A row of a table as `csv_cell` got it; cells beyond the last column are left out."""
    return {
        name: from_csv_cell(cell)
        for name, cell in row.items()
        if name is not None and cell is not None
    }


def _relative_path(text: str) -> str:
    path = PurePosixPath(text)
    if not path.name or path.is_absolute() or ".." in path.parts or "\0" in text:
        raise DatasetError(
            f"{text!r} is not the path of a film.",
            "Expected a column `path` with paths relative to the table's folder, without `..`.",
        )
    return str(path)


def _whole_number(text: str, path: str, default: int | None) -> int | None:
    if not text:
        return default
    if not re.fullmatch("[0-9]{1,18}", text):
        raise DatasetError(
            f"{path} has the number {text!r}.", "Expected a whole number of at most 18 digits."
        )
    return int(text)


def _pathogen(film: FilmRecord) -> str:
    name = parse_film_name(film.path)
    if name is not None:
        return name.pathogen
    if sounds_healthy(film.label):
        return "NORMAL"
    raise DatasetError(
        f"The name of {film.path} does not tell the pathogen.",
        "Expected names such as person1_bacteria_1.jpeg; otherwise use the labels of the folders.",
    )
