"""Studies of phantoms as an archive writes them onto a disc: DICOMDIR, names without suffixes, and
beside each film what belongs to its study."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.uid import (
    BasicTextSRStorage,
    CTImageStorage,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    generate_uid,
)

from pneumoscope.phantoms import generate_phantom
from pneumoscope.phantoms.encoding import encode_film

# What tells that a film is a lateral view, in the ways of different machines.
LATERALS: tuple[dict[str, Any], ...] = (
    {"ViewPosition": "LL"},
    {"ViewPosition": "", "PatientOrientation": ["A", "F"]},
    {"ViewPosition": "", "SeriesDescription": "Chest LAT"},
)
LABELS = ("NORMAL", "PNEUMONIA")


def write_studies(root: Path, patients: int = 6) -> list[dict[str, str]]:
    """Write two studies of each patient: in each a film from the front, a lateral view, a report
    and a presentation state; and one CT of the first patient, a localiser and a slice.

    Returns a row for each study, with its identifiers, its label, and those of its front film.
    """
    disc, rows = FileSet(), []
    rng = np.random.default_rng(0)
    for patient in range(patients):
        for number in range(2):
            place = 2 * patient + number
            study = {
                "PatientID": f"MRN-{patient:03}",
                "AccessionNumber": f"ACC-{place:03}",
                "StudyInstanceUID": _uid("study", place),
            }
            label = LABELS[patient % 2]
            front = _object(_film(rng, label), study, "DX", "film", place)
            side = _object(_film(rng, label), study, "DX", "side", place)
            for keyword, value in LATERALS[place % len(LATERALS)].items():
                setattr(side, keyword, value)
            report = _object(_empty(BasicTextSRStorage), study, "SR", "report", place)
            report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
            report.ContentDate, report.ContentTime = "20260101", "120000"
            report.ConceptNameCodeSequence = [_code("11528-7", "LN", "Radiology Report")]
            state = _object(
                _empty(GrayscaleSoftcopyPresentationStateStorage), study, "PR", "state", place
            )
            state.ContentLabel, state.ContentDescription = "SHOWN", ""
            state.PresentationCreationDate, state.PresentationCreationTime = "20260101", "120000"
            state.ReferencedSeriesSequence = []
            objects = [front, side, report, state]
            if place == 0:
                objects += [_slice(rng, study, place, kind) for kind in ("LOCALIZER", "AXIAL")]
            for dataset in objects:
                disc.add(dataset)
            rows.append({**study, "SOPInstanceUID": str(front.SOPInstanceUID), "label": label})
    disc.write(root)
    return rows


def _film(rng: np.random.Generator, label: str) -> Dataset:
    phantom = generate_phantom(rng, "normal" if label == "NORMAL" else "bacteria", (96, 112))
    return dcmread(io.BytesIO(encode_film(phantom.pixels, "dicom", rng)))


def _slice(rng: np.random.Generator, study: dict[str, str], place: int, kind: str) -> Dataset:
    dataset = _object(_film(rng, "NORMAL"), study, "CT", kind, place)
    dataset.SOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.ImageType = ["ORIGINAL", "PRIMARY", kind]
    del dataset.ViewPosition
    return dataset


def _empty(kind: str) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = kind
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def _object(
    dataset: Dataset, study: dict[str, str], modality: str, series: str, place: int
) -> Dataset:
    """An object of a study, with all that a DICOMDIR asks for."""
    for keyword, value in study.items():
        setattr(dataset, keyword, value)
    dataset.PatientName = f"Doe^{study['PatientID']}"
    dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20260101", "120000", str(place)
    dataset.Modality = modality
    dataset.SeriesInstanceUID = _uid(series, place)
    dataset.SOPInstanceUID = _uid(series, place, "object")
    dataset.SeriesNumber = dataset.InstanceNumber = 1
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def _uid(*what: object) -> str:
    return str(generate_uid(entropy_srcs=[str(part) for part in what]))


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code
