"""What a person says about a table of films: columns, where films lie, what labels mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from pneumoscope.errors import DatasetError
from pneumoscope.wording import listed

Published = Literal["rsna", "nih", "chexpert", "mimic", "vindr", "padchest"]
PUBLISHED: tuple[str, ...] = get_args(Published)
OtherFindings = Literal["leave-out", "healthy"]
Uncertain = Literal["leave-out", "ill", "healthy"]
HEALTHY = "NORMAL"
"""The class of films without the finding, where `finding` reduces several labels to two."""


def _tell_nobody(line: str) -> None:
    """Where nobody is there to be told."""


@dataclass(frozen=True)
class TableRules:
    """What a person says about a table of films; by default, nothing.

    `published` names one of the tables that `published.py` describes. `films` is the folder
    that paths are relative to, by default the table's own. `path_column`, `label_column` and
    `patient_column` name columns; those that are not named are known by their usual names.
    `label_map` are pairs of a label in the table and what to call it.

    `finding` reduces tables with several labels a film to two classes, the finding and `NORMAL`.
    Films with `other_findings` only are left out, or count as healthy; where a table says that it
    is `uncertain` whether a film shows the finding, it is left out, or counts as ill or healthy.
    `laterals` keeps lateral views, as a table or the tags of DICOM films tell them.

    `labels_from` is a table that gives labels to the DICOM films of a folder. `join` says by what:
    one of their identifiers (`PatientID`, `AccessionNumber`, `StudyInstanceUID`, `SOPInstanceUID`),
    a column of the table, or both as `COLUMN=IDENTIFIER`; see `joined_labels.py` for the rest.

    `tell` is called with each line of what was guessed, left out and brought together.

    Raises `DatasetError` for a published table whose columns are named too, for rules about a
    finding that nobody looks for, and for rules that do not go with or without `labels_from`.
    """

    published: Published | None = None
    films: Path | None = None
    path_column: str | None = None
    label_column: str | None = None
    patient_column: str | None = None
    label_map: tuple[tuple[str, str], ...] = ()
    finding: str | None = None
    other_findings: OtherFindings = "leave-out"
    uncertain: Uncertain = "leave-out"
    laterals: bool = False
    labels_from: Path | None = None
    join: str | None = None
    tell: Callable[[str], None] = field(default=_tell_nobody, compare=False)

    def __post_init__(self) -> None:
        columns = (self.path_column, self.label_column, self.patient_column)
        if self.published and any(column is not None for column in columns):
            raise DatasetError(
                f"--table {self.published} knows its own columns.",
                "Leave out --path-column, --label-column and --patient-column; or leave out "
                "--table for a table of other columns.",
            )
        of_films = (self.published, self.films, self.path_column, self.patient_column)
        if self.labels_from is not None and any(option is not None for option in of_films):
            raise DatasetError(
                "--labels-from is a table without paths of films: --table, --films, --path-column "
                "and --patient-column do not go with it.",
                "Give the table itself as DATA, or leave these options out.",
            )
        if self.join is not None and self.labels_from is None:
            raise DatasetError(
                "--join says how the table of --labels-from belongs to films, and there is none.",
                "Give --labels-from TABLE.",
            )
        reduces = self.finding is not None or self.published
        if not reduces and (self.other_findings, self.uncertain) != ("leave-out", "leave-out"):
            raise DatasetError(
                "--other-findings and --uncertain say what films without the finding count as, and "
                "no finding is named.",
                "Say which is looked for: --finding NAME.",
            )

    def refuse_folder(self, folder: Path) -> None:
        """Raise `DatasetError` where something is said that only a table can be asked for."""
        said = {
            "--table": self.published,
            "--films": self.films,
            "--path-column": self.path_column,
            "--label-column": self.label_column,
            "--patient-column": self.patient_column,
            "--finding": self.finding,
        }
        if options := [option for option, value in said.items() if value is not None]:
            raise DatasetError(
                f"{listed(options)} is about a table of films, and {folder} is a folder.",
                "Give the table itself for the films.",
            )


AS_WRITTEN = TableRules()


def parse_label_map(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The pairs of `TableRules.label_map`, from texts such as `covid=PNEUMONIA,normal=NORMAL`.

    Raises `DatasetError` for what is no pair, and for a label that is given two names.
    """
    pairs: dict[str, str] = {}
    for part in (part for text in texts for part in text.split(",")):
        old, mark, new = (word.strip() for word in part.rpartition("="))
        if not (old and mark and new):
            raise DatasetError(
                f"--map-label has {part!r}.",
                "Expected OLD=NEW, such as covid=PNEUMONIA, several of them with commas between.",
            )
        if pairs.setdefault(old, new) != new:
            raise DatasetError(
                f"--map-label gives {old!r} two names, {pairs[old]!r} and {new!r}.",
                "Expected one name for each label.",
            )
    return tuple(pairs.items())
