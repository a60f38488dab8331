"""Compressed pixels of DICOM files: how they are cut into fragments, and what tells where."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from film_files import dicom, gray_film
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.dicom.fragments import first_frame
from pneumoscope.imaging.reading import read_image

DEEP = gray_film(bits=12)
NOISE = np.random.default_rng(1).integers(0, 4096, (33, 41), np.uint16)
SYNTAXES = [JPEGLSLossless, JPEG2000Lossless, RLELossless]


def fragments(parts: list[bytes], offsets: bytes = b"") -> bytes:
    """The value of Pixel Data: the Basic Offset Table, and fragments."""
    even = [part + bytes(len(part) % 2) for part in (offsets, *parts)]
    return b"".join(struct.pack("<4sI", b"\xfe\xff\x00\xe0", len(part)) + part for part in even)


def named(film: bytes, syntax: Any) -> bytes:
    """The elements of a film after a file header that names another transfer syntax."""
    name = syntax.encode() + bytes(len(syntax) % 2)
    header = struct.pack("<HH2sH", 2, 0x10, b"UI", len(name)) + name
    return bytes(128) + b"DICM" + header + film[film.index(b"\x08\0\x16\0UI") :]


def compressed(pixels: Any, syntax: Any) -> tuple[Dataset, bytes]:
    """A film, and its codestream."""
    dataset = dcmread(io.BytesIO(dicom(pixels, bits=12, syntax=syntax)))
    return dataset, next(generate_frames(dataset.PixelData, number_of_frames=1))


def saved(dataset: Dataset) -> bytes:
    file = io.BytesIO()
    dataset.save_as(file)
    return file.getvalue()


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize(
    "offsets", [b"", bytes(4), b"\x04\0\0\0", b"\xff\xff\xff\x7f", bytes(8), b"\0\0\0\0\x08\0\0\0"]
)
@pytest.mark.parametrize("frames", [1, 2])
def test_offset_tables_may_be_empty_or_wrong(frames: int, offsets: bytes, syntax: Any) -> None:
    dataset, codestream = compressed(DEEP, syntax)
    _, other = compressed(DEEP[::-1].copy(), syntax)
    plain = read_image(saved(dataset)).pixels
    middle = len(codestream) // 3 * 2
    for parts in ([codestream], [codestream[:middle], codestream[middle:]]):
        dataset.PixelData = fragments([*parts, *[other] * (frames - 1)], offsets)
        dataset.NumberOfFrames = frames
        assert np.array_equal(read_image(saved(dataset)).pixels, plain)


@pytest.mark.parametrize("declared", [ExplicitVRLittleEndian, *SYNTAXES])
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize("pixels", [DEEP, NOISE], ids=["shorter", "longer"])
def test_a_codestream_is_known_whatever_the_transfer_syntax_says(
    pixels: Any, syntax: Any, declared: Any
) -> None:
    """Noise takes more bytes compressed than plain, which could be taken for plain pixels."""
    film = dicom(pixels, bits=12, syntax=syntax)
    assert np.array_equal(read_image(named(film, declared)).pixels, read_image(film).pixels)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, *SYNTAXES])
def test_a_header_may_name_no_transfer_syntax(syntax: Any) -> None:
    film = dicom(DEEP, bits=12, syntax=syntax)
    assert np.array_equal(read_image(named(film, "")).pixels, read_image(film).pixels)


@pytest.mark.parametrize("syntax", [*SYNTAXES, JPEGBaseline8Bit], ids=lambda syntax: syntax.name)
def test_plain_pixels_in_a_compressed_syntax_are_refused(syntax: Any) -> None:
    with pytest.raises(ImageReadError, match="not in fragments"):
        read_image(named(dicom(DEEP, bits=12), syntax))


def test_samples_of_more_bits_than_allocated_are_refused() -> None:
    dataset, codestream = compressed(DEEP, JPEGLSLossless)
    dataset.PixelData = fragments([codestream])
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    with pytest.raises(ImageReadError, match=r"allocates 8 bits, .* samples of 12"):
        read_image(saved(dataset))


@given(st.binary(max_size=80))
def test_other_bytes_give_a_frame_or_raise_value_error(noise: bytes) -> None:
    for data in (noise, fragments([noise]), fragments([], noise)):
        try:
            assert first_frame(data)
        except ValueError:
            continue
