"""What a DICOM object is and where it belongs, by its tags alone: pixels are not read.

A folder of studies, as an archive or a disc gives it, holds more than films to judge: lateral
views, localisers, reports, presentation states. `read_tags` tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydicom.dataset import Dataset
from pydicom.filereader import read_partial
from pydicom.tag import Tag

from pneumoscope.imaging.dicom.counted_reads import CountedReads
from pneumoscope.imaging.dicom.elements import items, text, texts
from pneumoscope.imaging.dicom.objects import (
    LATERAL_VIEWS,
    OTHER_PARTS,
    RADIOGRAPHY,
    UNTOLD,
    kind_of_object,
)

ObjectKind = Literal[
    "film", "lateral", "localiser", "other-modality", "other-part", "no-picture", "dicomdir"
]
IDENTIFIERS = ("SOPInstanceUID", "StudyInstanceUID", "AccessionNumber", "PatientID")
"""What tells which film, study, order or patient an object belongs to; the narrowest first."""

_KEYWORDS = (
    "SOPClassUID",
    "ImageType",
    "Modality",
    "SeriesDescription",
    "BodyPartExamined",
    "ViewPosition",
    "PatientOrientation",
    *IDENTIFIERS,
)
_LAST_TAG = 0x0020_0020  # of Patient Orientation
_LAST_VIEW_TAG = 0x0054_0220  # of View Code Sequence

_FRONTAL_VIEWS = {"AP", "PA"}
_SIDES = {"A", "P"}
_LATERAL_WORDS = re.compile(r"\b(lat|lateral|laterals|ll)\b", re.IGNORECASE)
# A decubitus is called lateral for how the patient lies; it is a view from the front.
_FRONTAL_WORDS = re.compile(r"\b(ap|pa|frontal|decub\w*)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ObjectTags:
    """What an object is, and its `IDENTIFIERS`, empty where it has none.

    Identifiers are for matching alone: those of people are never printed or written.
    """

    kind: ObjectKind
    identifiers: dict[str, str] = field(default_factory=dict, repr=False)


def read_tags(head: bytes) -> ObjectTags:
    """What an object is and where it belongs, by the beginning of its file.

    Views that nothing tells are films, and so are damaged objects: reading them says what is wrong.
    """
    dataset = _tags(head, _KEYWORDS, _LAST_TAG)
    if dataset is None:
        return ObjectTags("film")
    return ObjectTags(
        _object_kind(dataset, head), {name: text(dataset, name) or "" for name in IDENTIFIERS}
    )


def _object_kind(dataset: Dataset, head: bytes) -> ObjectKind:
    kind = kind_of_object(dataset)
    if kind == "Media Storage Directory Storage":
        return "dicomdir"
    if kind and "Image Storage" not in kind:
        return "no-picture"
    if "LOCALIZER" in (word.upper() for word in texts(dataset, "ImageType")):
        return "localiser"
    if (text(dataset, "Modality") or "").upper() not in RADIOGRAPHY | UNTOLD:
        return "other-modality"
    if (text(dataset, "BodyPartExamined") or "").upper() in OTHER_PARTS:
        return "other-part"
    return "lateral" if _is_lateral(dataset, head) else "film"


def _is_lateral(dataset: Dataset, head: bytes) -> bool:
    """By the first of these that tells: View Position, Patient Orientation, View Code Sequence, and
    what the series is called."""
    view = (text(dataset, "ViewPosition") or "").upper()
    if view in LATERAL_VIEWS:
        return True
    if view in _FRONTAL_VIEWS:
        return False
    if ends := [end.upper() for end in texts(dataset, "PatientOrientation")[:2] if end]:
        return bool(_SIDES & set(ends))
    codes = _tags(head, ("ViewCodeSequence",), _LAST_VIEW_TAG) or Dataset()
    meanings = [text(code, "CodeMeaning") or "" for code in items(codes, "ViewCodeSequence")]
    words = " ".join(meanings) or text(dataset, "SeriesDescription") or ""
    return bool(_LATERAL_WORDS.search(words)) and not _FRONTAL_WORDS.search(words)


def _tags(head: bytes, keywords: tuple[str, ...], last: int) -> Dataset | None:
    """Some elements of an object, none beyond `last`; `None` where it is damaged before that."""
    try:
        return read_partial(
            CountedReads(head, "film"),
            stop_when=_beyond(last),
            force=True,
            specific_tags=[Tag(keyword) for keyword in keywords],
        )
    except Exception:  # Malformed bytes make pydicom raise almost anything.
        return None


def _beyond(last: int) -> Callable[[Any, str | None, int], bool]:
    return lambda tag, vr, length: int(tag) > last
