"""Whose film a DICOM file is, told without telling who that is."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from pydicom.filereader import read_partial
from pydicom.tag import Tag

from pneumoscope.imaging.dicom.counted_reads import CountedReads
from pneumoscope.imaging.dicom.elements import text

KEY_VARIABLE = "PNEUMOSCOPE_PATIENT_KEY"

_DEFAULT_KEY = b"pneumoscope"
_KEYWORDS = ("PatientID", "IssuerOfPatientID")
_LAST_TAG = 0x0010_0021  # of the issuer


def patient_hash(head: bytes) -> str | None:
    """16 hexadecimal digits that two DICOM files share if their Patient IDs are the same.

    `head` is the beginning of a file. The digits are a keyed BLAKE2b of the Patient ID and its
    issuer. The key is the environment's `PNEUMOSCOPE_PATIENT_KEY`, and else the same everywhere:
    then who knows a Patient ID can find out whether it is among the hashes, so tables of such films
    are to be kept like the films.

    `None` where there is no Patient ID, or where the file is damaged: reading the film tells that.
    """
    try:
        dataset = read_partial(
            CountedReads(head, "film"),
            stop_when=_beyond,
            force=True,
            specific_tags=[Tag(keyword) for keyword in _KEYWORDS],
        )
        patient, issuer = (text(dataset, keyword) or "" for keyword in _KEYWORDS)
    except Exception:  # Malformed bytes make pydicom raise almost anything.
        return None
    if not patient:
        return None
    key = os.environ.get(KEY_VARIABLE, "").encode("utf-8", "surrogateescape") or _DEFAULT_KEY
    # Keys of BLAKE2b have at most 64 bytes.
    keyed = hashlib.blake2b(key=hashlib.sha256(key).digest(), digest_size=8)
    keyed.update(f"{patient}\0{issuer}".encode("utf-8", "surrogateescape"))
    return keyed.hexdigest()


def _beyond(tag: Any, vr: str | None, length: int) -> bool:
    return int(tag) > _LAST_TAG
