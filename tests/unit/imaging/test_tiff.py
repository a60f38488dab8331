"""TIFF films: every kind that programs write is read right, or refused by its name."""

from __future__ import annotations

import contextlib
import io
import itertools
import zlib
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from film_files import gray_film, picture, warnings_of
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import Film
from pneumoscope.imaging.reading import ReadLimits, read_image
from tiff_files import gray_tags, packed, stretched, tiff, written_tiff

DTYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
COMPRESSIONS = [None, "lzw", "zlib", "deflate", "packbits", "lzma"]
with contextlib.suppress(OSError):  # not every Pillow has it
    picture(gray_film(), "TIFF", compression="zstd")
    COMPRESSIONS.append("zstd")
LAYOUTS: dict[str, dict[str, Any]] = {
    "strip": {},
    "strips": {"rowsperstrip": 7},
    "tiles": {"tile": (16, 32)},
}
# Every byte order with every layout, and both kinds of offsets in turn.
WAYS = [
    (order, (place + (order == ">")) % 2 == 0, layout)
    for order in "<>"
    for place, layout in enumerate(LAYOUTS)
]
FLOATS = [dtype for dtype in DTYPES if dtype[0] == "f"]


def film_of(dtype: str) -> NDArray[Any]:
    """A film that uses much of what a type can hold, and no simple part of it."""
    film = gray_film(bits=16).astype(np.float64) / 65_535
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return (film * 3 - 1.25).astype(kind)
    limits = np.iinfo(kind)
    low, high = limits.min * 0.9, limits.max * 0.9
    return (film * (high - low) + low).astype(kind)


def right(values: NDArray[Any]) -> NDArray[np.uint8]:
    return values if values.dtype == np.uint8 else stretched(values)


def assert_right(film: Film, expected: NDArray[np.uint8], most: int = 1) -> None:
    assert film.pixels.dtype == np.uint8
    assert film.pixels.shape == film.shape == expected.shape
    assert np.abs(film.pixels.astype(int) - expected).max() <= most


def reason(data: bytes, limits: ReadLimits | None = None) -> str:
    with pytest.raises(ImageReadError) as caught:
        read_image(data, limits=limits or ReadLimits())
    return caught.value.reason


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_type_in_every_compression(dtype: str, compression: str | None) -> None:
    values = film_of(dtype)
    for order, big, layout in WAYS:
        data = written_tiff(
            values, byteorder=order, bigtiff=big, compression=compression, **LAYOUTS[layout]
        )
        film = read_image(data)
        assert_right(film, right(values), most=values.dtype != np.uint8)
        assert film.tags.bits == 8 * values.itemsize
        assert film.tags.rendering.startswith(f"{8 * values.itemsize} bits, ")


@pytest.mark.parametrize(
    ("predictor", "dtype"),
    [(2, dtype) for dtype in DTYPES if dtype not in FLOATS] + [(3, dtype) for dtype in FLOATS],
)
@pytest.mark.parametrize("compression", [c for c in COMPRESSIONS if c not in (None, "packbits")])
def test_predictors(dtype: str, compression: str, predictor: int) -> None:
    values = film_of(dtype)
    for order, big, layout in WAYS:
        data = written_tiff(
            values,
            byteorder=order,
            bigtiff=big,
            compression=compression,
            predictor=predictor,
            **LAYOUTS[layout],
        )
        assert_right(read_image(data), right(values))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", FLOATS)
def test_differences_of_the_bits_of_floating_point_numbers(dtype: str, order: str) -> None:
    values = film_of(dtype)
    bits = values.view(f"u{dtype[1]}")
    differences = np.diff(bits, axis=1, prepend=np.zeros_like(bits[:, :1]))
    strip = zlib.compress(differences.astype(f"{order}u{dtype[1]}").tobytes())
    tags = gray_tags(40, 56, 8 * values.itemsize, tag_259=("H", 8))
    tags |= {317: ("H", 2), 339: ("H", 3)}
    assert_right(read_image(tiff(([strip], tags), order=order)), right(values))


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "u4", "f4"])
@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("predicted", [False, True])
def test_colour_becomes_luma_at_its_own_depth(dtype: str, planar: int, predicted: bool) -> None:
    gray = film_of(dtype)
    colours = np.stack([gray, gray[::-1], gray[:, ::-1]], axis=-1)
    luma = colours.astype(np.longdouble) @ np.array([0.299, 0.587, 0.114], np.longdouble)
    expected = np.rint(luma).astype(np.uint8) if dtype == "u1" else stretched(luma)
    stored = colours if planar == 1 else np.moveaxis(colours, 2, 0)
    for order, big, layout in WAYS:
        data = written_tiff(
            stored,
            photometric="rgb",
            planarconfig=planar,
            byteorder=order,
            bigtiff=big,
            predictor=predicted,
            compression="zlib" if predicted else None,
            **LAYOUTS[layout],
        )
        film = read_image(data)
        assert_right(film, expected)
        assert "colour as luma" in film.tags.rendering


@pytest.mark.parametrize("dtype", DTYPES)
def test_three_equal_channels_are_the_gray_film(dtype: str) -> None:
    gray = film_of(dtype)
    colours = read_image(written_tiff(np.stack([gray] * 3, axis=-1), photometric="rgb"))
    assert np.array_equal(colours.pixels, read_image(written_tiff(gray)).pixels)


@pytest.mark.parametrize("dtype", DTYPES)
def test_white_is_zero(dtype: str) -> None:
    values = film_of(dtype)
    film = read_image(written_tiff(values, photometric="miniswhite"))
    assert_right(film, 255 - right(values))
    assert "white is zero" in film.tags.rendering


@pytest.mark.parametrize("bits", [*range(1, 17), 20, 24, 31])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_packed_depths(bits: int, white_is_zero: bool) -> None:
    # Of this width no depth but those of whole bytes ends its rows with a byte.
    values = np.rint(gray_film(17, 29, 16) / 65_535 * (2**bits - 1)).astype(np.int64)
    expected = np.rint(values * 255 / (2**bits - 1)) if bits <= 8 else stretched(values)
    if white_is_zero:
        expected = 255 - expected
    tags = gray_tags(17, 29, bits, tag_262=("H", 0 if white_is_zero else 1))
    for order, big in itertools.product("<>", (False, True)):
        stored = packed(values, bits)
        if bits == 16:
            stored = values.astype(order + "u2").tobytes()
        film = read_image(tiff(([stored], tags), order=order, big=big))
        assert_right(film, expected)
        assert film.tags.bits == bits


def test_signed_packed_values() -> None:
    values = np.array([[-2048, -1, 0, 1, 2047]])
    tags = gray_tags(1, 5, 12, tag_339=("H", 2))
    assert_right(read_image(tiff(([packed(values, 12)], tags))), stretched(values))


@pytest.mark.parametrize("bits", [1, 8, 12, 16])
def test_bits_stored_the_other_way_round(bits: int) -> None:
    values = np.rint(gray_film(17, 29, 16) / 65_535 * (2**bits - 1)).astype(np.int64)
    stored = np.frombuffer(packed(values, bits), np.uint8)
    reversed_bits = np.packbits(np.unpackbits(stored).reshape(-1, 8)[:, ::-1]).tobytes()
    tags = gray_tags(17, 29, bits, tag_266=("H", 2))
    expected = values * 255 // (2**bits - 1) if bits <= 8 else stretched(values)
    assert_right(read_image(tiff(([reversed_bits], tags), order=">")), expected)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("entries", ["16 bits", "8 bits"])
def test_palettes(bits: int, entries: str) -> None:
    indices = gray_film(17, 29, bits)
    colours = np.random.default_rng(3).integers(40, 256, (3, 2**bits))
    luma = np.rint(np.array([0.299, 0.587, 0.114]) @ colours)
    stored = colours * (257 if entries == "16 bits" else 1)
    tags = gray_tags(17, 29, bits, tag_262=("H", 3), tag_320=("H", stored.ravel()))
    assert_right(read_image(tiff(([packed(indices, bits)], tags))), luma[indices])


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "f4"])
@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_transparent_parts_become_black(dtype: str, colours: int, planar: int, kind: str) -> None:
    gray = film_of(dtype)
    opaque = 1 if dtype == "f4" else np.iinfo(dtype).max
    alpha = np.full_like(gray, opaque)
    alpha[:, :20] = 0
    gray[:, :20] = gray.max() if kind == "unassalpha" else 0
    channels = [gray] * colours + [alpha]
    data = written_tiff(
        np.stack(channels, axis=-1 if planar == 1 else 0),
        photometric="rgb" if colours == 3 else "minisblack",
        planarconfig=planar,
        extrasamples=[kind],
    )
    film = read_image(data)
    alone = right(gray[:, 20:])
    assert not film.pixels[:, :20].any()
    assert np.abs(film.pixels[:, 20:].astype(int) - alone).max() <= 1
    assert film.tags.rendering.endswith("transparent parts black")


def test_half_transparent_parts_are_half_as_bright() -> None:
    values = np.stack([gray_film(), np.full_like(gray_film(), 128)], axis=-1)
    film = read_image(written_tiff(values, photometric="minisblack", extrasamples=["unassalpha"]))
    assert_right(film, np.rint(gray_film() * (128 / 255)))


@pytest.mark.parametrize("planar", [1, 2])
def test_other_samples_of_a_pixel_are_passed_over(planar: int) -> None:
    gray = gray_film()
    more = np.stack([gray, gray[::-1], gray[:, ::-1]], axis=-1 if planar == 1 else 0)
    data = written_tiff(
        more, photometric="minisblack", planarconfig=planar, extrasamples=["unspecified"] * 2
    )
    film = read_image(data)
    assert_right(film, gray, most=0)
    assert film.tags.notes == ("2 of the 3 samples of each pixel were passed over",)


def test_infinite_values_and_those_that_are_no_number_are_black() -> None:
    values = np.array([[-np.inf, 5, np.nan], [15, 25, np.inf]])
    film = read_image(written_tiff(values))
    assert film.pixels.tolist() == [[0, 0, 0], [128, 255, 0]]
    assert "no pixel has a finite value" in reason(written_tiff(values * np.nan))


@pytest.mark.parametrize("values", [[[-1.7e308, 0.0, 1.7e308]], [[0.0, 5e-324, 5e-324]]])
def test_numbers_at_the_ends_of_their_range(values: list[list[float]]) -> None:
    assert read_image(written_tiff(np.array(values))).pixels.dtype == np.uint8


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_film_of_any_layout(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    dtype = data.draw(st.sampled_from(["u1", "u2", "i2", "i4"]))
    values = data.draw(arrays(dtype, (height, width)))
    layout: dict[str, Any] = data.draw(
        st.one_of(
            st.builds(dict, rowsperstrip=st.integers(1, 50)),
            st.builds(dict, tile=st.tuples(st.sampled_from([16, 48]), st.sampled_from([16, 32]))),
        )
    )
    compression = data.draw(st.sampled_from(COMPRESSIONS))
    predictor = data.draw(st.booleans()) and compression in ("lzw", "zlib", "zstd")
    order = data.draw(st.sampled_from("<>"))
    file = written_tiff(
        values, compression=compression, predictor=predictor, byteorder=order, **layout
    )
    flat = values.min() == values.max() and dtype != "u1"
    assert_right(read_image(file), np.zeros_like(values) if flat else right(values))


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK", "YCbCr"])
@pytest.mark.parametrize("compression", [None, "jpeg", "group4", "tiff_lzw", "tiff_adobe_deflate"])
def test_what_pillow_writes(mode: str, compression: str | None) -> None:
    if (compression == "group4") != (mode == "1") or (compression, mode) == ("jpeg", "CMYK"):
        pytest.skip("no such files")
    image = Image.fromarray(gray_film(64, 96)).convert("RGB").convert(mode)
    options = {"quality": 95} if compression == "jpeg" else {}
    film = read_image(picture(image, "TIFF", compression=compression, **options))
    expected = np.asarray(image.convert("RGB").convert("L"))
    assert_right(film, expected, most=12 if compression == "jpeg" else 1)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({259: ("H", 33003)}, "TIFF with JPEG 2000 compression"),
        ({259: ("H", 34887)}, "TIFF with LERC compression"),
        ({259: ("H", 50001)}, "TIFF with WebP compression"),
        ({259: ("H", 34934)}, "TIFF with JPEG XR compression"),
        ({259: ("H", 12345)}, "TIFF with compression number 12345"),
        ({259: ("H", 7), 258: ("H", 12)}, "TIFF with JPEG compression of 12 bits"),
        ({262: ("H", 8)}, "TIFF with CIELab colour"),
        ({262: ("H", 32803)}, "TIFF with a camera's raw pixels"),
        ({262: ("H", 5), 277: ("H", 4), 258: ("H", 16)}, "TIFF with CMYK colour of 16 bits"),
        ({262: ("H", 77)}, "TIFF with pixels of photometric number 77"),
        ({262: ("H", 2)}, "TIFF with colour in 1 samples a pixel"),
        ({262: ("H", 6), 277: ("H", 3)}, "TIFF with subsampled YCbCr colour but no JPEG"),
        ({339: ("H", 3), 258: ("H", 24)}, "TIFF with floating-point numbers of 24 bits"),
        ({339: ("H", 6), 258: ("H", 64)}, "TIFF with complex numbers"),
        ({258: ("H", 48)}, "TIFF with whole numbers of 48 bits"),
        ({258: ("H", 128)}, "TIFF with whole numbers of 128 bits"),
        ({258: ("H", 0)}, "TIFF with whole numbers of 0 bits"),
        ({258: ("H", [5, 6, 5]), 277: ("H", 3)}, "samples of different depths (5, 6, 5)"),
        ({339: ("H", [1, 3]), 277: ("H", 2)}, "samples of different types (1, 3)"),
        ({258: ("H", 12), 259: ("H", 5), 317: ("H", 2)}, "predictor 2 for whole numbers of 12"),
        ({259: ("H", 5), 317: ("H", 3)}, "predictor 3 for whole numbers"),
        ({277: ("H", 11)}, "TIFF with 11 samples a pixel"),
        ({32997: ("I", 3)}, "TIFF with several slices in a page"),
    ],
)
def test_other_kinds_are_refused_by_their_name(tags: dict[int, Any], expected: str) -> None:
    data = tiff(([bytes(64)], gray_tags(4, 4, 8) | tags))
    text = reason(data)
    assert expected in text
    assert "is not supported. Save it as a gray PNG or TIFF" in text


def test_a_file_that_does_not_say_what_zero_is_comes_with_a_warning() -> None:
    tags = gray_tags(40, 56, 8)
    del tags[262]
    film = read_image(tiff(([gray_film().tobytes()], tags)))
    assert_right(film, gray_film(), most=0)
    assert "black" in warnings_of(film)[0]


def test_missing_and_too_large_byte_counts_of_plain_strips_do_no_harm() -> None:
    strips = [part.tobytes() for part in np.split(gray_film(), 4)]
    for counts in (0, [0, 0, 0, 0], [560, 900, 560, 560]):
        tags = gray_tags(40, 56, 8, tag_278=("I", 10), tag_279=("I", counts))
        assert_right(read_image(tiff((strips, tags))), gray_film(), most=0)


def test_the_first_page_that_is_no_thumbnail_is_read() -> None:
    film, small = gray_film(), gray_film(10, 14)
    small_page = ([small.tobytes()], gray_tags(10, 14, 8, tag_254=("I", 1)))
    page = ([film.tobytes()], gray_tags(40, 56, 8))
    read = read_image(tiff(small_page, page))
    assert_right(read, film, most=0)
    assert (read.tags.frames, warnings_of(read)) == (1, ())
    assert "passed over" in read.tags.notes[0]
    read = read_image(tiff(page, small_page, page))
    assert_right(read, film, most=0)
    assert warnings_of(read) == ("only the first of the file's 2 pages was read",)
    assert_right(read_image(tiff(small_page)), small, most=0)


def test_a_jpeg_page_behind_a_thumbnail_is_read() -> None:
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(gray_film(16, 16), compression="jpeg", subfiletype=1)
        writer.write(gray_film(64, 96), compression="jpeg", compressionargs={"level": 95})
    assert_right(read_image(file.getvalue()), gray_film(64, 96), most=12)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_files_and_strips_that_are_cut_short_are_refused(
    order: str, compression: str | None, layout: str
) -> None:
    values = np.random.default_rng(1).integers(0, 4096, (40, 56)).astype(np.uint16)
    data = written_tiff(values, byteorder=order, compression=compression, **LAYOUTS[layout])
    # tifffile writes the pixels last.
    for cut in (len(data) // 4, len(data) // 2, len(data) - 30):
        assert "damaged" in reason(data[:cut])


def test_a_strip_of_fewer_bytes_than_rows_is_refused() -> None:
    film = gray_film()
    whole = zlib.compress(film.tobytes())
    for strip in (zlib.compress(film[:30].tobytes()), whole[: len(whole) // 2]):
        assert "damaged" in reason(tiff(([strip], gray_tags(40, 56, 8, tag_259=("H", 8)))))
    assert "too short" in reason(tiff(([film[:30].tobytes(), bytes(9999)], gray_tags(40, 56, 8))))
    missing = gray_tags(40, 56, 8, tag_278=("I", 10))
    assert "3 of its 4 strips" in reason(tiff(([film[:10].tobytes()] * 3, missing)))


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_jpeg_strips_that_end_early_are_refused(layout: str) -> None:
    data = written_tiff(gray_film(64, 96), compression="jpeg", **LAYOUTS[layout])
    end = data.rindex(b"\xff\xd9")
    assert read_image(data).shape == (64, 96)
    assert "ends too early" in reason(data[: end - 200] + bytes(202) + data[end + 2 :])
