"""Which DICOM objects are films to be judged, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.uid import UID

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.dicom.elements import text

# Objects whose pixels, where they have any, are no gray levels of a picture.
_NO_PICTURES = (
    "Segmentation Storage",
    "Label Map Segmentation Storage",
    "Surface Segmentation Storage",
    "RT Dose Storage",
)
_COMPUTED = "Parametric Map Storage"
RADIOGRAPHY = {"CR", "DX", "DR", "RG", "XR"}
_RADIOGRAPHS = (
    "Computed Radiography Image Storage",
    "Digital X-Ray Image Storage - For Presentation",
    "Digital X-Ray Image Storage - For Processing",
)
# Modalities that say how a file came about, not what it shows.
UNTOLD = {"OT", "SC", ""}
OTHER_PARTS = frozenset(
    {
        "ABDOMEN",
        "ANKLE",
        "ARM",
        "BRAIN",
        "BREAST",
        "CALCANEUS",
        "CLAVICLE",
        "COCCYX",
        "CSPINE",
        "ELBOW",
        "EXTREMITY",
        "EYE",
        "FEMUR",
        "FINGER",
        "FOOT",
        "FOREARM",
        "HAND",
        "HEAD",
        "HIP",
        "HUMERUS",
        "JAW",
        "KNEE",
        "LEG",
        "LSPINE",
        "MANDIBLE",
        "MAXILLA",
        "NECK",
        "ORBIT",
        "PATELLA",
        "PELVIS",
        "SCAPULA",
        "SHOULDER",
        "SINUS",
        "SINUSES",
        "SKULL",
        "SPINE",
        "TEETH",
        "THIGH",
        "THUMB",
        "TOE",
        "TSPINE",
        "WRIST",
    }
)
LATERAL_VIEWS = {"LL", "RL", "LATERAL", "LAT", "LLD", "RLD"}


def check_object(dataset: Dataset, name: str) -> None:
    """Raise `ImageReadError` for an object that holds no picture, saying what it is."""
    kind = kind_of_object(dataset)
    if kind in _NO_PICTURES:
        raise ImageReadError(
            name, f"a DICOM object of the kind {kind!r}, which is no film.", "Choose a film."
        )


def no_pixels(dataset: Dataset, name: str) -> ImageReadError:
    """What to raise for an object without pixel data."""
    kind = kind_of_object(dataset)
    what = f" (it says that it is a {kind!r})" if kind else ""
    return ImageReadError(
        name,
        f"no DICOM image: the file holds none, is cut off before it, or is of another kind{what}.",
        "Choose a film, or copy it again.",
    )


def object_warnings(dataset: Dataset) -> Iterator[str]:
    """Why a judgement of this object as a chest film may be wrong, by what it says of itself."""
    kind = kind_of_object(dataset)
    modality = (text(dataset, "Modality") or "").upper()
    body_part = (text(dataset, "BodyPartExamined") or "").upper()
    view = (text(dataset, "ViewPosition") or "").upper()
    if kind == _COMPUTED:
        yield f"computed values, not a film (a {kind!r})"
    elif modality not in RADIOGRAPHY | UNTOLD:
        yield f"the file says that it is no radiograph (modality {modality})"
    elif kind and kind not in _RADIOGRAPHS and modality not in RADIOGRAPHY:
        yield f"the file does not say that it is a radiograph (a {kind!r})"
    if body_part in OTHER_PARTS:
        yield f"the file says that it shows another part of the body ({body_part})"
    if view in LATERAL_VIEWS:
        yield f"the file says that it is a lateral view ({view})"
    if (text(dataset, "PresentationIntentType") or "").upper() == "FOR PROCESSING" or (
        kind.endswith("For Processing")
    ):
        yield "detector data FOR PROCESSING, not a film made to be looked at"


def kind_of_object(dataset: Dataset) -> str:
    """The name of the object's SOP class; empty where it has none that is known."""
    uid = UID(text(dataset, "SOPClassUID") or "")
    return uid.name if uid.type == "SOP Class" else ""
