"""The values that a DICOM file stores for the pixels of a frame, from any transfer syntax."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL.JpegImagePlugin import JpegImageFile
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels import convert_color_space, pixel_array
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.codestream import (
    DEEP_JPEG,
    JPEG,
    FrameHeader,
    frame_header,
    without_file_header,
)
from pneumoscope.imaging.decoders import check_codestream, check_cost, decode_codestream
from pneumoscope.imaging.dicom.fragments import first_frame, is_rle
from pneumoscope.imaging.film import ReadLimits
from pneumoscope.imaging.intensity import Levels

PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_ADOBE_YCBCR = 1
_ADVICE = "Save the film uncompressed, or as JPEG-LS or JPEG 2000."


@dataclass(frozen=True)
class Storage:
    """How a file stores its samples: `stored` bits, the highest of them at `high_bit`, in words of
    `allocated` bits; in two's complement where `signed`."""

    allocated: int
    stored: int
    high_bit: int
    signed: bool

    def values(self, words: Levels, precision: int) -> Levels:
        """The values in decoded words `(H, W)`: only the bits stored, with their sign.

        `precision` is the number of bits that the words were coded with: a codestream may hold the
        values alone, or the words with whatever lies beside them (PS3.5, 8.1.1).
        """
        words = words.astype(words.dtype.newbyteorder("="), copy=False)
        width = 8 * words.dtype.itemsize
        if precision > self.high_bit:
            bits, below = self.stored, self.high_bit + 1 - self.stored
        else:
            bits, below = min(self.stored, precision), 0
        kind = "i" if self.signed else "u"
        values = words.view(f"{kind}{words.dtype.itemsize}")
        if width == bits:
            return values
        # Shifting back in the type of the values fills up with zeros or with the sign.
        return (values << (width - bits - below)) >> (width - bits)


def transfer_syntax(dataset: Dataset) -> UID:
    """The transfer syntax; for a file that names none, the one it was found to be read with."""
    if not dataset.file_meta.get("TransferSyntaxUID"):
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    syntax: UID = dataset.file_meta.TransferSyntaxUID
    return syntax


def stored_values(dataset: Dataset, storage: Storage, name: str, limits: ReadLimits) -> Levels:
    """The first frame as stored: `(H, W)`, or RGB `(H, W, 3)` of a colour film.

    Integers of the file's own signedness, or float32 or float64. Raises `ImageReadError` for pixels
    that are cut short, contradict the header or are coded in a way that is not supported; damaged
    ones raise what pydicom and the decoders raise.
    """
    if is_encapsulated(dataset, transfer_syntax(dataset), name):
        samples, precision = _decoded(dataset, storage, name, limits)
    else:
        # pydicom would keep the lowest bits, wherever High Bit says that the values lie.
        samples = pixel_array(dataset, index=0, correct_unused_bits=False)
        precision = storage.allocated
    if samples.dtype.kind == "f" or dataset.PhotometricInterpretation.startswith("YBR"):
        return samples  # colours that were converted are no words any more
    return storage.values(samples, precision)


def is_encapsulated(dataset: Dataset, syntax: UID, name: str) -> bool:
    """Whether the pixels are compressed; where they lie in fragments, whatever the syntax says."""
    if "PixelData" in dataset and dataset["PixelData"].is_undefined_length:
        return True  # even in a syntax that is newer than pydicom: the codestream tells what it is
    if syntax.is_transfer_syntax:
        return syntax.is_encapsulated
    raise ImageReadError(name, f"its transfer syntax {syntax} is none that is known.", _ADVICE)


def _decoded(
    dataset: Dataset, storage: Storage, name: str, limits: ReadLimits
) -> tuple[Levels, int]:
    """The samples of the first codestream, and the bits that each was coded with."""
    syntax = transfer_syntax(dataset)
    try:
        frame = first_frame(dataset.PixelData)
        if is_rle(frame):
            return _decoded_by_pydicom(dataset, frame, RLELossless, "pydicom"), storage.allocated
        codestream = without_file_header(frame)
        header = frame_header(codestream)
    except ValueError as error:
        raise ImageReadError(name, f"{error} ({syntax.name}).", _ADVICE) from error
    check_codestream(codestream, header, name)
    _check_header(dataset, header, name)
    if header.samples == 3 and header.coding == JPEG:
        check_cost(codestream, header, name, limits)
        return _decoded_colours(dataset, frame), 8
    samples = decode_codestream(codestream, header, name, limits)
    coded_ybr = header.coding != DEEP_JPEG
    if samples.ndim == 3 and coded_ybr and dataset.PhotometricInterpretation.startswith("YBR_FULL"):
        samples = convert_color_space(samples, "YBR_FULL", "RGB")
    if samples.dtype.kind == "i" and header.precision < 8 * samples.dtype.itemsize:
        # Signed samples of JPEG 2000: as bits of the precision, like those of other codings.
        unsigned = samples.view(f"u{samples.dtype.itemsize}")
        samples = unsigned & unsigned.dtype.type(2**header.precision - 1)
    return samples, header.precision


def _decoded_colours(dataset: Dataset, frame: bytes) -> Levels:
    """RGB from a JPEG codestream. Whether it holds YCbCr takes pydicom's rules: header, markers and
    component names; but for Adobe's marker, after which it would convert YCbCr twice."""
    with JpegImageFile(io.BytesIO(frame)) as image:
        if image.info.get("adobe_transform") == _ADOBE_YCBCR:
            return np.asarray(image.convert("RGB"))
    return _decoded_by_pydicom(dataset, frame, JPEGBaseline8Bit, "pillow")


def _decoded_by_pydicom(dataset: Dataset, frame: bytes, syntax: UID, plugin: str) -> Levels:
    dataset.PixelData = encapsulate([frame])
    dataset.NumberOfFrames = 1
    dataset.file_meta.TransferSyntaxUID = syntax
    return pixel_array(dataset, index=0, decoding_plugin=plugin, correct_unused_bits=False)


def _check_header(dataset: Dataset, header: FrameHeader, name: str) -> None:
    declared = header.width, header.height, header.samples
    expected = dataset.Columns, dataset.Rows, dataset.SamplesPerPixel
    if declared != expected:
        raise ImageReadError(
            name,
            "the DICOM header and the compressed image inside disagree on columns, rows and "
            f"samples: {expected} against {declared}.",
        )
    if header.precision > dataset.BitsAllocated:
        raise ImageReadError(
            name,
            f"the DICOM header allocates {dataset.BitsAllocated} bits, and the compressed image "
            f"inside has samples of {header.precision}.",
        )
