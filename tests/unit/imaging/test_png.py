"""PNG films: all bits of every kind, and none that is cut short."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from film_files import gray_film, picture, png_chunk
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.reading import read_image
from tiff_files import png16, stretched

OPAQUE = 65_535


def deep_film() -> NDArray[np.uint16]:
    """A film of 12 bits that does not begin at zero."""
    return gray_film(bits=12) // 2 + np.uint16(180)


def off_by(data: bytes, expected: NDArray[np.uint8]) -> int:
    pixels = read_image(data).pixels
    assert pixels.shape == expected.shape
    return int(np.abs(pixels.astype(int) - expected).max())


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_equal_channels_and_opaque_alpha_are_the_gray_film(channels: int, interlaced: bool) -> None:
    gray = deep_film()
    colours = [gray] * (3 if channels > 2 else 1)
    alpha = [np.full_like(gray, OPAQUE)] * (channels % 2 == 0)
    film = read_image(png16(np.stack(colours + alpha, axis=-1), interlaced=interlaced))
    assert np.array_equal(film.pixels, read_image(picture(gray, "PNG")).pixels)
    assert np.array_equal(film.pixels, stretched(gray))
    assert film.tags.bits == 16
    assert f"minimum..maximum {gray.min()}..{gray.max()} to 0..255" in film.tags.rendering


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_colour_and_transparency_keep_all_bits(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    channels = data.draw(st.sampled_from([1, 2, 3, 4]))
    pixels = data.draw(arrays(np.uint16, (height, width, channels)))
    values = pixels[..., :3] @ [0.299, 0.587, 0.114] if channels > 2 else pixels[..., 0] * 1.0
    alpha = pixels[..., -1] / OPAQUE if channels % 2 == 0 else np.ones((height, width))
    seen = alpha > 0
    expected = np.zeros((height, width))
    if seen.any() and np.ptp(values[seen]) >= 1:
        expected = stretched(values, seen) * alpha
    elif seen.any():
        return  # luma is rounded, and the range may be none
    few = seen.any() and np.ptp(values[seen]) < 2000
    file = png16(pixels, interlaced=data.draw(st.booleans()))
    assert off_by(file, expected) <= (255 / np.ptp(values[seen]) + 1 if few else 1)


@pytest.mark.parametrize("colours", [1, 3])
def test_a_transparent_value_is_meant_with_all_of_its_bits(colours: int) -> None:
    gray = np.array([[1000, 1001, 1255], [1000, 2000, 3001]], np.uint16)
    pixels = np.stack([gray] * colours, axis=-1)
    chunk = png_chunk(b"tRNS", struct.pack(">H", 1000) * colours)
    film = read_image(png16(pixels, chunk))
    assert np.abs(film.pixels - stretched(gray, gray > 1000).astype(int)).max() == 0
    assert film.pixels[0, 1] == 0
    assert "transparent parts black" in film.tags.rendering


def test_transparent_parts_do_not_count_for_the_range() -> None:
    gray, alpha = deep_film(), np.full((40, 56), OPAQUE, np.uint16)
    gray[:, :10], alpha[:, :10] = OPAQUE, 0
    film = read_image(png16(np.stack([gray, alpha], axis=-1)))
    assert not film.pixels[:, :10].any()
    assert np.array_equal(film.pixels[:, 10:], stretched(gray[:, 10:]))


def test_a_film_that_is_transparent_all_over_is_black() -> None:
    assert not read_image(png16(np.zeros((4, 4, 4)))).pixels.any()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_deep_colour(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    small = picture(gray_film(5, 7), "PNG", exif=exif)
    chunk = png_chunk(b"eXIf", exif.tobytes()[6:])
    deep = png16(np.stack([gray_film(5, 7, 16)] * 3, axis=-1), chunk)
    assert off_by(deep, read_image(small).pixels) <= 1


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_scaled(bits: int) -> None:
    values = gray_film(9, 13, bits)
    image = Image.fromarray(values)
    data = picture(image, "PNG")
    header = struct.pack(">IIBBBBB", 13, 9, bits, 0, 0, 0, 0)
    rows = b"".join(
        b"\0" + np.packbits((row[:, None] >> np.arange(bits)[::-1] & 1).astype(np.uint8)).tobytes()
        for row in values
    )
    data = data[:8] + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows))
    film = read_image(data + png_chunk(b"IEND", b""))
    assert np.array_equal(film.pixels, values * (255 // (2**bits - 1)))
    assert film.tags.bits == bits
    assert film.tags.rendering.startswith(f"{bits} bit")


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("missing", [1, 20])
def test_fewer_rows_than_claimed_are_refused(channels: int, missing: int, interlaced: bool) -> None:
    pixels = np.stack([deep_film()] * channels, axis=-1)
    rows = (72 if interlaced else 40) - missing
    with pytest.raises(ImageReadError, match=r"ends before its last row|truncated"):
        read_image(png16(pixels, interlaced=interlaced, rows=rows))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (40, 56)])
def test_black_films_of_every_mode_are_whole(mode: str, size: tuple[int, int]) -> None:
    film = read_image(picture(Image.new(mode, size), "PNG"))
    assert film.shape == size[::-1]
    assert not film.pixels.any()
