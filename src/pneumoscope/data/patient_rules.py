"""What a person says about patients, and what the tags of films say, put to a table of films."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pneumoscope.data.patients import (
    ALONE,
    BY_FOLDERS,
    BY_NAMES,
    BY_TAGS,
    FOLDER,
    STATED,
    TAGGED,
    UNRECOGNISED,
    by_pattern,
    own_patient,
)
from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.imaging.formats import HEAD_BYTES, recognise

# Patient ID stands near the beginning of a file: in group 0010, before all that is long.
_TAG_BYTES = 2**16


@dataclass(frozen=True)
class PatientRule:
    """What a person says about the patients of films; by default, nothing.

    `pattern` is a regular expression with one group, which holds the patient in a film's path.
    `one_film_each` states that no two films are of one patient. They exclude each other. Raises
    `DatasetError` for both, and for a pattern that is none or has not one group.
    """

    pattern: str | None = None
    one_film_each: bool = False

    def __post_init__(self) -> None:
        if self.pattern is None:
            return
        if self.one_film_each:
            raise DatasetError(
                "A pattern that tells patients, and one film each, contradict each other.",
                "Give --patient-regex or --patients.",
            )
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            raise DatasetError(
                f"The pattern {self.pattern!r} is no regular expression: {error}.",
                "Expected one such as 'patient([0-9]+)'.",
            ) from error
        if groups != 1:
            raise DatasetError(
                f"The pattern {self.pattern!r} has {groups} groups.",
                "Expected one group, in parentheses, that holds the patient: 'patient([0-9]+)'. "
                "Write others as (?:...).",
            )


AS_FOUND = PatientRule()


def recognise_patients(table: FilmTable, rule: PatientRule = AS_FOUND) -> FilmTable:
    """The same films, with the patients that the rule tells, or else the tags of DICOM films.

    Films whose patients a column tells keep them, unless the rule says otherwise. Raises
    `DatasetError` where the pattern does not find the patient of every film.
    """
    if rule.one_film_each:
        films = [
            replace(film, patient_id=ALONE + own_patient(film.path), recognised_by=STATED)
            for film in table.films
        ]
    elif rule.pattern is not None:
        films = _by_pattern(table, rule.pattern)
    else:
        films = [_by_tags(table, film) for film in table.films]
    return replace(table, films=tuple(films))


def recognise_by_folders(table: FilmTable, folders: Mapping[str, str]) -> FilmTable:
    """The same films; those that nothing else recognises have the patient of their folder, which
    `folders` gives for a film's path."""
    films = (
        replace(film, patient_id=FOLDER + folders[film.path], recognised_by=BY_FOLDERS)
        if film.recognised_by == UNRECOGNISED and film.path in folders
        else film
        for film in table.films
    )
    return replace(table, films=tuple(films))


def _by_pattern(table: FilmTable, pattern: str) -> list[FilmRecord]:
    found = [(film, re.search(pattern, film.path)) for film in table.films]
    missed = [film.path for film, match in found if match is None or not match[1]]
    if missed:
        raise DatasetError(
            f"The pattern {pattern!r} finds no patient in {len(missed):,} of {len(table):,} paths, "
            f"the first of which is {missed[0]}.",
            "Paths are relative to the folder of the films, with forward slashes.",
        )
    words = by_pattern(pattern)
    return [
        replace(film, patient_id=match[1], recognised_by=words)
        for film, match in found
        if match is not None
    ]


def _by_tags(table: FilmTable, film: FilmRecord) -> FilmRecord:
    """A film's patient by its tags, where no table tells it.

    Tags go before names: viewers export films of anyone as `IM-0001-0001.dcm`.
    """
    if film.recognised_by not in (UNRECOGNISED, BY_NAMES):
        return film
    found = _hash_of_tags(table.root / film.path)
    if found is None:
        return film
    return replace(film, patient_id=TAGGED + found, recognised_by=BY_TAGS)


def _hash_of_tags(path: Path) -> str | None:
    """A hash of the Patient ID in a file; `None` for files that are not DICOM, have none, or cannot
    be read, which later steps tell about."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            kind = recognise(head)
            if kind is None or kind.name != "DICOM":
                return None
            head += file.read(_TAG_BYTES)
    except (OSError, ValueError):
        return None
    from pneumoscope.imaging.dicom.patient import patient_hash

    return patient_hash(head)
