"""What a DICOM file says of itself: whether it is a film, which way up, and which way round."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DigitalXRayImageStorageForProcessing,
    ParametricMapStorage,
    SecondaryCaptureImageStorage,
)

from film_files import dicom, gray_film, warnings_of
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.reading import read_image

FILM = gray_film()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("liver_1frame.dcm", "Segmentation Storage"),
        ("rtdose_1frame.dcm", "RT Dose Storage"),
        ("reportsi.dcm", "Basic Text SR Storage"),
        ("rtplan.dcm", "RT Plan Storage"),
    ],
)
def test_objects_that_are_no_films_are_named(name: str, kind: str) -> None:
    with pytest.raises(ImageReadError, match=f"'{kind}'"):
        read_image(str(get_testdata_file(name)))


@pytest.mark.parametrize(
    ("elements", "warning"),
    [
        ({"Modality": "DX", "BodyPartExamined": "CHEST", "ViewPosition": "AP"}, None),
        ({"SOPClassUID": ComputedRadiographyImageStorage}, None),
        # Collections of chest films are often made of such captures, and keep the modality.
        ({"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "CR"}, None),
        ({"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "OT"}, "does not say that it"),
        ({"SOPClassUID": CTImageStorage, "Modality": "CT"}, "no radiograph (modality CT)"),
        ({"SOPClassUID": ParametricMapStorage, "Modality": "DX"}, "computed values, not a film"),
        ({"Modality": "MR"}, "no radiograph (modality MR)"),
        ({"BodyPartExamined": "HAND"}, "another part of the body (HAND)"),
        ({"ViewPosition": "LL"}, "lateral view (LL)"),
        ({"PatientOrientation": ["A", "F"]}, r"lateral view (Patient Orientation A\F)"),
        ({"SOPClassUID": DigitalXRayImageStorageForProcessing}, "FOR PROCESSING"),
        ({"PresentationIntentType": "FOR PROCESSING"}, "FOR PROCESSING"),
        ({"PresentationIntentType": "FOR PRESENTATION"}, None),
    ],
    ids=str,
)
def test_what_speaks_against_a_judgement(elements: dict[str, Any], warning: str | None) -> None:
    film = read_image(dicom(FILM, **elements))
    assert np.array_equal(film.pixels, FILM)
    warnings = warnings_of(film)
    assert warnings == () if warning is None else (len(warnings) == 1 and warning in warnings[0])


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (["L", "F"], FILM),
        (["R", "F"], FILM[:, ::-1]),
        (["L", "H"], FILM[::-1]),
        (["R", "H"], FILM[::-1, ::-1]),
        (["F", "L"], FILM.T),
        (["H", "R"], FILM[::-1, ::-1].T),
        (["F", "R"], np.rot90(FILM)),
        (["H", "L"], np.rot90(FILM, -1)),
    ],
    ids=str,
)
def test_mirrored_and_turned_films_are_turned_upright(
    orientation: list[str], stored: np.ndarray
) -> None:
    film = read_image(dicom(np.ascontiguousarray(stored), PatientOrientation=orientation))
    assert film.shape == FILM.shape
    assert np.array_equal(film.pixels, FILM)
    turned = [text for text in warnings_of(film) if "turned upright" in text]
    assert len(turned) == (orientation != ["L", "F"])


@pytest.mark.parametrize("orientation", [["L"], ["LF", "PH"], ["L", "R"], ["", ""], "UNKNOWN"])
def test_an_orientation_that_says_nothing_leaves_the_film_as_it_is(orientation: Any) -> None:
    film = read_image(dicom(FILM, PatientOrientation=orientation))
    assert np.array_equal(film.pixels, FILM)
    assert not warnings_of(film)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("shape", [None, "IDENTITY", "INVERSE"])
def test_the_shape_of_the_presentation_lut_goes_before_the_photometric_interpretation(
    shape: str | None, photometric: str
) -> None:
    # As DCMTK 3.6.7 shows such films: dcm2pnm of all six.
    elements = {} if shape is None else {"PresentationLUTShape": shape}
    film = read_image(dicom(FILM, PhotometricInterpretation=photometric, **elements))
    by_letter = photometric == "MONOCHROME1"
    inverse = by_letter if shape is None else shape == "INVERSE"
    assert np.array_equal(film.pixels, 255 - FILM if inverse else FILM)
    assert any("contradict" in text for text in warnings_of(film)) == (inverse != by_letter)
