from __future__ import annotations

import pytest

from pneumoscope.data.patients import (
    BY_NAMES,
    BY_TAGS,
    STATED,
    UNRECOGNISED,
    PatientSummary,
    by_column,
    patient_column,
    patient_of_row,
)
from pneumoscope.errors import DatasetError


@pytest.mark.parametrize(
    "name",
    [
        "patient_id",
        "Patient ID",  # NIH ChestX-ray14
        "patientId",  # RSNA
        "PatientID",  # PadChest, DICOM
        "subject_id",  # MIMIC-CXR
        "participant_id",  # BIDS
        "person_id",  # OMOP
        "PATIENT",
        "patient-no",
        "MRN",
    ],
)
def test_columns_that_tell_patients(name: str) -> None:
    assert patient_column(["path", "label", name, "Patient Age", "patient_sex"]) == name


def test_other_columns_tell_no_patient() -> None:
    assert patient_column(["path", "label", "Patient Age", "PatientSex", "study_id"]) is None


def test_our_own_column_goes_first_and_two_others_are_refused() -> None:
    assert patient_column(["subject_id", "patient_id"]) == "patient_id"
    with pytest.raises(DatasetError, match="Patient ID and subject_id") as caught:
        patient_column(["Patient ID", "path", "subject_id"])
    assert "patient_id" in caught.value.hint


@pytest.mark.parametrize(
    ("path", "cell", "expected"),
    [
        ("a/film.png", "7", ("7", by_column("who"))),
        ("a/film.png", "", ("a/film", UNRECOGNISED)),
        ("a/film.png", "a/film", ("a/film", UNRECOGNISED)),
        ("a/film.png", "one-film:a/film", ("one-film:a/film", STATED)),
        ("a/film.png", "dicom-0123456789abcdef", ("dicom-0123456789abcdef", BY_TAGS)),
        ("a/IM-0115-0001.jpeg", "", ("IM-0115", BY_NAMES)),
        ("a/IM-0115-0001.jpeg", "IM-0115", ("IM-0115", BY_NAMES)),
        ("a/IM-0115-0001.jpeg", "7", ("7", by_column("who"))),
    ],
)
def test_a_row_keeps_what_recognised_its_patient(
    path: str, cell: str, expected: tuple[str, str]
) -> None:
    assert patient_of_row(path, cell, "who") == expected


def test_all_recognised_in_one_way() -> None:
    summary = PatientSummary.of(["a", "a", "b"], [BY_NAMES] * 3)
    assert summary.sentence() == "3 films of 2 patients, by the names of the files"
    assert summary.warning() == ""


def test_recognised_in_several_ways() -> None:
    summary = PatientSummary.of(["a", "a", "b", "c"], [BY_NAMES, BY_NAMES, BY_TAGS, UNRECOGNISED])
    assert summary.sentence() == (
        "4 films of 3 patients: 2 films by the names of the files, 1 film by the Patient ID in "
        "DICOM tags and 1 film not recognised, taken for a patient of its own"
    )
    assert summary.warning().startswith("Of 1 of the 4 films nothing tells the patient")


def test_nothing_recognised() -> None:
    summary = PatientSummary.of(["a", "b"], ["", ""], ("who", "age"))
    assert summary.sentence() == "2 films, and nothing tells which are of one patient"
    warning = summary.warning()
    assert warning.startswith("Nothing tells the patients of these films")
    assert "The table's columns 'who' and 'age' were not used" in warning
    for way in ("column patient_id", "--patient-regex", "--patients one-film-each"):
        assert way in warning
