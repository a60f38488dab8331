"""DICOM: transfer syntaxes, the order of the gray levels' way, and the tags."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.pixels import apply_windowing, pixel_array
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGLosslessSV1

import film_files
from film_files import dicom, gray_film, lut, warnings_of
from pneumoscope.imaging.dicom.window import apply_window
from pneumoscope.imaging.reading import read_image


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("syntax", film_files.LOSSLESS, ids=lambda syntax: syntax.name)
def test_lossless_transfer_syntaxes_keep_the_pixels(syntax: UID, bits: int) -> None:
    stored = gray_film(bits=bits)
    film = read_image(dicom(stored, bits=bits, syntax=syntax))
    assert np.array_equal(film.pixels, np.rint(stored / (2**bits - 1) * 255))
    assert (film.tags.format, film.tags.bits) == ("DICOM", bits)


@pytest.mark.parametrize("bits", [8, 12])
def test_lossless_jpeg(bits: int) -> None:
    stored = gray_film(bits=bits)
    film = read_image(dicom(stored, bits=bits, syntax=JPEGLosslessSV1))
    assert np.array_equal(film.pixels, np.rint(stored / (2**bits - 1) * 255))


def test_baseline_jpeg() -> None:
    film = read_image(dicom(gray_film(), syntax=JPEGBaseline8Bit))
    assert np.abs(film.pixels.astype(int) - gray_film()).max() <= 10


@pytest.mark.parametrize(
    "name", ["_RLE", "_bigendian", "_implicit", "_jp2klossless", "_jpeg_ls_lossless", "_expb"]
)
def test_foreign_files_of_one_image_give_the_same_film(name: str) -> None:
    reference, other = (get_testdata_file(f"MR_small{end}.dcm") for end in ("", name))
    assert np.array_equal(read_image(str(reference)).pixels, read_image(str(other)).pixels)


@pytest.mark.parametrize("bits", [8, 12])
def test_a_film_stored_both_ways_round_gives_the_same_pixels(bits: int) -> None:
    stored = gray_film(bits=bits)
    window = {} if bits == 8 else {"WindowCenter": 1800, "WindowWidth": 2400}
    mirrored = {} if bits == 8 else {"WindowCenter": 4096 - 1800, "WindowWidth": 2400}
    bright = read_image(dicom(stored, bits=bits, **window))
    dark = read_image(
        dicom(
            (2**bits - 1) - stored, bits=bits, PhotometricInterpretation="MONOCHROME1", **mirrored
        )
    )
    assert np.abs(bright.pixels.astype(int) - dark.pixels.astype(int)).max() <= 1
    assert (bright.tags.photometric, dark.tags.photometric) == ("MONOCHROME2", "MONOCHROME1")


@pytest.mark.films
def test_a_real_film_stored_both_ways_round_gives_the_same_pixels(films_root: Path) -> None:
    stored = pixel_array(films_root / "formats" / "rsna_monochrome2.dcm")
    bright = read_image(dicom(stored))
    dark = read_image(dicom(255 - stored, PhotometricInterpretation="MONOCHROME1"))
    assert np.array_equal(bright.pixels, dark.pixels)
    assert np.array_equal(bright.pixels, stored)


@pytest.mark.films
@pytest.mark.parametrize("kind", [1, 2])
def test_the_photometric_interpretation_is_obeyed(films_root: Path, kind: int) -> None:
    # Both files of the collection hold the same stored values under the two labels, so that they
    # are each other's negatives: a reader that follows the label must not make them equal.
    path = films_root / "formats" / f"rsna_monochrome{kind}.dcm"
    stored = pixel_array(path)
    assert np.array_equal(read_image(path).pixels, 255 - stored if kind == 1 else stored)


@given(
    centre=st.floats(-500, 5000),
    width=st.floats(1.5, 5000),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
)
def test_windows_agree_with_pydicom(centre: float, width: float, function: str) -> None:
    dataset = Dataset()
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsStored, dataset.PixelRepresentation = 12, 0
    dataset.WindowCenter, dataset.WindowWidth = round(centre, 3), round(width, 3)
    dataset.VOILUTFunction = function
    values = np.arange(-100, 4200, 7)
    with np.errstate(over="ignore"):  # pydicom's sigmoid
        expected = apply_windowing(values, dataset) / 4095 * 255
    got = apply_window(values, float(dataset.WindowCenter), float(dataset.WindowWidth), function)
    assert np.abs(got - expected).max() <= 0.51


def test_a_window_of_width_one_is_a_threshold() -> None:
    assert apply_window(np.array([9, 10, 11]), 10, 1).tolist() == [0, 255, 255]


@pytest.mark.parametrize(
    ("width", "function"), [(0.5, "LINEAR"), (0, "LINEAR_EXACT"), (-3, "SIGMOID"), (9, "GAMMA")]
)
def test_impossible_windows_are_refused(width: float, function: str) -> None:
    with pytest.raises(ValueError, match=r"window|VOI LUT function"):
        apply_window(np.arange(9), 4, width, function)


def test_of_several_windows_the_first_is_used() -> None:
    one = dicom(gray_film(bits=12), bits=12, WindowCenter=2000, WindowWidth=1000)
    several = dicom(gray_film(bits=12), bits=12, WindowCenter=[2000, 5], WindowWidth=[1000, 9])
    assert np.array_equal(read_image(one).pixels, read_image(several).pixels)


def test_rescaling_comes_before_the_window_and_inversion_last() -> None:
    stored = np.array([[0, 10, 20, 30, 40]], np.uint16)
    film = read_image(
        dicom(
            stored,
            bits=12,
            RescaleSlope=2,
            RescaleIntercept=-20,
            WindowCenter=20.5,
            WindowWidth=41,
            PhotometricInterpretation="MONOCHROME1",
        )
    )
    # Values -20, 0, 20, 40, 60 in a window from 0 to 40, then turned round.
    assert film.pixels.tolist() == [[255, 255, 127, 0, 0]]


def test_modality_lut_then_voi_lut() -> None:
    stored = np.array([[0, 1, 2, 3]], np.uint16)
    film = read_image(
        dicom(
            stored,
            bits=12,
            ModalityLUTSequence=[lut(0, [3, 2, 1, 0], 16)],
            VOILUTSequence=[lut(0, [0, 1023, 2046, 4095], 12)],
            WindowCenter=1,
            WindowWidth=1,
        )
    )
    assert film.pixels.tolist() == [[255, 127, 64, 0]]


def test_signed_values_without_a_window_are_mapped_from_their_own_range() -> None:
    stored = np.array([[-1000, 0, 1000]], np.int16)
    assert read_image(dicom(stored, bits=12)).pixels.tolist() == [[0, 128, 255]]


def test_eight_bits_without_a_window_stay_as_they_are() -> None:
    stored = np.array([[7, 100, 130]], np.uint8)
    assert read_image(dicom(stored)).pixels.tolist() == [[7, 100, 130]]


def test_colour_becomes_luma() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], np.uint8)
    assert read_image(dicom(colours)).pixels.tolist() == [[76, 150, 29, 9]]


@pytest.mark.parametrize("name", ["+eb+cr", "+eb+cy+n1", "+eb+cy+np", "+eb+cy+s4"])
def test_foreign_colour_files_give_the_same_film(name: str) -> None:
    reference = read_image(str(get_testdata_file("SC_rgb_rle.dcm"))).pixels.astype(int)
    other = read_image(str(get_testdata_file(f"SC_rgb_dcmtk_{name}.dcm"))).pixels.astype(int)
    assert np.abs(reference - other).mean() < 1


@pytest.mark.parametrize("marker", ["none", "JFIF", "Adobe"])
@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_colour_is_converted_once_whatever_markers_jpeg_data_have(
    photometric: str, marker: str
) -> None:
    gray = gray_film()
    colours = np.stack([gray, gray[::-1], gray[:, ::-1]], axis=-1)
    jpeg = film_files.picture(colours, "JPEG", quality=95)
    assert jpeg[2:4] == b"\xff\xe0"
    bare = jpeg[:2] + jpeg[4 + int.from_bytes(jpeg[4:6]) :]
    adobe = bare[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x01" + bare[2:]
    dataset = dcmread(io.BytesIO(dicom(colours)))
    film_files.encapsulated(
        dataset, {"none": bare, "JFIF": jpeg, "Adobe": adobe}[marker], JPEGBaseline8Bit
    )
    dataset.PhotometricInterpretation = photometric
    file = io.BytesIO()
    dataset.save_as(file)
    expected = read_image(jpeg).pixels
    assert np.abs(read_image(file.getvalue()).pixels - expected.astype(int)).max() <= 2


def test_a_foreign_palette_file() -> None:
    palette = read_image(str(get_testdata_file("examples_palette.dcm")))
    assert (palette.shape, palette.tags.photometric) == ((350, 800), "PALETTE COLOR")
    assert palette.tags.rendering == "8 bits; palette of 256 colours of 16 bits"


def test_of_several_frames_the_first_is_read_and_the_film_says_so() -> None:
    first, second = gray_film(), 255 - gray_film()
    data = dicom(first, NumberOfFrames=2, PixelData=first.tobytes() + second.tobytes())
    film = read_image(data)
    assert np.array_equal(film.pixels, first)
    assert film.tags.frames == 2
    assert warnings_of(film) == ("only the first of the file's 2 frames was read",)


@pytest.mark.parametrize("syntax", film_files.NATIVE[:2], ids=lambda syntax: syntax.name)
def test_files_without_preamble_and_header_are_read(syntax: UID) -> None:
    dataset = dcmread(io.BytesIO(dicom(gray_film(), syntax=syntax)))
    bare = io.BytesIO()
    dataset.file_meta.clear()
    dataset.preamble = None
    dataset.save_as(bare, implicit_vr=syntax.is_implicit_VR, little_endian=True)
    assert bare.getvalue()[:2] == b"\x08\x00"
    assert np.array_equal(read_image(bare.getvalue()).pixels, gray_film())


def test_tags_for_a_judgement_and_none_of_a_person() -> None:
    film = read_image(
        dicom(
            gray_film(),
            Modality="DX",
            BodyPartExamined="CHEST",
            ViewPosition="PA",
            PatientAge="018M",
            PatientID="4711",
        )
    )
    tags = film.tags
    assert (tags.modality, tags.body_part, tags.view) == ("DX", "CHEST", "PA")
    assert tags.patient_age == pytest.approx(1.5)
    assert "Doe" not in repr(film)
    assert "4711" not in repr(film)


@pytest.mark.parametrize(
    ("text", "years"),
    [("045Y", 45), ("62", 62), ("052W", 0.996), ("010D", 0.027), ("old", None), ("", None)],
)
def test_ages(text: str, years: float | None) -> None:
    # An age against the standard must be put in with the dataset's own checks out of the way.
    data = dicom(gray_film(), PatientAge="999Y").replace(b"999Y", text.encode().ljust(4))
    age = read_image(data).tags.patient_age
    assert age is None if years is None else age == pytest.approx(years, abs=1e-3)


@pytest.mark.films
def test_tags_of_a_real_film(films_root: Path) -> None:
    tags = read_image(films_root / "formats" / "rsna_monochrome2.dcm").tags
    assert (tags.modality, tags.body_part, tags.view) == ("CR", "CHEST", "PA")
    assert (tags.patient_age, tags.photometric, tags.bits) == (62, "MONOCHROME2", 8)
