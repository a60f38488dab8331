"""Whether the decoders that films need work here, tried on tiny films of every coding."""

from __future__ import annotations

import base64
import io
import zlib
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation

from pneumoscope.errors import ImageReadError, one_line
from pneumoscope.imaging.reading import read_image

_SIDE = 32
# What JPEG itself loses of a ramp, in gray levels.
_TOLERANCE = 4

OPTIONAL = frozenset({"lossless JPEG", "12-bit JPEG"})
"""The codings whose decoder is in an extra, `codecs`."""


@dataclass(frozen=True)
class _Sample:
    """A codestream of a ramp from black to white, in base64 of zlib."""

    syntax: str
    bits: int
    data: str


def failing_decoders() -> dict[str, str]:
    """For each coding of pixels in DICOM films, why a film of that kind cannot be read here; empty
    where it can."""
    return {coding: _failure(sample) for coding, sample in _SAMPLES.items()}


def _failure(sample: _Sample) -> str:
    try:
        film = read_image(_film(sample))
    except ImageReadError as error:
        return error.reason
    except ImportError as error:  # a package of the base install that does not load
        return one_line(f"its decoder does not load: {error}")
    ramp = np.add.outer(np.arange(_SIDE), np.arange(_SIDE)) * 255 / (2 * _SIDE - 2)
    # Eight bits are read as they are stored, up to 248 of 255.
    expected = ramp * (248 / 255 if sample.bits == 8 else 1)
    off = np.abs(film.pixels - expected).max()
    return "" if off <= _TOLERANCE else f"its decoder is off by {off:.0f} of 255 gray levels"


def _film(sample: _Sample) -> bytes:
    """A DICOM film with the codestream as its pixels."""
    film = Dataset()
    film.SOPClassUID = DigitalXRayImageStorageForPresentation
    film.SOPInstanceUID = "1.2.3"
    film.Modality = "DX"
    film.Rows = film.Columns = _SIDE
    film.SamplesPerPixel = 1
    film.PhotometricInterpretation = "MONOCHROME2"
    film.BitsAllocated = 8 if sample.bits == 8 else 16
    film.BitsStored = sample.bits
    film.HighBit = sample.bits - 1
    film.PixelRepresentation = 0
    film.PixelData = encapsulate([zlib.decompress(base64.b64decode(sample.data))])
    film["PixelData"].VR = "OB"
    film["PixelData"].is_undefined_length = True
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = UID(sample.syntax)
    file = io.BytesIO()
    film.save_as(file, enforce_file_format=True)
    return file.getvalue()


_SAMPLES = {
    "JPEG": _Sample(
        "1.2.840.10008.1.2.4.50",
        8,
        "eNr7f+P/AwYBLzdPNwZGRgYGRiBk+H+bwZmBiREEQCQTCLAwg0hWFhZmFjZWNjYwZufkAGJ2NjYObg5O"
        "LhAAsni4uXhAnP8HGLg5GBQYFBgZBRn+H2GQBxrOCjYTaAMEMDIxs7CysQP1cgMVbBUA2snMDLSJFWgN"
        "ULYWKM/AIsgqpGjoyCYcmMiuVChi1DhxIYey08aDokEXP6gYJxU1cXKJiUtISqmqqWtoapmYmplbWFo5"
        "u7i6uXt4egWHhIaFR0RGJaekpqVnZGYVl5SWlVdUVjW3tLa1d3R2TZo8Zeq06TNmzlq0eMnSZctXrFy1"
        "afOWrdu279i569DhI0ePHT9x8tSly1euXrt+4+ath48eP3n67PmLl68+fvr85eu37z9+/vp/i4ED5B97"
        "hj/5P3I/3P4b/8t+edYv5ofbD+d/rX/xb+7qF/xt93n3X/3PsPhX2foFdtI1Zv8Zwv/1v7y13/4fgrOv"
        "gQjd5/8z4DALl/bP/xmIcAmy7v83GQC0G+CY",
    ),
    "JPEG 2000": _Sample(
        "1.2.840.10008.1.2.4.90",
        8,
        "eNr77/8/kEGTAQQUoBgGUPmM7IyM/4MYeEBMBlYWFgbG/zEMwg4OHh4ByOh/CoMqA6NzUWpiSWqKQlKl"
        "gn9Bap5XgKu7QllqUXFmfp6CkZ6pntH/CQxcYGNjgeZMPn6FhUP++C1W+QwBlniW+MOvmNuvsPEyCXLb"
        "dh383Nr8nENJiiO2nrn+buCBn8wOP5kZzBbOXJc833aZSbTA7QM1SgdqlBnilx/vmD93jabD//r/NwED"
        "dT1Z",
    ),
    "JPEG-LS": _Sample(
        "1.2.840.10008.1.2.4.80",
        8,
        "eNr7f+P/dwZuDgYFBgVGRkGG/7cYOBgZGYBg7t360n+38//X/69zMspdGhr+v9IeyMkF4np/kCiI8R7G"
        "OA8kakGM/UCiHCZ6H0hUgxhA9B9kFKWw5v9NBgB06nQB",
    ),
    "RLE": _Sample(
        "1.2.840.10008.1.2.5",
        8,
        "eNqdyRFzwnEAgOFfd0EQBIOguzcIgsEgCII/BEEQBEEwCAaDIAiCIAiCIAiCIAiCIAiCIAiCwWAQDAaD"
        "IAjCPsJ716NPLIQQhecR4olk6iWdyebyr2+FYikqV6q1eqP53vr4bHe6PeT7yA+QHyI/Qn6M/AT5KfIz"
        "5OfIL5BfIr9Cfo38Bvkt8jvk98gfkD8if0L+C/lv5H+QPyP/i/wf8v/IX5C/In9D/v4AZ430MQ==",
    ),
    "lossless JPEG": _Sample(
        "1.2.840.10008.1.2.4.70",
        8,
        "eNr7f+P/YQZuDgYFBgVGRkGG/0cYVBhAQJABCTAyMbOwsrFzcHJx8/Dy8Qv8v8XAwcjIwMjA4PzjwSgY"
        "BaNghILn/28CAK8Xiss=",
    ),
    "12-bit JPEG": _Sample(
        "1.2.840.10008.1.2.4.51",
        12,
        "eNr7f+P/AwYBLzdPNwZGRgYGRiBk+H+bwRnIowz8P8jAzcOgwKDAyCjI8P8IgyjYfGTAywcUlhZgYGRh"
        "RhbmZlA3dwtLKfl/i4EDpMWeofc/g3THnYQwcam1xdkqDGyPzCVEW4+tjrl1koFxR+8x1sTCVdfNNjkw"
        "5CkXNkbEZG09u2b5f4ZjhFVNQDJW8z/DR8KqkC0/Vf+HsCIUu//fBACgdGrJ",
    ),
}
