"""Fifty real films in every kind of file that changes no meaning: no call may change."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from film_files import dicom, encapsulated, lut, picture
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.predictor import Predictor
from tiff_files import gray_tags, packed, tiff, written_tiff

Film = NDArray[np.uint8]
"""A film `(H, W)` whose gray levels go from 0 to 255."""

# The values that are stored for gray levels: 12 bits, as a detector may give them.
LOW, STEP = 7, 16
WINDOW = {
    "WindowCenter": LOW + 255 * STEP / 2,
    "WindowWidth": 255 * STEP,
    "VOILUTFunction": "LINEAR_EXACT",
}
RAMP = np.clip(np.rint((np.arange(4096) - LOW) / STEP), 0, 255)


def deep(film: Film) -> NDArray[np.uint16]:
    return film.astype(np.uint16) * STEP + LOW


def native(film: Film, **elements: Any) -> bytes:
    return dicom(deep(film), bits=12, **elements)


def changed(data: bytes, **elements: Any) -> bytes:
    """A DICOM file with other elements, its pixels left as they are."""
    dataset = dcmread(io.BytesIO(data))
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    file = io.BytesIO()
    dataset.save_as(file)
    return file.getvalue()


def coded(film: Film, syntax: Any, encode: Callable[[NDArray[Any]], bytes]) -> bytes:
    dataset = dcmread(io.BytesIO(native(film)))
    encapsulated(dataset, encode(deep(film)), syntax)
    file = io.BytesIO()
    dataset.save_as(file)
    return file.getvalue()


def transfer_syntaxes() -> Iterator[tuple[str, Callable[[Film], bytes]]]:
    import imagecodecs

    for syntax in (
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLSLossless,
        JPEG2000Lossless,
    ):
        yield syntax.name, lambda film, syntax=syntax: native(film, syntax=syntax)
    yield (
        ExplicitVRBigEndian.name,
        lambda film: native(
            film, syntax=ExplicitVRBigEndian, PixelData=deep(film).astype(">u2").tobytes()
        ),
    )
    lossless = {"lossless": True, "bitspersample": 12, "predictor": 1}
    yield (
        JPEGLosslessSV1.name,
        lambda film: coded(
            film, JPEGLosslessSV1, lambda values: imagecodecs.jpeg8_encode(values, **lossless)
        ),
    )
    yield (
        HTJ2KLossless.name,
        lambda film: coded(
            film, HTJ2KLossless, lambda values: imagecodecs.htj2k_encode(values, reversible=True)
        ),
    )


def packed_lut(entries: NDArray[Any]) -> Dataset:
    item = lut(0, entries, 8)
    item.LUTData = entries.astype(np.uint8).tobytes()
    return item


def palette(bits: int) -> dict[str, Any]:
    entries = (np.arange(256) * (2**bits - 1) // 255).astype(f"<u{bits // 8}")
    return {"PhotometricInterpretation": "PALETTE COLOR"} | {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, bits]), ("Data", entries.tobytes()))
    }


def beside(film: Film, syntax: Any) -> bytes:
    """With other things in the bits above those stored."""
    words = deep(film) | np.uint16(0x5000)
    whole = dicom(words, bits=16, syntax=syntax)
    return changed(whole, BitsStored=12, HighBit=11, **WINDOW)


def signed(film: Film, syntax: Any) -> bytes:
    """Values from -2048 on, without their sign in the bits above."""
    words = (deep(film).astype(np.int16) - 2048).view(np.uint16) & np.uint16(0x0FFF)
    whole = dicom(words, bits=16, syntax=syntax)
    centre = float(WINDOW["WindowCenter"]) - 2048
    elements = WINDOW | {"WindowCenter": centre, "PixelRepresentation": 1}
    return changed(whole, BitsStored=12, HighBit=11, **elements)


def enhanced(film: Film) -> bytes:
    rescale, window, group = Dataset(), Dataset(), Dataset()
    rescale.RescaleSlope, rescale.RescaleIntercept = 2, -100
    window.WindowCenter = 2 * float(WINDOW["WindowCenter"]) - 100
    window.WindowWidth, window.VOILUTFunction = 2 * float(WINDOW["WindowWidth"]), "LINEAR_EXACT"
    group.PixelValueTransformationSequence = [rescale]
    group.FrameVOILUTSequence = [window]
    return native(film, PerFrameFunctionalGroupsSequence=[group])


DICOM: dict[str, Callable[[Film], bytes]] = {
    **dict(transfer_syntaxes()),
    "a window": lambda film: native(film, **WINDOW),
    "low values bright": lambda film: dicom(
        4095 - deep(film), bits=12, PhotometricInterpretation="MONOCHROME1"
    ),
    "rescaled": lambda film: native(film, RescaleSlope=0.5, RescaleIntercept=-1024),
    "modality LUT of words": lambda film: native(
        film, ModalityLUTSequence=[lut(0, RAMP, 8)], WindowCenter=128, WindowWidth=256
    ),
    "modality LUT, packed": lambda film: native(
        film, ModalityLUTSequence=[packed_lut(RAMP)], WindowCenter=128, WindowWidth=256
    ),
    "VOI LUT of words": lambda film: native(film, VOILUTSequence=[lut(0, RAMP, 8)]),
    "VOI LUT, packed": lambda film: native(film, VOILUTSequence=[packed_lut(RAMP)]),
    "VOI LUT of 16 bits": lambda film: native(film, VOILUTSequence=[lut(0, RAMP * 257)]),
    "VOI LUT narrower than declared": lambda film: native(film, VOILUTSequence=[lut(0, RAMP * 16)]),
    "VOI LUT from below zero": lambda film: native(
        film, RescaleSlope=1, RescaleIntercept=-1024, VOILUTSequence=[lut(64_512, RAMP, 8)]
    ),
    "bits beside the values": lambda film: beside(film, ExplicitVRLittleEndian),
    "bits beside the values, JPEG-LS": lambda film: beside(film, JPEGLSLossless),
    "signed": lambda film: signed(film, ExplicitVRLittleEndian),
    "signed, JPEG-LS": lambda film: signed(film, JPEGLSLossless),
    "high bit": lambda film: changed(
        dicom(deep(film) << 4, bits=16), BitsStored=12, HighBit=15, **WINDOW
    ),
    "padding that does not occur": lambda film: native(film, PixelPaddingValue=4095),
    "empty rescale": lambda film: native(film, RescaleSlope=None, RescaleIntercept=None, **WINDOW),
    "empty tables": lambda film: native(
        film, ModalityLUTSequence=[Dataset()], VOILUTSequence=[Dataset()], **WINDOW
    ),
    "a window of width 0 first": lambda film: native(
        film,
        WindowCenter=[1, WINDOW["WindowCenter"]],
        WindowWidth=[0, WINDOW["WindowWidth"]],
        VOILUTFunction="LINEAR_EXACT",
    ),
    "functional groups": enhanced,
    "palette of 8 bits": lambda film: dicom(film, **palette(8)),
    "palette of 16 bits": lambda film: dicom(film, **palette(16)),
    "on its side": lambda film: dicom(
        np.ascontiguousarray(np.rot90(film)), PatientOrientation=["F", "R"]
    ),
    "mirrored": lambda film: dicom(
        np.ascontiguousarray(film[:, ::-1]), PatientOrientation=["R", "F"]
    ),
    "inverse by its presentation LUT": lambda film: dicom(
        255 - film, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE"
    ),
}


def three(values: NDArray[Any]) -> NDArray[Any]:
    return np.stack([values] * 3, axis=-1)


def with_alpha(values: NDArray[Any]) -> NDArray[Any]:
    return np.stack([values, np.full_like(values, np.iinfo(values.dtype).max)], axis=-1)


def png_of(samples: NDArray[Any]) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.png_encode(samples))


def tiff_of_type(kind: str, order: str, compression: str | None) -> Callable[[Film], bytes]:
    def write(film: Film) -> bytes:
        values = deep(film).astype(kind)
        values = values - values.dtype.type(2000) if values.dtype.kind in "if" else values
        return written_tiff(
            values, byteorder=order, compression=compression, photometric="minisblack"
        )

    return write


def tiff_of_bits(bits: int, order: str) -> Callable[[Film], bytes]:
    def write(film: Film) -> bytes:
        values = film.astype(np.uint16) << (bits - 8)
        return tiff(([packed(values, bits)], gray_tags(*film.shape, bits)), order=order)

    return write


PICTURES: dict[str, Callable[[Film], bytes]] = {
    "PNG of 16 bits": lambda film: picture(deep(film), "PNG"),
    "PNG of 16 bits in colour": lambda film: png_of(three(deep(film))),
    "PNG of 16 bits with alpha": lambda film: png_of(with_alpha(deep(film))),
    "TIFF of 16 bits in colour": lambda film: written_tiff(three(deep(film)), photometric="rgb"),
    "TIFF in planes": lambda film: written_tiff(
        np.moveaxis(three(deep(film)), 2, 0), photometric="rgb", planarconfig=2
    ),
    "TIFF, white is zero": lambda film: written_tiff(
        65_535 - deep(film), photometric="miniswhite", byteorder=">"
    ),
    "TIFF with a palette of 8 bits": lambda film: written_tiff(
        film, photometric="palette", colormap=three(np.arange(256, dtype=np.uint16)).T
    ),
    "BigTIFF": lambda film: written_tiff(deep(film), bigtiff=True, byteorder=">"),
    **{
        f"TIFF of {bits} bits, {order}": tiff_of_bits(bits, order)
        for bits in (10, 12, 14)
        for order in "<>"
    },
    **{
        f"TIFF {kind} {order} {compression}": tiff_of_type(kind, order, compression)
        for kind, order, compression in zip(
            ["u2", "u2", "i2", "i2", "i4", "i4", "u4", "u8", "f2", "f4", "f4", "f8"],
            [">", "<", ">", "<", ">", ">", ">", "<", "<", ">", ">", "<"],
            ["lzw", "zlib", "lzw", None, "zlib", "packbits", None, None, None, "lzw", "zlib", None],
            strict=True,
        )
    },
}


@pytest.fixture(scope="module")
def films(films_root: Path) -> list[Film]:
    """Of each class 25 films, stretched to gray levels from 0 to 255."""
    chosen = []
    for name in ("NORMAL", "PNEUMONIA"):
        paths = sorted((films_root / "chest_xray" / "train" / name).iterdir())
        for path in random.Random(12).sample(paths, 25):
            pixels = np.asarray(Image.open(path).convert("L")).astype(float)
            low, high = pixels.min(), pixels.max()
            chosen.append(np.rint((pixels - low) / (high - low) * 255).astype(np.uint8))
    return chosen


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load()


@pytest.fixture(scope="module")
def calls(films: list[Film], predictor: Predictor) -> list[str]:
    return [predictor.predict(picture(film, "PNG")).decide("balanced") for film in films]


@pytest.mark.films
@pytest.mark.slow
@pytest.mark.parametrize("kind", [*DICOM, *PICTURES])
def test_no_call_changes(
    kind: str, films: list[Film], calls: list[str], predictor: Predictor
) -> None:
    write = (DICOM | PICTURES)[kind]
    for film, call in zip(films, calls, strict=True):
        data = write(film)
        pixels = read_image(data).pixels
        # Half precision has 11 bits, and these values 12.
        assert np.abs(pixels.astype(int) - film).max() <= (2 if "f2" in kind else 1)
        assert predictor.predict(data).decide("balanced") == call
