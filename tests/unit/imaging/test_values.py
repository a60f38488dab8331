"""Values before the window: with their table of gray levels they are the film."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from pydicom import dcmread
from test_dicom_references import ROWS

import film_files
import tiff_files
from film_files import dicom, gray_film, lut, picture
from pneumoscope.imaging.reading import Source, read_image
from pneumoscope.imaging.stored_film import Window
from pneumoscope.imaging.values import FilmValues, read_values
from tiff_files import png16, written_tiff

DEEP = gray_film(bits=12)
WHOLE_FILES = film_files.every_kind() | tiff_files.every_kind()


def check(source: Source, most: int = 0) -> FilmValues:
    """The values of a film, which must give its gray levels to within so many."""
    film, values = read_image(source), read_values(source)
    assert values.values.dtype == np.uint16
    shown = values.levels[values.values]
    assert shown.shape == film.pixels.shape == film.shape
    assert np.abs(shown.astype(int) - film.pixels).max() <= most
    assert values.tags == film.tags
    return values


@pytest.mark.parametrize("kind", sorted(WHOLE_FILES))
def test_values_of_every_kind_give_its_gray_levels(kind: str) -> None:
    check(WHOLE_FILES[kind])


def test_values_of_dicom_films_give_their_gray_levels() -> None:
    for row in ROWS:
        check(row.film)


@pytest.mark.films
def test_values_of_real_films_give_their_gray_levels(films_root: Path) -> None:
    for film in (films_root / "formats").iterdir():
        check(film)


def test_values_are_those_of_the_file() -> None:
    assert np.array_equal(check(picture(DEEP, "PNG")).values, DEEP)
    eight = check(picture(gray_film(), "PNG"))
    assert np.array_equal(eight.values, gray_film())
    assert np.array_equal(eight.levels, np.arange(256))


def test_values_mean_what_the_file_means_by_them() -> None:
    stored = DEEP.astype(np.int16) - 1000
    values = check(
        dicom(
            stored, bits=16, RescaleSlope="2", RescaleIntercept="-7",
            PhotometricInterpretation="MONOCHROME1", WindowCenter=[1900, 5], WindowWidth=[3400, 9],
            WindowCenterWidthExplanation=["chest", "other"], VOILUTFunction="SIGMOID",
            ImagerPixelSpacing=[0.2, 0.1],
        )
    )  # fmt: skip
    meant = values.values * values.slope + values.intercept
    assert np.array_equal(meant, stored * 2.0 - 7)
    assert values.inverse
    assert values.windows == (
        Window(1900, 3400, "SIGMOID", "chest"),
        Window(5, 9, "SIGMOID", "other"),
    )
    assert values.pixel_spacing == (0.2, 0.1)


def test_values_are_looked_up_in_the_modality_lut() -> None:
    table = np.arange(4096)[::-1] * 3 + 17
    values = check(dicom(DEEP, bits=12, ModalityLUTSequence=[lut(0, table)]))
    assert np.array_equal(values.values, table[DEEP])
    assert (values.slope, values.intercept) == (1, 0)


def test_hidden_pixels_have_a_value_of_their_own() -> None:
    film = DEEP.copy()
    film[:5] = 4095
    film[5] = 4000
    values = check(
        dicom(film, bits=12, PixelPaddingValue=4095, PixelPaddingRangeLimit=3999,
              PhotometricInterpretation="MONOCHROME1")
    )  # fmt: skip
    assert values.hidden is not None
    assert np.array_equal(values.values == values.hidden, film >= 3999)
    every = np.arange(2**16, dtype=np.uint16).reshape(256, 256)
    check(dicom(every, bits=16, PixelPaddingValue=7))
    opaque = np.where(DEEP > 99, np.uint16(65535), np.uint16(0))
    assert check(png16(np.stack([DEEP, opaque], axis=-1))).hidden is not None


def test_numbers_that_do_not_fit_are_put_into_steps() -> None:
    numbers = np.exp(gray_film(bits=16) / 7000.0) - 40
    values = check(written_tiff(numbers), most=1)
    assert np.allclose(values.values * values.slope + values.intercept, numbers, atol=1)
    outlier = numbers.copy()
    outlier[0, 0] = 1e30
    assert len(check(written_tiff(outlier), most=1).levels) > 256
    beyond = dicom(gray_film(), FloatPixelData=outlier.astype("<f4").tobytes(), BitsAllocated=32,
                   WindowCenter=0, WindowWidth=100)  # fmt: skip
    film = dcmread(io.BytesIO(beyond))
    del film.PixelData, film.BitsStored, film.HighBit, film.PixelRepresentation
    file = io.BytesIO()
    film.save_as(file)
    assert len(check(file.getvalue()).levels) == 256  # the window is a fraction of a step


@pytest.mark.parametrize("orientation", range(1, 9))
def test_values_are_turned_as_the_film_is(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    assert check(picture(DEEP, "PNG", exif=exif)).values.max() == 4095


def test_pixel_spacing_is_turned_as_the_film_is() -> None:
    film = dicom(DEEP, bits=12, PixelSpacing=[0.1, 0.2], PatientOrientation=["F", "R"])
    assert check(film).pixel_spacing == (0.2, 0.1)
