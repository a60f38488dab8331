"""Decoding of DICOM films: what is read of a file, and in which order."""

from __future__ import annotations

import zlib
from typing import Any

from pydicom import dcmread
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_preamble
from pydicom.tag import Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.age import years
from pneumoscope.imaging.dicom.account import Account
from pneumoscope.imaging.dicom.colour import PALETTE_KEYWORDS, luma, palette_luma
from pneumoscope.imaging.dicom.counted_reads import CountedReads
from pneumoscope.imaging.dicom.elements import LONGEST_TEXT, number, text
from pneumoscope.imaging.dicom.grayscale import gray_tones
from pneumoscope.imaging.dicom.objects import check_object, no_pixels, object_warnings
from pneumoscope.imaging.dicom.orientation import orientation_of
from pneumoscope.imaging.dicom.padding import PADDING_KEYWORDS
from pneumoscope.imaging.dicom.places import GROUPS
from pneumoscope.imaging.dicom.spacing import SPACING_KEYWORDS, pixel_spacing
from pneumoscope.imaging.dicom.stored_values import PIXEL_KEYWORDS, Storage, stored_values
from pneumoscope.imaging.film import FilmTags, ReadLimits, passed_over
from pneumoscope.imaging.intensity import Levels
from pneumoscope.imaging.stored_film import StoredFilm, Tones

KEYWORDS = (
    "SOPClassUID",
    "Modality",
    "BodyPartExamined",
    "ViewPosition",
    "PatientAge",
    "PatientOrientation",
    "PresentationIntentType",
    "PresentationLUTShape",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "ModalityLUTSequence",
    "RescaleSlope",
    "RescaleIntercept",
    "VOILUTSequence",
    "VOILUTFunction",
    "WindowCenter",
    "WindowWidth",
    "WindowCenterWidthExplanation",
    *GROUPS,
    *SPACING_KEYWORDS,
    *PADDING_KEYWORDS,
    *PALETTE_KEYWORDS,
    *PIXEL_KEYWORDS,
)
"""What is read from a file: what the pixels need, and what a judgement needs. Names, dates and
identifiers of people stay where they are."""

# Deflate packs at most 1032 bytes into one: a step never gives more than 17 million.
_INFLATE_STEP = 2**14

# A thousand frames with functional groups of their own have about twenty thousand.
_MOST_ITEMS = 50_000
_ITEM_MARKS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")  # in either byte order

_COPIES = 4  # of the samples, on their way from the file to gray levels
_BYTES_A_CONVERTED_PIXEL = 32  # of YCbCr and palettes, which become floating-point numbers

_LONG_KEYWORDS = {
    "ModalityLUTSequence",
    "VOILUTSequence",
    *GROUPS,
    *PALETTE_KEYWORDS,
    *PIXEL_KEYWORDS,
}

_GRAY = {"MONOCHROME1", "MONOCHROME2"}
_COLOR = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"}


def decode_dicom(data: bytes, name: str, limits: ReadLimits) -> StoredFilm:
    """Decode the first frame of a DICOM file.

    Where the file holds several windows, the first that can be used is; where it holds a VOI LUT
    too, that goes first. Without either, more than 8 bits are mapped linearly from the film's own
    minimum..maximum to 0..255. Colour becomes luma (ITU-R BT.601).
    Raises `ImageReadError` for a file without an image, one that is no film, beyond the limits, cut
    short or contradicting itself; a damaged one raises what pydicom and its decoders raise.
    """
    _check_unread(data, name, limits)
    dataset = dcmread(CountedReads(data, name), force=True, specific_tags=list(KEYWORDS))
    _check_lengths(dataset, name)
    check_object(dataset, name)
    if not any(dataset.get(keyword) for keyword in PIXEL_KEYWORDS):
        raise no_pixels(dataset, name)
    account = Account(warnings=list(object_warnings(dataset)))
    storage = _storage(dataset, account, name)
    frames = _frames(dataset, account)
    limits.check_size(name, dataset.Columns, dataset.Rows)
    limits.check_frames(name, frames)
    account.warnings.extend(passed_over(frames))
    bytes_a_pixel = _COPIES * dataset.SamplesPerPixel * (storage.allocated + 7) // 8
    if dataset.PhotometricInterpretation not in {*_GRAY, "RGB"}:
        bytes_a_pixel = max(bytes_a_pixel, _BYTES_A_CONVERTED_PIXEL)
    limits.check_memory(name, dataset.Columns, dataset.Rows, bytes_a_pixel)
    stored = stored_values(dataset, storage, name, limits)
    tones = _tones(dataset, stored, storage, account, name)
    orientation = orientation_of(dataset, account)
    tags = FilmTags(
        format="DICOM",
        modality=text(dataset, "Modality"),
        body_part=text(dataset, "BodyPartExamined"),
        view=text(dataset, "ViewPosition"),
        patient_age=years(text(dataset, "PatientAge")),
        photometric=dataset.PhotometricInterpretation,
        bits=storage.stored,
        frames=frames,
        rendering="; ".join(account.steps),
        notes=tuple(dict.fromkeys(account.notes)),
        warnings=tuple(account.warnings),
    )
    return StoredFilm(name, tags, tones, orientation, pixel_spacing=pixel_spacing(dataset))


def _frames(dataset: Dataset, account: Account) -> int:
    frames = number(dataset, "NumberOfFrames")
    if frames is None or frames < 1 or not frames.is_integer():
        if "NumberOfFrames" in dataset:
            account.notes.append("Number of Frames is no number of frames: taken as 1")
        frames = 1
    dataset.NumberOfFrames = int(frames)  # pydicom reads it again
    return int(frames)


def _storage(dataset: Dataset, account: Account, name: str) -> Storage:
    """How samples are stored, with what is missing or impossible put right."""
    required = ("Rows", "Columns", "BitsAllocated", "PhotometricInterpretation")
    if missing := [keyword for keyword in required if dataset.get(keyword) in (None, "")]:
        raise ImageReadError(
            name, f"its DICOM header lacks {', '.join(missing)}.", "Export the film again."
        )
    dataset.PhotometricInterpretation = str(dataset.PhotometricInterpretation).strip().upper()
    dataset.SamplesPerPixel = dataset.get("SamplesPerPixel") or 1
    _check_photometric(dataset, name)
    dataset.PixelRepresentation = dataset.get("PixelRepresentation") or 0
    allocated = dataset.BitsAllocated
    stored, high_bit = dataset.get("BitsStored"), dataset.get("HighBit")
    if stored is None:
        account.notes.append(f"Bits Stored is missing: taken as {allocated}")
        stored = allocated
    if not 1 <= stored <= allocated:
        raise ImageReadError(
            name,
            f"its DICOM header contradicts itself: Bits Stored {stored} of {allocated} allocated.",
            "Export the film again.",
        )
    if high_bit is None or not stored <= high_bit + 1 <= allocated:
        account.notes.append(f"High Bit {high_bit} was taken as {stored - 1}")
        high_bit = stored - 1
    # pydicom refuses what was put right here.
    dataset.BitsStored, dataset.HighBit = stored, high_bit
    account.steps.append(
        (f"{stored} bits" if stored == allocated else f"{stored} of {allocated} bits")
        + (", signed" if dataset.PixelRepresentation else "")
    )
    return Storage(allocated, stored, high_bit, bool(dataset.PixelRepresentation))


def _tones(
    dataset: Dataset, stored: Levels, storage: Storage, account: Account, name: str
) -> Tones:
    photometric = dataset.PhotometricInterpretation
    if photometric == "PALETTE COLOR":
        return palette_luma(dataset, stored, account)
    if photometric in _COLOR:
        account.steps.append("colour to luma")
        return luma(stored, storage.stored)
    return gray_tones(dataset, stored, storage.stored, account, name)


def _check_photometric(dataset: Dataset, name: str) -> None:
    photometric, samples = dataset.PhotometricInterpretation, dataset.SamplesPerPixel
    if samples != (3 if photometric in _COLOR else 1) or (
        photometric not in {*_GRAY, *_COLOR, "PALETTE COLOR"}
    ):
        raise ImageReadError(
            name,
            f"pixels of photometric interpretation {photometric!r} and {samples} "
            f"sample{'s' if samples != 1 else ''} are not supported.",
            "Save the film in gray.",
        )


def _check_unread(data: bytes, name: str, limits: ReadLimits) -> None:
    """pydicom inflates a deflated file at once, however long it becomes, and makes an object of
    every item of a sequence, read or not, which takes a thousand times its bytes: count first."""
    stream = CountedReads(data, name)
    read_preamble(stream, force=True)
    meta = read_dataset(
        stream, is_implicit_VR=False, is_little_endian=True, stop_when=_beyond_file_meta
    )
    items = _count_items(data)
    if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        parts, size = [], 0
        while not inflater.eof and (compressed := stream.read(_INFLATE_STEP)):
            inflated = inflater.decompress(compressed)
            parts.append(inflated)
            size += len(inflated)
            items += _count_items(inflated)
            limits.check_bytes(name, size)
        # Counted here, since pydicom inflates them for itself.
        read_dataset(
            CountedReads(b"".join(parts), name),
            is_implicit_VR=False,
            is_little_endian=True,
            specific_tags=[Tag("Rows")],
        )
    if items > _MOST_ITEMS:
        raise ImageReadError(
            name, f"its DICOM sequences have more than {_MOST_ITEMS:,} items, the limit."
        )


def _count_items(data: bytes) -> int:
    return sum(data.count(mark) for mark in _ITEM_MARKS)


def _check_lengths(dataset: Dataset, name: str) -> None:
    """Raise `ImageReadError` for a text or number that goes on without end."""
    for tag, element in dataset.items():
        if not isinstance(element, RawDataElement) or keyword_for_tag(tag) in _LONG_KEYWORDS:
            continue
        if len(element.value or b"") > LONGEST_TEXT:
            raise ImageReadError(
                name,
                f"its element {tag} holds {len(element.value or b''):,} bytes.",
                "Export the film again.",
            )


def _beyond_file_meta(tag: Any, vr: str | None, length: int) -> bool:
    return bool(tag.group != 2)
