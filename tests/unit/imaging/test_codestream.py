"""The headers inside compressed pixel data."""

from __future__ import annotations

import contextlib

import jpeg_ls
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from film_files import gray_film, lossless_jpeg, picture, twelve_bit_jpeg
from pneumoscope.imaging.codestream import (
    DEEP_JPEG,
    JPEG,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS_JPEG,
    FrameHeader,
    count_scans,
    frame_header,
    is_complete,
    without_file_header,
)

COLOUR = Image.fromarray(gray_film()).convert("RGB")


CODESTREAMS = [
    (picture(gray_film(), "JPEG"), 1, 8, JPEG),
    (picture(COLOUR, "JPEG", progressive=True, comment=b"\xff\xc0 no frame"), 3, 8, JPEG),
    (picture(gray_film(), "JPEG2000", no_jp2=True), 1, 8, JPEG_2000),
    (picture(COLOUR, "JPEG2000", no_jp2=True), 3, 8, JPEG_2000),
    (bytes(jpeg_ls.encode_array(gray_film(bits=12))), 1, 12, JPEG_LS),
    (lossless_jpeg(gray_film(bits=12), 12), 1, 12, LOSSLESS_JPEG),
    (twelve_bit_jpeg(gray_film(bits=12)), 1, 12, DEEP_JPEG),
]


@pytest.mark.parametrize(("codestream", "samples", "precision", "coding"), CODESTREAMS)
def test_what_a_codestream_declares(
    codestream: bytes, samples: int, precision: int, coding: str
) -> None:
    height, width = gray_film().shape
    assert frame_header(codestream) == FrameHeader(width, height, samples, precision, coding)


@pytest.mark.parametrize("codestream", [row[0] for row in CODESTREAMS])
def test_a_codestream_that_was_cut_is_incomplete_wherever_it_was_cut(codestream: bytes) -> None:
    assert is_complete(codestream)
    assert is_complete(codestream + b"\0")  # DICOM fills up to an even length
    for end in np.linspace(len(codestream) // 3, len(codestream) - 1, 20, dtype=int):
        assert not is_complete(codestream[:end])


def test_a_picture_of_its_own_inside_the_header_does_not_end_a_stream() -> None:
    thumbnail = picture(gray_film(), "JPEG")
    film = picture(gray_film(), "JPEG", comment=thumbnail)
    assert is_complete(film)
    assert not is_complete(film[:-2])


def test_the_codestream_inside_a_jpeg_2000_file() -> None:
    file = picture(gray_film(), "JPEG2000")
    codestream = without_file_header(file)
    assert frame_header(codestream).coding == JPEG_2000
    assert codestream in file
    assert without_file_header(codestream) == codestream
    with pytest.raises(ValueError, match="no codestream"):
        without_file_header(file[: file.index(b"jp2c") - 4])


@given(
    st.binary(max_size=80), st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xe0", b"\xff\x4f"])
)
def test_other_bytes_have_a_header_or_raise_value_error(noise: bytes, start: bytes) -> None:
    with contextlib.suppress(ValueError):
        header = frame_header(start + noise)
        assert max(header.width, header.height) < 2**32
        assert header.samples < 2**16


def test_a_header_that_goes_on_for_ever_ends() -> None:
    with pytest.raises(ValueError, match="no frame header"):
        frame_header(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 10_000)


def test_scans_are_counted_and_ordinary_files_have_few() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200), np.uint8)
    assert count_scans(picture(noise, "JPEG")) == 1
    assert 2 < count_scans(picture(noise, "JPEG", progressive=True)) < 20
