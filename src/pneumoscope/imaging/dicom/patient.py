"""Whose film a DICOM file is, told without telling who that is."""

from __future__ import annotations

import hashlib
import os

from pydicom.filereader import read_partial
from pydicom.tag import Tag

from pneumoscope.imaging.dicom.counted_reads import CountedReads
from pneumoscope.imaging.dicom.elements import text

KEY_VARIABLE = "PNEUMOSCOPE_PATIENT_KEY"

_DEFAULT_KEY = b"pneumoscope"
_KEYWORDS = ("PatientID", "IssuerOfPatientID")
_LAST_TAG = 0x0010_0021  # of the issuer
_SEX_TAG = 0x0010_0040


def patient_hash(head: bytes) -> str | None:
    """16 hexadecimal digits that two DICOM files share if their Patient IDs are the same.

    `head` is the beginning of a file. The digits are a keyed BLAKE2b of the Patient ID and its
    issuer. The key is the environment's `PNEUMOSCOPE_PATIENT_KEY`, and else the same everywhere:
    then who knows a Patient ID can find out whether it is among the hashes, so tables of such films
    are to be kept like the films.

    `None` where there is no Patient ID, or where the file is damaged: reading the film tells that.
    """
    patient, issuer = _texts(head, _KEYWORDS, _LAST_TAG)
    if not patient:
        return None
    key = os.environ.get(KEY_VARIABLE, "").encode("utf-8", "surrogateescape") or _DEFAULT_KEY
    # Keys of BLAKE2b have at most 64 bytes.
    keyed = hashlib.blake2b(key=hashlib.sha256(key).digest(), digest_size=8)
    keyed.update(f"{patient}\0{issuer}".encode("utf-8", "surrogateescape"))
    return keyed.hexdigest()


def patient_sex(head: bytes) -> str | None:
    """The Patient's Sex as the file has it, such as `F`; `None` where it is missing or damaged.

    It is read for figures of groups of films alone, and is no part of what is told of a film.
    """
    (sex,) = _texts(head, ("PatientSex",), _SEX_TAG)
    return sex or None


def _texts(head: bytes, keywords: tuple[str, ...], last: int) -> list[str]:
    """Some elements as text, none beyond the tag `last`; empty where they are missing or the file
    is damaged."""
    try:
        dataset = read_partial(
            CountedReads(head, "film"),
            stop_when=lambda tag, vr, length: int(tag) > last,
            force=True,
            specific_tags=[Tag(keyword) for keyword in keywords],
        )
        return [text(dataset, keyword) or "" for keyword in keywords]
    except Exception:  # Malformed bytes make pydicom raise almost anything.
        return ["" for _ in keywords]
