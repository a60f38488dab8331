"""The headers inside compressed pixel data."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from film_files import gray_film, lossless_jpeg, picture
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pneumoscope.imaging.codestream import MAX_SCANS, count_scans, declared_size

COLOUR = Image.fromarray(gray_film()).convert("RGB")


@pytest.mark.parametrize(
    ("codestream", "components"),
    [
        (picture(gray_film(), "JPEG"), 1),
        (picture(COLOUR, "JPEG", progressive=True, comment=b"\xff\xc0 no frame"), 3),
        (picture(gray_film(), "JPEG2000", no_jp2=True), 1),
        (picture(COLOUR, "JPEG2000", no_jp2=True), 3),
        (lossless_jpeg(gray_film(bits=12), 12), 1),
    ],
)
def test_declared_size(codestream: bytes, components: int) -> None:
    height, width = gray_film().shape
    assert declared_size(codestream) == (width, height, components)


@given(
    st.binary(max_size=80), st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xe0", b"\xff\x4f"])
)
def test_other_bytes_have_a_size_or_raise_value_error(noise: bytes, start: bytes) -> None:
    with contextlib.suppress(ValueError):
        width, height, components = declared_size(start + noise)
        assert max(width, height) < 2**32
        assert components < 2**16


def test_a_header_that_goes_on_for_ever_ends() -> None:
    with pytest.raises(ValueError, match="no frame header"):
        declared_size(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 10_000)


def test_scans_are_counted_and_ordinary_files_have_few() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200), np.uint8)
    assert count_scans(picture(noise, "JPEG")) == 1
    assert 2 < count_scans(picture(noise, "JPEG", progressive=True)) < MAX_SCANS / 5
