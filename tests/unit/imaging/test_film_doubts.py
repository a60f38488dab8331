"""What a picture alone says against being judged as a film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import JPEGBaseline8Bit

from film_files import dicom, gray_film, picture
from pneumoscope.imaging.handed_over import film_of_pixels
from pneumoscope.imaging.reading import read_image
from tiff_files import png16, written_tiff

FILM = gray_film(90, 120)


def tinted(red: int, blue: int) -> NDArray[np.uint8]:
    """A film as scanners and cameras may colour it, by so many gray levels."""
    channels = [FILM * 0.8 + 25 + red, FILM * 0.8 + 25, FILM * 0.8 + 25 + blue]
    return np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8)


YCBCR = {"PhotometricInterpretation": "YBR_FULL_422"}


def kinds(colours: NDArray[np.uint8]) -> dict[str, bytes]:
    image = Image.fromarray(colours)
    return {
        "jpeg": picture(image, "JPEG"),
        "progressive jpeg": picture(image, "JPEG", progressive=True, subsampling=0),
        "cmyk jpeg": picture(image.convert("CMYK"), "JPEG"),
        "png": picture(image, "PNG"),
        "palette png": picture(image.quantize(64), "PNG"),
        "webp": picture(image, "WEBP", quality=95),
        "bmp": picture(image, "BMP"),
        "deep png": png16(colours.astype(np.uint16) * 257),
        "tiff": written_tiff(colours, photometric="rgb"),
        "palette tiff": picture(image.quantize(64), "TIFF"),
        "float tiff": written_tiff(colours / np.float32(255), photometric="rgb"),
        "dicom": dicom(colours),
        "jpeg in dicom": dicom(colours, syntax=JPEGBaseline8Bit, **YCBCR),
    }


@pytest.mark.parametrize("kind", sorted(kinds(tinted(0, 0))))
def test_colours_are_told_and_gray_in_colour_is_not(kind: str) -> None:
    for target in (None, 20):
        gray = read_image(kinds(tinted(6, -6))[kind], target=target)
        colour = read_image(kinds(tinted(50, -20))[kind], target=target)
        assert gray.tags.warnings == ()
        assert [text for text in colour.tags.warnings if "in colour" in text]


def test_a_little_colour_is_none() -> None:
    marked = np.stack([FILM] * 3, axis=-1)
    marked[:20, :20] = (255, 0, 0)  # a mark of 4 %
    assert read_image(picture(Image.fromarray(marked), "PNG")).tags.warnings == ()


@pytest.mark.parametrize(
    ("shape", "word"),
    [
        ((80, 80), ""),
        ((79, 200), "tiny (200 x 79"),
        ((240, 80), ""),
        ((241, 80), "strip (80 x 241"),
    ],
)
def test_tiny_pictures_and_strips_are_told(shape: tuple[int, int], word: str) -> None:
    warnings = read_image(picture(gray_film(*shape), "PNG")).tags.warnings
    assert (len(warnings), word in "".join(warnings)) == (bool(word), True)


def test_a_large_film_that_is_read_at_a_small_scale_is_not_tiny() -> None:
    film = read_image(picture(gray_film(600, 700), "JPEG"), target=20)
    assert min(film.pixels.shape) < 80
    assert film.tags.warnings == ()


def test_pixels_that_are_handed_over_are_looked_at_too() -> None:
    for source in (tinted(50, -20), Image.fromarray(tinted(50, -20))):
        assert "in colour" in film_of_pixels(source).tags.warnings[0]


@pytest.mark.films
def test_real_films_are_not_doubted(films_root: Path) -> None:
    for film in (films_root / "formats").iterdir():
        warnings = read_image(film, target=224).tags.warnings
        assert not [text for text in warnings if "colour" in text or "tiny" in text], film.name
    cat = films_root / "outside" / "pictures" / "chelsea.jpeg"
    assert "in colour" in read_image(cat, target=224).tags.warnings[0]
