"""Samples of codestreams of the JPEG family, which come bare and inside DICOM files.

Every coding has one decoder, whatever else is installed, so that a film gives the same pixels
everywhere. None of them can be relied on to notice that a stream was cut short.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile

from pneumoscope.errors import ImageReadError, MissingExtraError, needs_extra
from pneumoscope.imaging.codestream import (
    DEEP_JPEG,
    JPEG,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS_JPEG,
    FrameHeader,
    count_scans,
    frame_header,
    has_too_many_parts,
    is_complete,
)
from pneumoscope.imaging.film import ReadLimits
from pneumoscope.imaging.intensity import Levels

# The most that the decoders and what follows take for a sample, in bytes.
_BYTES_A_SAMPLE = 9


def check_codestream(data: bytes, header: FrameHeader, name: str) -> None:
    """Raise `ImageReadError` for a codestream that is cut short, or one that no decoder takes."""
    if header.coding not in _DECODERS:
        raise ImageReadError(
            name,
            f"its pixels are coded as {header.coding}, which is not supported.",
            "Save the film uncompressed, or as JPEG-LS or JPEG 2000.",
        )
    if not is_complete(data):
        raise ImageReadError(
            name,
            f"its {header.coding} data are cut short: the mark that ends them is missing.",
            "Copy the film again.",
        )


def check_cost(data: bytes, header: FrameHeader, name: str, limits: ReadLimits) -> None:
    """Raise `ImageReadError` for a codestream that takes more to decode than a film may."""
    size = header.width, header.height
    limits.check_memory(name, *size, _BYTES_A_SAMPLE * header.samples)
    if header.coding != JPEG_2000:
        limits.check_scans(name, count_scans(data), *size)
        if has_too_many_parts(data):
            raise ImageReadError(name, "its JPEG data are in more parts than any film's.")


def decode_codestream(data: bytes, header: FrameHeader, name: str, limits: ReadLimits) -> Levels:
    """The samples of a codestream that `check_codestream` lets pass: integers `(H, W)` or
    `(H, W, samples)`.

    Colours are as coded, but for those of 12-bit JPEG, and of JPEG 2000 with a colour transform,
    which become RGB. Their type is the smallest that holds the codestream's own precision; only
    JPEG 2000 may declare them signed.

    Raises `ImageReadError` as `check_cost` does, and where the decoder's package is not
    installed; damaged data raise what the decoder raises.
    """
    check_cost(data, header, name, limits)
    try:
        samples = _DECODERS[header.coding](data)
    except MissingExtraError as error:
        raise ImageReadError(name, error.message, error.hint) from error
    shape = (header.height, header.width, *([header.samples] if header.samples > 1 else []))
    if samples.shape != shape:
        raise ValueError(f"a codestream of {shape} was decoded to {samples.shape}")
    return samples


def _decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    with JpegImageFile(io.BytesIO(data)) as image:
        return np.asarray(image)


def _decode_deep_jpeg(data: bytes) -> Levels:
    with needs_extra("12-bit JPEG", "codecs"):
        import imagecodecs
    samples: Levels = imagecodecs.jpeg8_decode(data)
    return samples


def _decode_lossless_jpeg(data: bytes) -> Levels:
    with needs_extra("Lossless JPEG", "codecs"):
        import imagecodecs
    # Lossless JPEG knows no colours. Of three samples libjpeg-turbo asks what they are, and
    # converts nothing where it is told the same twice.
    colours = "RGB" if frame_header(data).samples > 1 else None
    samples: Levels = imagecodecs.jpeg8_decode(data, colorspace=colours, outcolorspace=colours)
    return samples


def _decode_jpeg_ls(data: bytes) -> Levels:
    import jpeg_ls

    buffer, info = jpeg_ls.decode_pixel_data(data)
    samples = np.frombuffer(buffer, np.uint8 if info["bits_per_sample"] <= 8 else "<u2")
    height, width, count = info["height"], info["width"], info["components"]
    if count == 1:
        return samples.reshape(height, width)
    if info["interleave_mode"] == 0:  # one colour after the other
        return np.moveaxis(samples.reshape(count, height, width), 0, 2)
    return samples.reshape(height, width, count)


def _decode_jpeg_2000(data: bytes) -> Levels:
    import openjpeg

    samples: Levels = openjpeg.decode(data, j2k_format=0)
    return samples


_DECODERS = {
    JPEG: _decode_jpeg,
    DEEP_JPEG: _decode_deep_jpeg,
    LOSSLESS_JPEG: _decode_lossless_jpeg,
    JPEG_LS: _decode_jpeg_ls,
    JPEG_2000: _decode_jpeg_2000,
}
