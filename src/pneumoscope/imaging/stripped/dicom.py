"""DICOM objects of nothing but a picture: its pixels, and what showing and judging it takes.

A new object is written, of the elements that the reader looks at. Persons, places, dates, private
elements, descriptions and overlays are not among them.
"""

from __future__ import annotations

import hashlib
import uuid
import zlib

from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.sequence import Sequence
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, SecondaryCaptureImageStorage

from pneumoscope.imaging.age import years
from pneumoscope.imaging.codestream import (
    JPEG_2000,
    frame_header,
    without_comments,
    without_file_header,
)
from pneumoscope.imaging.dicom.counted_reads import CountedReads
from pneumoscope.imaging.dicom.decoding import KEYWORDS
from pneumoscope.imaging.dicom.elements import BINARY, items, number, numbers, text, texts
from pneumoscope.imaging.dicom.fragments import first_frame, is_rle
from pneumoscope.imaging.dicom.places import MACROS, PER_FRAME
from pneumoscope.imaging.dicom.spacing import MEASURES
from pneumoscope.imaging.dicom.stored_values import (
    PIXEL_KEYWORDS,
    is_encapsulated,
    transfer_syntax,
)
from pneumoscope.imaging.stripped.jpeg import strip_jpeg

_LEFT_OUT = {"WindowCenterWidthExplanation"}  # words that anybody may have chosen
_TAKEN = tuple(keyword for keyword in KEYWORDS if keyword not in _LEFT_OUT)
_NESTED = (*MACROS, MEASURES, "LUTDescriptor", "LUTData")
_NUMBERS = {"DS", "IS"}
_TEXTS_AND_NUMBERS = {"AS", "CS", "UI", *_NUMBERS}
_UNDEFINED = 0xFFFFFFFF
_DERIVED = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
_METHOD = "Pixels, and what showing them takes"


def strip_dicom(data: bytes, name: str) -> bytes:
    """A DICOM object of the same pixels and technical elements, in the same transfer syntax.

    Of several frames the first stays.

    Texts are cut to what the reader takes of them, numbers stay as they are written. Identifiers
    are derived from the pixels, so that copies of a film share them. Compressed frames lose their
    comments and application data. Raises `ValueError` for frames of an unusual structure, and what
    pydicom raises for damaged elements.
    """
    source = dcmread(CountedReads(data, name), force=True, specific_tags=list(_TAKEN))
    syntax = transfer_syntax(source)
    copy = _picked(source, (*_TAKEN, *_NESTED))
    digest = hashlib.sha256(_leave_pixels(copy, source, name)).digest()
    for keyword in _DERIVED:
        setattr(copy, keyword, _uid(digest, keyword))
    # Not Patient Identity Removed, which would be said of what the picture shows too.
    copy.DeidentificationMethod = _METHOD
    meta = FileMetaDataset()
    kind = UID(text(source, "SOPClassUID") or "")
    meta.MediaStorageSOPClassUID = kind if kind.is_valid else SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = copy.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    return _written(copy, meta)


def _picked(source: Dataset, keywords: tuple[str, ...]) -> Dataset:
    """A dataset of some elements of another, in sequences too."""
    copy = Dataset()
    implicit, little_endian = source.original_encoding
    copy.set_original_encoding(implicit, little_endian, source.original_character_set)
    for keyword in keywords:
        if keyword not in source:
            continue
        element, vr = source.get_item(keyword), dictionary_VR(keyword)
        if vr == "SQ":
            most = 1 if keyword == PER_FRAME else None
            nested = [_picked(item, keywords) for item in items(source, keyword)[:most]]
            copy.add(DataElement(element.tag, "SQ", Sequence(nested)))
        elif isinstance(element, RawDataElement):
            value = element.value
            if vr in _TEXTS_AND_NUMBERS:
                value = _cleaned(source, keyword, element)
            if value is not None:
                copy[element.tag] = _with_value(element, value)
        elif element.is_empty:  # it keeps others from being used
            copy.add(element)
    return copy


def _cleaned(source: Dataset, keyword: str, element: RawDataElement) -> bytes | None:
    """What the reader takes of a text, or of numbers in a text; `None` for a text of nothing."""
    if dictionary_VR(keyword) in _NUMBERS:
        if element.VR in BINARY:
            return element.value
        parts = zip((element.value or b"").split(b"\\"), numbers(source, keyword), strict=False)
        value = b"\\".join(b"" if number is None else part for part, number in parts)
        return value + b" " * (len(value) % 2)
    taken = texts(source, keyword)[: 2 if keyword == "PatientOrientation" else 1]
    if keyword == "PatientAge":
        taken = [age for age in taken if years(age) is not None]
    value = "\\".join(part[:64] for part in taken).encode("latin-1", "replace")
    return value + b" " * (len(value) % 2) or None


def _with_value(element: RawDataElement, value: bytes) -> RawDataElement:
    length = element.length if element.length == _UNDEFINED else len(value)
    return element._replace(value=value, length=length)


def _leave_pixels(copy: Dataset, source: Dataset, name: str) -> bytes:
    """Leave of the pixel data what is pixels of the first frame, and tell these."""
    left = b""
    if _frames(source) > 1:
        copy.NumberOfFrames = 1
    for keyword in PIXEL_KEYWORDS:
        element = copy.get_item(keyword) if keyword in copy else None
        if not isinstance(element, RawDataElement) or not element.value:
            continue
        if keyword == "PixelData" and is_encapsulated(source, transfer_syntax(source), name):
            left = encapsulate([_stripped_frame(first_frame(element.value))])
        else:
            left = element.value[: _native_bytes(source, len(element.value))]
        copy[element.tag] = _with_value(element, left)
    return left


def _stripped_frame(frame: bytes) -> bytes:
    if is_rle(frame):
        return frame
    codestream = without_file_header(frame)
    if frame_header(codestream).coding == JPEG_2000:
        return without_comments(codestream)
    return strip_jpeg(codestream)


def _frames(source: Dataset) -> int:
    return max(1, int(number(source, "NumberOfFrames") or 1))


def _native_bytes(source: Dataset, there: int) -> int:
    """The most bytes that an uncompressed frame takes; `there` are those of all of them."""
    samples, count = source.get("SamplesPerPixel") or 1, _frames(source)
    bits = source.Rows * source.Columns * samples * source.BitsAllocated
    # Colours may be subsampled, or said to be and not: pydicom goes by the length, as this does.
    if text(source, "PhotometricInterpretation") == "YBR_FULL_422" and there * 8 < bits * count:
        bits = bits * 2 // 3
    size = int(bits + 7) // 8
    return size + size % 2


def _uid(digest: bytes, what: str) -> str:
    """An identifier that is derived from pixels (PS3.5, B.2)."""
    hashed = hashlib.sha256(digest + what.encode()).digest()
    return f"2.25.{uuid.UUID(bytes=hashed[:16], version=5).int}"


def _written(dataset: Dataset, meta: FileMetaDataset) -> bytes:
    file = DicomBytesIO()
    implicit, little_endian = dataset.original_encoding
    file.is_implicit_VR, file.is_little_endian = bool(implicit), little_endian is not False
    write_dataset(file, dataset)
    content = file.getvalue()
    if meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        content = deflater.compress(content) + deflater.flush()
        content += bytes(len(content) % 2)
    head = DicomBytesIO()
    head.write(bytes(128) + b"DICM")
    write_file_meta_info(head, meta)
    return head.getvalue() + content
