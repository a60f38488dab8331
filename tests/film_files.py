"""Small film files of every kind, made in memory."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from pneumoscope.imaging.film import Film

NATIVE = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian]
LOSSLESS = [*NATIVE, RLELossless, JPEGLSLossless, JPEG2000Lossless]


def gray_film(height: int = 40, width: int = 56, bits: int = 8) -> NDArray[Any]:
    """A smooth film with some grain, using the whole range of `bits`; the same one every time."""
    rows, columns = np.mgrid[:height, :width]
    film = np.sin(columns / 7) * np.cos(rows / 5)
    film += np.random.default_rng(5).normal(0, 0.05, film.shape)
    film = (film - film.min()) / (film.max() - film.min())
    return np.rint(film * (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)


def warnings_of(film: Film) -> tuple[str, ...]:
    """What a film's tags warn of, but for its being tiny, as all of these are."""
    return tuple(text for text in film.tags.warnings if "tiny" not in text)


def picture(pixels: NDArray[Any] | Image.Image, kind: str, **options: Any) -> bytes:
    """A picture file of one of Pillow's formats."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def dicom(
    pixels: NDArray[Any],
    *,
    bits: int = 8,
    syntax: UID = ExplicitVRLittleEndian,
    **elements: Any,
) -> bytes:
    """A DICOM file of gray `(H, W)` or RGB `(H, W, 3)` pixels; `elements` are set as given."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = "1.2.3"
    dataset.PatientName = "Doe^Jane"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = pixels.ndim * 2 - 3
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    if syntax == JPEGBaseline8Bit:
        encapsulated(dataset, picture(pixels, "JPEG", quality=95), syntax)
    elif syntax == JPEGExtended12Bit:
        encapsulated(dataset, twelve_bit_jpeg(pixels), syntax)
    elif syntax == JPEGLosslessSV1:
        encapsulated(dataset, lossless_jpeg(pixels, bits), syntax)
    elif syntax in (RLELossless, JPEGLSLossless, JPEGLSNearLossless, JPEG2000Lossless):
        dataset.compress(syntax, generate_instance_uid=False)
    else:
        dataset.file_meta.TransferSyntaxUID = syntax
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def lut(first: int, entries: list[int] | NDArray[Any], bits: int = 16, vr: str = "US") -> Dataset:
    """An item of a modality or VOI LUT sequence, an entry a word; `vr` is that of the header."""
    item = Dataset()
    item.add_new("LUTDescriptor", vr, [len(entries), first, bits])
    item.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
    item.ModalityLUTType = "US"
    return item


def encapsulated(dataset: Dataset, codestream: bytes, syntax: UID) -> None:
    """Put a codestream that was encoded elsewhere into a dataset."""
    dataset.PixelData = encapsulate([codestream])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax


def lossless_jpeg(pixels: NDArray[Any], bits: int) -> bytes:
    """Encode gray pixels as lossless JPEG, first-order prediction (ITU-T T.81, annex H).

    No library in reach writes these. All 17 difference categories get Huffman codes of 5 bits.
    """
    height, width = pixels.shape
    values = pixels.astype(int)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 1 << (bits - 1)
    coded = []
    for difference in (values - predicted).ravel().tolist():
        category = abs(difference).bit_length()
        extra = difference if difference >= 0 else difference + (1 << category) - 1
        coded.append(f"{category:05b}" + (f"{extra:0{category}b}" if category else ""))
    stream = "".join(coded)
    stream += "1" * (-len(stream) % 8)
    scan = int(stream, 2).to_bytes(len(stream) // 8).replace(b"\xff", b"\xff\x00")
    lengths = bytes(17 if length == 5 else 0 for length in range(1, 17))
    return (
        b"\xff\xd8"
        + b"\xff\xc3"
        + struct.pack(">HBHHBBBB", 11, bits, height, width, 1, 1, 0x11, 0)
        + b"\xff\xc4"
        + struct.pack(">HB", 36, 0)
        + lengths
        + bytes(range(17))
        + b"\xff\xda"
        + struct.pack(">HBBBBBB", 8, 1, 1, 0, 1, 0, 0)
        + scan
        + b"\xff\xd9"
    )


def twelve_bit_jpeg(pixels: NDArray[Any]) -> bytes:
    """Encode gray pixels of 12 bits as extended JPEG (ITU-T T.81, process 4), quality 100."""
    import imagecodecs

    return bytes(imagecodecs.jpeg8_encode(pixels, level=100, bitspersample=12))


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG file with its length and check sum."""
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def every_kind() -> dict[str, bytes]:
    """One small valid file of every kind that `read_image` takes."""
    film, deep = gray_film(), gray_film(bits=12)
    files = {
        "jpeg": picture(film, "JPEG"),
        "progressive jpeg": picture(film, "JPEG", progressive=True),
        "png": picture(film, "PNG"),
        "16-bit png": picture(deep, "PNG"),
        "tiff": picture(film, "TIFF"),
        "lzw tiff": picture(film, "TIFF", compression="tiff_lzw"),
        "16-bit tiff": picture(deep, "TIFF"),
        "float tiff": picture(film.astype(np.float32), "TIFF"),
        "bmp": picture(film, "BMP"),
        "webp": picture(film, "WEBP"),
        "lossless webp": picture(film, "WEBP", lossless=True),
        "baseline dicom": dicom(film, syntax=JPEGBaseline8Bit),
        "lossless jpeg dicom": dicom(deep, bits=12, syntax=JPEGLosslessSV1),
        "colour dicom": dicom(np.stack([film] * 3, axis=-1)),
    }
    for syntax in LOSSLESS:
        files[f"{syntax.name} dicom"] = dicom(
            deep, bits=12, syntax=syntax, WindowCenter=2048, WindowWidth=3000
        )
    return files
