"""Decoding of DICOM films with pydicom.

The order is that of the standard's grayscale pipeline (PS3.4, N.2): stored values, modality LUT,
VOI LUT or window, and then the photometric interpretation, so that bones end up bright.
"""

from __future__ import annotations

import io
import re
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset, read_preamble
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi, pixel_array
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.codestream import MAX_SCANS, count_scans, declared_size
from pneumoscope.imaging.film import Film, FilmTags, ReadLimits
from pneumoscope.imaging.intensity import Levels, map_levels, scale_to_bytes

# Only these are read from a file: what the pixels need, and what a judgement needs. Names, dates
# and identifiers of people stay where they are.
_KEYWORDS = """
    Modality BodyPartExamined ViewPosition PatientAge
    SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames Rows Columns
    BitsAllocated BitsStored HighBit PixelRepresentation
    ModalityLUTSequence RescaleSlope RescaleIntercept
    VOILUTSequence VOILUTFunction WindowCenter WindowWidth
    RedPaletteColorLookupTableDescriptor RedPaletteColorLookupTableData
    GreenPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableData
    BluePaletteColorLookupTableDescriptor BluePaletteColorLookupTableData
    ExtendedOffsetTable ExtendedOffsetTableLengths PixelData
""".split()  # noqa: SIM905

# Deflate packs at most 1032 bytes into one: a step never gives more than 17 million.
_INFLATE_STEP = 2**14

_GRAY = {"MONOCHROME1", "MONOCHROME2"}
_COLOR = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"}
_YEARS_PER_UNIT = {"": 1.0, "Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def decode_dicom(data: bytes, name: str, limits: ReadLimits) -> Film:
    """Decode the first frame of a DICOM file.

    Where the file holds several windows, the first is used; where it holds a VOI LUT too, that goes
    first. Without either, more than 8 bits are mapped linearly from the film's own minimum..maximum
    to 0..255. Colour becomes luma (ITU-R BT.601).
    Raises `ImageReadError` for a file without an image, beyond the limits or of contradictory
    sizes; a damaged one raises what pydicom and its decoders raise.
    """
    _check_inflated_size(data, name, limits)
    dataset = dcmread(io.BytesIO(data), force=True, specific_tags=list(_KEYWORDS))
    if "PixelData" not in dataset:
        raise ImageReadError(
            name,
            "no DICOM image: the file holds none, is cut off before it, or is of another kind.",
            "Choose a film, or copy it again.",
        )
    frames = int(dataset.get("NumberOfFrames") or 1)
    limits.check_size(name, dataset.Columns, dataset.Rows)
    limits.check_frames(name, frames)
    pixels = _gray(dataset, _stored_values(dataset, frames, name))
    tags = FilmTags(
        format="DICOM",
        modality=_text(dataset, "Modality"),
        body_part=_text(dataset, "BodyPartExamined"),
        view=_text(dataset, "ViewPosition"),
        patient_age=_age(_text(dataset, "PatientAge")),
        photometric=_text(dataset, "PhotometricInterpretation"),
        bits=int(dataset.BitsStored),
        frames=frames,
    )
    return Film(pixels=pixels, name=name, tags=tags, shape=pixels.shape)


def _check_inflated_size(data: bytes, name: str, limits: ReadLimits) -> None:
    """pydicom inflates a deflated file at once, however long it becomes: measure it first."""
    stream = io.BytesIO(data)
    read_preamble(stream, force=True)
    meta = read_dataset(
        stream, is_implicit_VR=False, is_little_endian=True, stop_when=_beyond_file_meta
    )
    if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        size = 0
        while not inflater.eof and (compressed := stream.read(_INFLATE_STEP)):
            size += len(inflater.decompress(compressed))
            limits.check_bytes(name, size)


def _beyond_file_meta(tag: Any, vr: str | None, length: int) -> bool:
    return bool(tag.group != 2)


def _transfer_syntax(dataset: Dataset) -> UID:
    """The transfer syntax; for a file without that header, the one it was found to be read with."""
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    syntax: UID = dataset.file_meta.TransferSyntaxUID
    return syntax


def _stored_values(dataset: Dataset, frames: int, name: str) -> Levels:
    """The first frame as stored, `(H, W)` or `(H, W, 3)`, YBR already turned into RGB."""
    syntax = _transfer_syntax(dataset)
    if syntax == RLELossless:
        # The compiled decoder panics on malformed data, in a way that `except Exception` lets pass.
        return pixel_array(dataset, index=0, decoding_plugin="pydicom")
    if syntax.is_encapsulated:
        _check_codestream(dataset, frames, name)
    return pixel_array(dataset, index=0)


def _check_codestream(dataset: Dataset, frames: int, name: str) -> None:
    frame = get_frame(dataset.PixelData, 0, number_of_frames=frames)
    declared = declared_size(frame)
    expected = dataset.Columns, dataset.Rows, dataset.SamplesPerPixel
    if declared != expected:
        raise ImageReadError(
            name,
            "the DICOM header and the compressed image inside disagree on columns, rows and "
            f"samples: {expected} against {declared}.",
        )
    if count_scans(frame) > MAX_SCANS:
        raise ImageReadError(name, f"its compressed image has more than {MAX_SCANS} scans.")


def _gray(dataset: Dataset, stored: Levels) -> NDArray[np.uint8]:
    photometric = dataset.PhotometricInterpretation
    if photometric == "PALETTE COLOR":
        stored = apply_color_lut(stored, dataset)
        return _luma(stored, 8 * stored.itemsize)
    if photometric in _COLOR and stored.ndim == 3:
        return _luma(stored, dataset.BitsStored)
    if photometric not in _GRAY or stored.ndim != 2:
        raise ValueError(
            f"photometric interpretation {photometric!r} with pixels of shape {stored.shape}"
        )
    low, high = _display_range(dataset, stored)
    pixels = map_levels(stored, lambda levels: _displayed(dataset, levels, low, high))
    return 255 - pixels if photometric == "MONOCHROME1" else pixels


def _luma(colours: Levels, bits: int) -> NDArray[np.uint8]:
    eight_bits = np.ascontiguousarray(colours >> max(0, bits - 8), dtype=np.uint8)
    return np.asarray(Image.fromarray(eight_bits).convert("L"))


def _display_range(dataset: Dataset, stored: Levels) -> tuple[float, float]:
    """The values, after the modality LUT, that become black and white where no window says so."""
    low, high = int(stored.min()), int(stored.max())
    bits = dataset.BitsStored
    if bits <= 8:
        low = -(2 ** (bits - 1)) if dataset.PixelRepresentation else 0
        high = low + 2**bits - 1
    ends = apply_modality_lut(np.array([low, high]), dataset)
    return float(ends.min()), float(ends.max())


def _displayed(dataset: Dataset, stored: Levels, low: float, high: float) -> NDArray[np.uint8]:
    """Stored values through modality LUT and VOI LUT or window; elementwise."""
    values = apply_modality_lut(stored, dataset)
    if dataset.get("VOILUTSequence"):
        bits = dataset.VOILUTSequence[0].LUTDescriptor[2]
        return scale_to_bytes(apply_voi(np.rint(values).astype(np.int64), dataset), 0, 2**bits - 1)
    centre, width = _first(dataset, "WindowCenter"), _first(dataset, "WindowWidth")
    if centre is None or width is None:
        return scale_to_bytes(values, low, high)
    function = str(dataset.get("VOILUTFunction") or "LINEAR").upper()
    return apply_window(values, float(centre), float(width), function)


def apply_window(
    values: Levels, centre: float, width: float, function: str = "LINEAR"
) -> NDArray[np.uint8]:
    """Map values through a DICOM window to 0..255 (PS3.3, C.11.2.1.2 and C.11.2.1.3).

    `function` is `LINEAR`, `LINEAR_EXACT` or `SIGMOID`. Raises `ValueError` for another, or for a
    `width` below 1 (`LINEAR`) or not above 0 (the others).
    """
    if not (width >= 1 if function == "LINEAR" else width > 0):
        raise ValueError(f"a window of width {width:g}")
    if function == "SIGMOID":
        # 1 / (1 + exp(-4 (x - centre) / width)), written so that it cannot overflow.
        curve = np.tanh(2 * (np.asarray(values, dtype=np.float64) - centre) / width)
        return scale_to_bytes(curve, -1, 1)
    if function == "LINEAR_EXACT":
        return scale_to_bytes(values, centre - width / 2, centre + width / 2)
    if function != "LINEAR":
        raise ValueError(f"the unknown VOI LUT function {function!r}")
    if width == 1:
        return np.where(values > centre - 0.5, 255, 0).astype(np.uint8)
    return scale_to_bytes(values, centre - width / 2, centre + width / 2 - 1)


def _first(dataset: Dataset, keyword: str) -> Any:
    """The value of an element, or the first of several; `None` where it is missing or empty."""
    if keyword not in dataset:
        return None
    element = dataset[keyword]
    value = element.value[0] if element.VM > 1 else element.value
    return None if value == "" else value


def _text(dataset: Dataset, keyword: str) -> str | None:
    value = _first(dataset, keyword)
    return None if value is None else str(value).strip()[:64] or None


def _age(text: str | None) -> float | None:
    """Years from an age string such as `045Y`, `018M` or, against the standard, `62`."""
    match = re.fullmatch(r"(\d{1,3})([DWMY]?)", text or "")
    return float(match[1]) * _YEARS_PER_UNIT[match[2]] if match else None
