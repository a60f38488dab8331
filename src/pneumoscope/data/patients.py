"""How the patients of films are recognised, and what is said of it.

Films of one patient resemble each other. Where nobody tells which they are, they lie in several
splits, figures look better than they are, and intervals are too narrow. Patients are recognised by,
in this order:

    stated      the person says that every film has a patient of its own
    pattern     a regular expression, whose group is the patient, finds it in the film's path
    column      a column of the table, by any of the names that people give it
    tags        the Patient ID of a DICOM film, kept as a keyed hash
    names       the file names of Kermany's set (`filenames.py`)
    folders     folders of patients inside those of classes (`class_folders.py`)

A film that none of these recognises counts as a patient of its own, and that is said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pneumoscope.data.filenames import parse_film_name
from pneumoscope.errors import DatasetError
from pneumoscope.wording import count_films, counted, listed

UNRECOGNISED = ""
STATED = "since every film is stated to have its own"
BY_TAGS = "by the Patient ID in DICOM tags"
BY_NAMES = "by the names of the files"
BY_FOLDERS = "by the folders that they lie in"

OWN_COLUMN = "patient_id"
TAGGED, ALONE, FOLDER = "dicom-", "one-film:", "folder:"
"""What identifiers begin with that come from tags, a statement or folders: tables keep them."""

# Letters and digits of what such columns are called: `Patient ID` (NIH), `patientId` (RSNA),
# `subject_id` (MIMIC), `PatientID` (PadChest, DICOM), `participant_id` (BIDS), `person_id` (OMOP).
_COLUMNS = frozenset(
    f"{who}{what}"
    for who in ("patient", "subject", "participant", "person")
    for what in ("", "id", "identifier", "key", "code", "no", "nr", "number", "index")
) | {"pid", "mrn", "medicalrecordnumber"}
_LISTED_COLUMNS = 6


def by_column(column: str) -> str:
    """How patients are recognised by a column of a table, in words."""
    return f"by the column {column!r} of the table"


def by_pattern(pattern: str) -> str:
    """How patients are recognised by a regular expression, in words."""
    return f"by the pattern {pattern!r} in their paths"


def patient_column(columns: Iterable[str]) -> str | None:
    """The column of a table that tells patients: `patient_id`, or the one that is called so in
    another way; `None` where there is none. Raises `DatasetError` where several may be meant."""
    columns = list(columns)
    if OWN_COLUMN in columns:
        return OWN_COLUMN
    meant = [name for name in columns if re.sub(r"[\W_]", "", name).casefold() in _COLUMNS]
    if len(meant) > 1:
        raise DatasetError(
            f"The table has several columns that may tell patients: {listed(meant)}.",
            f"Name the right one with --patient-column, or call it {OWN_COLUMN}.",
        )
    return meant[0] if meant else None


def patient_of_row(path: str, cell: str, column: str | None) -> tuple[str, str]:
    """The patient of a film and what recognised it, by its cell of a table and its path.

    A table that was written before keeps what recognised them: an identifier that is only the
    film's own path was none.
    """
    alone = own_patient(path)
    name = parse_film_name(path)
    if name is not None and cell in ("", name.patient_id):
        return name.patient_id, BY_NAMES
    if column is None or cell in ("", alone):
        return alone, UNRECOGNISED
    if cell == ALONE + alone:
        return cell, STATED
    if cell.startswith(FOLDER):
        return cell, BY_FOLDERS
    return cell, BY_TAGS if cell.startswith(TAGGED) else by_column(column)


def own_patient(path: str) -> str:
    """The patient of a film that nothing recognises: the film itself, by its path."""
    return str(PurePosixPath(path).with_suffix(""))


def whose_films(films: int, patients: int, sentence: str) -> str:
    """The sentence that a record keeps of its patients, or for records of earlier versions, which
    kept none, their number."""
    return sentence or f"{count_films(films)} of {counted(patients, 'patient')}"


@dataclass(frozen=True)
class PatientSummary:
    """The patients of some films, and how they were recognised.

    `patients` counts all, those of single unrecognised films too. `recognised` are numbers of films
    by what recognised their patients, in words; the films left are `unrecognised`. `unused` are
    columns of the table that nothing was taken from.
    """

    films: int
    patients: int
    recognised: dict[str, int]
    unused: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, patient_ids: Sequence[str], recognised_by: Iterable[str], unused: tuple[str, ...] = ()
    ) -> PatientSummary:
        """The summary of films with these patients, each recognised as the words tell."""
        ways = Counter(words for words in recognised_by if words != UNRECOGNISED)
        return cls(len(patient_ids), len(set(patient_ids)), dict(ways.most_common()), unused)

    @property
    def unrecognised(self) -> int:
        """Films of which nothing tells the patient."""
        return self.films - sum(self.recognised.values())

    @property
    def way(self) -> str:
        """How patients were recognised, in words that follow the number of patients."""
        if not self.recognised:
            return "and nothing tells which are of one patient"
        if len(self.recognised) == 1 and not self.unrecognised:
            return next(iter(self.recognised))
        parts = [f"{count_films(count)} {words}" for words, count in self.recognised.items()]
        if self.unrecognised:
            own = "taken for a patient" if self.unrecognised == 1 else "each taken for a patient"
            parts.append(f"{count_films(self.unrecognised)} not recognised, {own} of its own")
        return listed(parts)

    def sentence(self) -> str:
        """How many films of how many patients, and how these were recognised."""
        if not self.recognised:
            return f"{count_films(self.films)}, {self.way}"
        mark = ":" if len(self.recognised) > 1 or self.unrecognised else ","
        return f"{count_films(self.films)} of {counted(self.patients, 'patient')}{mark} {self.way}"

    def warning(self) -> str:
        """What follows where patients were not recognised, and what to do; empty where all were."""
        if not self.unrecognised:
            return ""
        what = "Nothing tells the patients of these films"
        if self.recognised:
            what = f"Of {self.unrecognised:,} of the {self.films:,} films nothing tells the patient"
        return (
            f"{what}, so each counts as a patient of its own. If some are of one patient, splits "
            "share patients, figures look better than they are, and intervals are too narrow."
            f"{self._unused_columns()} Tell patients with a column {OWN_COLUMN}, or with "
            "--patient-regex, such as 'patient([0-9]+)'; or state --patients one-film-each."
        )

    def _unused_columns(self) -> str:
        if not self.unused:
            return ""
        names = [repr(name) for name in self.unused[:_LISTED_COLUMNS]]
        if more := len(self.unused) - len(names):
            names.append(f"{more} more")
        columns, were = ("columns", "were") if len(self.unused) > 1 else ("column", "was")
        return (
            f" The table's {columns} {listed(names)} {were} not used: if one tells patients, name "
            "it with --patient-column."
        )
