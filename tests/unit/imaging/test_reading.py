"""Reading of pictures: every kind of file, by content, at any depth and orientation."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import film_files
from film_files import gray_film, picture, warnings_of
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.formats import FORMATS, recognise
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import Film, read_image

ORIENTATION = 274
BLACK_IS_ZERO, WHITE_IS_ZERO = (struct.pack("<HHII", 262, 3, 1, value) for value in (1, 0))


def difference(film: Film, expected: np.ndarray) -> int:
    """The largest difference in gray levels."""
    assert film.pixels.dtype == np.uint8
    assert film.pixels.shape == film.shape == expected.shape
    return int(np.abs(film.pixels.astype(int) - expected.astype(int)).max())


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "packbits"}),
        ("TIFF", {"big_tiff": True}),
    ],
)
def test_lossless_pictures_keep_their_pixels(kind: str, options: dict[str, object]) -> None:
    film = read_image(picture(gray_film(), kind, **options))
    assert difference(film, gray_film()) == 0
    assert (film.tags.format, film.tags.bits, film.tags.frames) == (kind, 8, 1)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_jpeg_is_read_as_pillow_decodes_it(options: dict[str, object]) -> None:
    data = picture(gray_film(), "JPEG", **options)
    assert difference(read_image(data), np.asarray(Image.open(io.BytesIO(data)))) == 0


def test_a_path_bytes_and_a_file_give_the_same_film(tmp_path: Path) -> None:
    data = picture(gray_film(), "PNG")
    path = tmp_path / "film.dcm"  # the name says nothing
    path.write_bytes(data)
    with path.open("rb") as file:
        films = [read_image(source) for source in (path, str(path), data, io.BytesIO(data), file)]
    assert all(difference(film, gray_film()) == 0 for film in films)
    assert [film.name for film in films] == [str(path), str(path), "film", "film", str(path)]
    assert read_image(data, name="patient 7").name == "patient 7"


@pytest.mark.parametrize(
    "source", [Image.new("L", (64, 64)), [[0, 1], [2, 3]], None], ids=["picture", "list", "None"]
)
def test_what_is_no_file_at_all_is_refused(source: Any) -> None:
    with pytest.raises(ImageReadError, match="expected a path, the bytes of a file, or a file"):
        read_image(source)


def test_a_file_that_cannot_seek_is_read() -> None:
    class Stream(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.left = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            return self.left.readinto(buffer)

    stream = io.BufferedReader(Stream(picture(gray_film(), "PNG")))
    assert not stream.seekable()
    assert difference(read_image(stream), gray_film()) == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    upright = gray_film()
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"JPEG": {"quality": 100}, "WEBP": {"lossless": True}}.get(kind, {})
    film = read_image(picture(np.ascontiguousarray(stored), kind, exif=exif, **options))
    assert difference(film, upright) <= (3 if kind == "JPEG" else 0)


def test_palette_and_one_bit_pictures() -> None:
    colours = Image.fromarray(gray_film()).convert("P")
    assert difference(read_image(picture(colours, "PNG")), gray_film()) == 0
    marks = Image.fromarray(gray_film()).convert("1")
    film = read_image(picture(marks, "PNG"))
    assert difference(film, np.asarray(marks) * np.uint8(255)) == 0
    assert film.tags.bits == 1


def test_a_film_of_one_gray_level_comes_with_a_warning() -> None:
    assert warnings_of(read_image(picture(gray_film(), "PNG"))) == ()
    flat = read_image(picture(np.full((9, 9), 77, np.uint8), "PNG"))
    assert warnings_of(flat) == ("all of the film is of one gray level",)


def test_colour_becomes_luma() -> None:
    colours = np.zeros((2, 3, 3), np.uint8)
    colours[:, 0, 0] = colours[:, 1, 1] = colours[:, 2, 2] = 255
    film = read_image(picture(colours, "PNG"))
    assert film.pixels.tolist() == [[76, 150, 29]] * 2


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_an_opaque_alpha_channel_changes_nothing(mode: str) -> None:
    image = Image.fromarray(gray_film()).convert(mode)
    assert difference(read_image(picture(image, "PNG")), gray_film()) == 0


def test_transparent_parts_become_black() -> None:
    image = Image.fromarray(gray_film()).convert("RGBA")
    alpha = np.full(gray_film().shape, 255, np.uint8)
    alpha[:, :10] = 0
    image.putalpha(Image.fromarray(alpha))
    pixels = read_image(picture(image, "PNG")).pixels
    assert not pixels[:, :10].any()
    assert np.array_equal(pixels[:, 10:], gray_film()[:, 10:])


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_deep_pictures_are_mapped_from_their_own_range(kind: str) -> None:
    deep = np.array([[1000, 1001, 2000], [1500, 2999, 3000]], np.uint16)
    film = read_image(picture(deep, kind))
    assert film.pixels.tolist() == [[0, 0, 128], [64, 255, 255]]
    assert film.tags.bits == 16


def test_float_pictures_take_what_is_not_a_number_for_black() -> None:
    values = np.array([[0.25, np.nan], [0.75, np.inf]], np.float32)
    film = read_image(picture(values, "TIFF"))
    assert film.pixels.tolist() == [[0, 0], [255, 0]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_tiff_files_in_which_white_is_zero_are_turned_round(dtype: type) -> None:
    values = np.array([[0, 100], [200, 255]]).astype(dtype)
    data = picture(values, "TIFF")
    assert data.count(BLACK_IS_ZERO) == 1
    film = read_image(data.replace(BLACK_IS_ZERO, WHITE_IS_ZERO))
    assert film.pixels.tolist() == [[255, 155], [55, 0]]


@pytest.mark.parametrize(("kind", "options"), [("TIFF", {}), ("WEBP", {"lossless": True})])
def test_of_several_frames_the_first_is_read(kind: str, options: dict[str, bool]) -> None:
    frames = [Image.fromarray(level * np.ones((9, 7), np.uint8)) for level in (10, 90, 200)]
    data = picture(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    film = read_image(data)
    assert difference(film, np.full((9, 7), 10)) == 0
    assert film.tags.frames == 3


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_large_jpegs_are_decoded_at_least_at_twice_the_target(mode: str) -> None:
    data = picture(Image.fromarray(gray_film(400, 641)).convert(mode), "JPEG")
    for target, reduction in [(None, 1), (900, 1), (101, 1), (100, 2), (50, 4), (25, 8), (1, 8)]:
        film = read_image(data, target=target)
        assert film.pixels.shape == (400 // reduction, -(-641 // reduction))
        assert film.shape == (400, 641)


def test_a_reduced_jpeg_reports_its_own_shape_as_seen() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    film = read_image(picture(gray_film(400, 800), "JPEG", exif=exif), target=50)
    assert (film.pixels.shape, film.shape) == ((200, 100), (800, 400))


@pytest.mark.films
def test_every_film_of_the_collection_is_read(films_root: Path) -> None:
    films = [read_image(path) for path in sorted((films_root / "formats").iterdir())]
    shapes = [film.shape for film in films]
    assert shapes[:6] == [(1024, 1024)] * 6
    assert shapes[6:10] == [(1756, 2848), (2624, 4000), (4223, 5792), (5380, 6616)]
    assert all(film.pixels[::8, ::8].std() > 20 for film in films)


@pytest.mark.films
def test_a_reduced_decode_hardly_changes_what_the_network_sees(films_root: Path) -> None:
    config = PreprocessConfig(size=224)
    for path in sorted((films_root / "formats").glob("*.jpeg")):
        full, reduced = (preprocess(read_image(path, target=t).pixels, config) for t in (None, 224))
        assert np.abs(full.astype(int) - reduced.astype(int)).mean() < 1.0


@pytest.mark.films
def test_an_opaque_rgba_film_is_its_gray_channel(films_root: Path) -> None:
    path = films_root / "formats" / "adult_00000773_001.png"
    with Image.open(path) as image:
        red = np.asarray(image.getchannel("R"))
    assert difference(read_image(path), red) == 0


def test_every_kind_of_file_is_recognised_by_content() -> None:
    files = film_files.every_kind()
    kinds = {name: read_image(data).tags.format for name, data in files.items()}
    assert all(kind.lower() in name or "dicom" in name for name, kind in kinds.items())
    assert {kind for name, kind in kinds.items() if "dicom" in name} == {"DICOM"}
    assert {recognise(data) for data in files.values()} == set(FORMATS)


def test_the_warning_of_several_frames() -> None:
    frames = [Image.fromarray(gray_film() // share) for share in (1, 2, 3)]
    for kind in ("PNG", "WEBP", "TIFF"):
        film = read_image(picture(frames[0], kind, save_all=True, append_images=frames[1:]))
        unit = "pages" if kind == "TIFF" else "frames"
        assert warnings_of(film) == (f"only the first of the file's 3 {unit} was read",)


@pytest.mark.parametrize(
    ("mode", "kind", "rendering"),
    [
        ("L", "PNG", "8 bits, as stored"),
        ("L", "JPEG", "8 bits, as stored"),
        ("RGB", "JPEG", "8 bits, colour as luma, as stored"),
        ("RGB", "WEBP", "8 bits, colour as luma, as stored"),
        ("RGB", "BMP", "8 bits, colour as luma, as stored"),
        ("RGB", "TIFF", "8 bits, colour as luma, as stored"),
        ("RGBA", "PNG", "8 bits, colour as luma, as stored, transparent parts black"),
        ("RGBA", "TIFF", "8 bits, colour as luma, as stored, transparent parts black"),
        ("P", "PNG", "8 bits, palette as luma, as stored"),
        ("1", "PNG", "1 bit, 0..1 to 0..255"),
        ("1", "TIFF", "1 bit, 0..1 to 0..255"),
    ],
)
def test_every_picture_tells_how_it_was_rendered(mode: str, kind: str, rendering: str) -> None:
    image = Image.fromarray(gray_film()).convert(mode)
    assert read_image(picture(image, kind)).tags.rendering == rendering


def test_a_target_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        read_image(picture(gray_film(), "PNG"), target=0)


def test_other_kinds_are_named_in_the_error() -> None:
    with pytest.raises(
        ImageReadError, match=r"notes\.txt: .*first bytes are those of no such file\)"
    ) as caught:
        read_image(b"Once upon a time", name="notes.txt")
    assert all(kind.name in caught.value.reason for kind in FORMATS)


def test_a_dicom_file_may_begin_as_another_format() -> None:
    data = b"II*\0".ljust(128, b"\0") + film_files.dicom(gray_film())[128:]
    assert read_image(data).tags.format == "DICOM"
