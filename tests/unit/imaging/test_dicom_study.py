"""What DICOM objects are, by their tags alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import BasicTextSRStorage, SegmentationStorage

from film_files import NATIVE, dicom, gray_film
from pneumoscope.imaging.dicom.study import read_tags

LATERAL_CODE = Dataset()
LATERAL_CODE.CodeMeaning = "left lateral"


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        ("film", {}),
        ("film", {"ViewPosition": "PA", "SeriesDescription": "LAT"}),
        ("film", {"PatientOrientation": ["L", "F"], "SeriesDescription": "LAT"}),
        ("film", {"SeriesDescription": "PA + LAT"}),
        ("film", {"SeriesDescription": "lateral decubitus"}),
        ("film", {"SeriesDescription": "translated plate"}),
        ("film", {"Modality": "OT"}),
        ("lateral", {"ViewPosition": "LL"}),
        ("lateral", {"PatientOrientation": ["P", "F"]}),
        ("lateral", {"ViewCodeSequence": [LATERAL_CODE]}),
        ("lateral", {"SeriesDescription": "Thorax lateral"}),
        ("localiser", {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "Modality": "CT"}),
        ("other-modality", {"Modality": "MG"}),
        ("other-part", {"BodyPartExamined": "HAND"}),
        ("no-picture", {"SOPClassUID": BasicTextSRStorage}),
        ("no-picture", {"SOPClassUID": SegmentationStorage}),
    ],
)
def test_objects_are_told_apart_by_their_tags(kind: str, elements: dict[str, Any]) -> None:
    assert read_tags(dicom(gray_film(), **elements)).kind == kind


@pytest.mark.parametrize("syntax", NATIVE)
def test_tags_are_read_in_every_transfer_syntax(syntax: Any) -> None:
    film = dicom(gray_film(), syntax=syntax, ViewPosition="LL", PatientID="someone")
    tags = read_tags(film)
    assert tags.kind == "lateral"
    assert tags.identifiers["PatientID"] == "someone"
    assert "someone" not in repr(tags)


def test_damaged_objects_are_films_whose_reading_says_what_is_wrong() -> None:
    film = dicom(gray_film(), ViewPosition="LL")
    for length in range(0, len(film), 7):
        assert read_tags(film[:length]).kind in ("film", "lateral")
