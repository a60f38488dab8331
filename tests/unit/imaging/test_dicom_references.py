"""Every kind of DICOM film, in every transfer syntax, against references of others' making.

The table comes from `dicom_references/make_references.py`; its references are dcmtk's, or, where
dcmtk does not do what the standard says, numpy's.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_references import dcmtk
from numpy.typing import NDArray

from pneumoscope.imaging.reading import read_image

TABLE = Path(__file__).parent / "dicom_references" / "references.npz"


@dataclass(frozen=True)
class Row:
    """A film's file, and how it should look. dcmtk was shown the twin where there is one."""

    name: str
    film: bytes
    twin: bytes
    reference: NDArray[np.uint8]
    told: dict[str, Any]


def table() -> list[Row]:
    with np.load(TABLE) as arrays:
        told = json.loads(arrays["rows"].tobytes())
        files, references = arrays["files"].tobytes(), arrays["references"]
    rows, start = [], 0
    for row, reference in zip(told, references, strict=True):
        middle = start + row["file_bytes"]
        end = middle + row["twin_bytes"]
        rows.append(Row(row["name"], files[start:middle], files[middle:end], reference, row))
        start = end
    return rows


ROWS = table()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_film_looks_as_the_reference_does(row: Row) -> None:
    if row.told["needs_codecs"] and importlib.util.find_spec("imagecodecs") is None:
        pytest.skip("such films need the extra `codecs` (imagecodecs), which is not installed")
    pixels = read_image(row.film).pixels
    assert pixels.shape == row.reference.shape
    # Lossy films too: the reference is made of what dcmtk decodes from the same codestream, and
    # decoders that compute with integers agree to the bit.
    off = np.abs(pixels.astype(int) - row.reference)
    assert off.max() <= 1, f"{off.mean():.1f} gray levels off on average, {off.max()} at most"


@pytest.mark.dcmtk
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.told["tool"] != "numpy"], ids=lambda row: row.name
)
def test_the_reference_is_what_dcmtk_makes_of_the_film(row: Row) -> None:
    if shutil.which(row.told["tool"]) is None:
        pytest.skip(f"{row.told['tool']} of Debian's package dcmtk is not installed")
    shown = dcmtk.rendered(row.told["tool"], row.told["options"], row.twin or row.film)
    # One level is left to other versions, which round in other ways; 3.6.7 agrees exactly.
    assert np.abs(shown.astype(int) - row.reference).max() <= 1


def test_the_table_holds_every_pair() -> None:
    """Of what is possible at all: the table that is stored is the one that is described."""
    pytest.importorskip("imagecodecs", reason="the films are made with the extra `codecs`")
    from dicom_references.make_references import rows

    assert [row.name for row in ROWS] == [row.name for row in rows()]
