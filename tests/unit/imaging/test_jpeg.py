"""Codestreams of the JPEG family: whole ones give their samples, cut ones are refused."""

from __future__ import annotations

import sys
from typing import Any

import jpeg_ls
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.filebase import DicomBytesIO
from pydicom.uid import (
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from film_files import dicom, encapsulated, gray_film, lossless_jpeg, picture, twelve_bit_jpeg
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.reading import read_image

FILM, DEEP = gray_film(), gray_film(bits=12)
STRETCHED = np.rint(DEEP / 4095 * 255)
COMPRESSED = [
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEG2000Lossless,
    RLELossless,
]


def compressed(syntax: Any) -> bytes:
    return (
        dicom(FILM, syntax=syntax)
        if syntax == JPEGBaseline8Bit
        else dicom(DEEP, bits=12, syntax=syntax)
    )


def changed(data: bytes, change: Any) -> bytes:
    """A DICOM file whose codestream was changed, and its fragments made anew."""
    dataset: Dataset = dcmread(DicomBytesIO(data))
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    encapsulated(dataset, change(frame), dataset.file_meta.TransferSyntaxUID)
    file = DicomBytesIO()
    dataset.save_as(file)
    return file.getvalue()


@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda syntax: syntax.name)
def test_half_a_film_is_refused_wherever_its_stream_was_cut(syntax: Any) -> None:
    whole = compressed(syntax)
    assert read_image(changed(whole, lambda stream: stream)).pixels.shape == FILM.shape
    for share in (0.3, 0.5, 0.7, 0.9, 0.99):
        with pytest.raises(ImageReadError) as caught:
            read_image(
                changed(whole, lambda stream, share=share: stream[: int(share * len(stream))])
            )
        assert syntax == RLELossless or "cut short" in caught.value.reason


def test_high_throughput_jpeg_2000() -> None:
    import imagecodecs

    if not hasattr(imagecodecs, "htj2k_encode"):
        pytest.skip("versions of imagecodecs before 2026 do not write such files")
    data = dicom(DEEP, bits=12, syntax=JPEG2000Lossless)
    dataset = dcmread(DicomBytesIO(data))
    encapsulated(dataset, bytes(imagecodecs.htj2k_encode(DEEP, reversible=True)), HTJ2KLossless)
    file = DicomBytesIO()
    dataset.save_as(file)
    assert np.array_equal(read_image(file.getvalue()).pixels, STRETCHED)


def test_a_jpeg_2000_file_inside_a_dicom_file() -> None:
    data = dicom(FILM, syntax=JPEG2000Lossless)
    inside = picture(FILM, "JPEG2000", irreversible=False)
    assert np.array_equal(read_image(changed(data, lambda _: inside)).pixels, FILM)


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless, RLELossless])
def test_colour_films(syntax: Any) -> None:
    colours = np.stack([FILM, FILM // 2, 255 - FILM], axis=-1)
    native = read_image(dicom(colours)).pixels.astype(int)
    assert np.abs(read_image(dicom(colours, syntax=syntax)).pixels - native).max() <= 1


@pytest.mark.parametrize("bits", [8, 12])
def test_lossless_jpeg_in_colour(bits: int) -> None:
    import imagecodecs

    gray = gray_film(bits=bits)
    colours = np.stack([gray, gray // 2, gray // 3], axis=-1)
    stream = imagecodecs.jpeg8_encode(
        colours, lossless=True, predictor=1, bitspersample=bits, colorspace="RGB",
        outcolorspace="RGB",
    )  # fmt: skip
    native = read_image(dicom(colours, bits=bits)).pixels.astype(int)
    dataset = dcmread(DicomBytesIO(dicom(colours, bits=bits)))
    encapsulated(dataset, bytes(stream), JPEGLosslessSV1)
    file = DicomBytesIO()
    dataset.save_as(file)
    assert np.abs(read_image(file.getvalue()).pixels - native).max() <= 1


def test_rubbish_between_the_parts_of_a_header_does_no_harm() -> None:
    film = picture(FILM, "JPEG")
    end = 4 + int.from_bytes(film[4:6])  # of the first part
    assert np.array_equal(
        read_image(film[:end] + b"rubbish" + film[end:]).pixels, read_image(film).pixels
    )


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGExtended12Bit])
def test_without_the_extra_the_way_to_install_it_is_told(
    syntax: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = compressed(syntax)
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(ImageReadError, match=r'pip install ".+\[codecs\]"') as caught:
        read_image(film)
    assert "pip install" in caught.value.reason


def test_what_no_decoder_takes_is_named() -> None:
    data = dicom(FILM, syntax=JPEGBaseline8Bit)
    with pytest.raises(ImageReadError, match="JPEG XL, which is not supported"):
        read_image(changed(data, lambda _: b"\xff\x0a" + bytes(20)))
    with pytest.raises(ImageReadError, match="hierarchical or arithmetic-coded JPEG"):
        read_image(changed(data, lambda stream: stream.replace(b"\xff\xc0", b"\xff\xc5", 1)))
    with pytest.raises(ImageReadError, match="no JPEG, JPEG-LS or JPEG 2000 codestream"):
        read_image(changed(data, lambda _: b"other"))


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (bytes(jpeg_ls.encode_array(FILM)), FILM),
        (bytes(jpeg_ls.encode_array(DEEP)), STRETCHED),
        (lossless_jpeg(FILM, 8), FILM),
        (lossless_jpeg(DEEP, 12), STRETCHED),
        (twelve_bit_jpeg(DEEP), STRETCHED),
    ],
    ids=["JPEG-LS", "deep JPEG-LS", "lossless", "deep lossless", "12-bit"],
)
def test_bare_files(stream: bytes, expected: np.ndarray) -> None:
    film = read_image(stream)
    assert np.abs(film.pixels - expected).max() <= 1
    assert film.tags.bits == (8 if expected is FILM else 12)
    with pytest.raises(ImageReadError, match="cut short"):
        read_image(stream[:-2])
