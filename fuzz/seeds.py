"""Whole files to be damaged: drawn films of every kind, archives, model files, recipes, tables."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

import film_files
import tiff_files
from film_files import dicom, lut, picture
from pneumoscope.phantoms import generate_phantom
from pneumoscope.phantoms.encoding import SUFFIXES, encode_film
from pneumoscope.recipe.files import packaged_recipes
from tiny_model import tiny_graph, write_tiny_model

_SIZE = (64, 48)


def _drawn_film() -> NDArray[np.uint8]:
    """A phantom, small enough that thousands are read in a minute."""
    phantom = generate_phantom(np.random.default_rng(1), "bacteria")
    return np.asarray(Image.fromarray(phantom.pixels).resize(_SIZE))


def films() -> dict[str, bytes]:
    film = _drawn_film()
    deep = film.astype(np.uint16) * 16
    colour = np.stack([film] * 3, axis=-1)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "maker"
    gray = Image.fromarray(film)
    bits = gray.convert("1")
    palette = gray.convert("P")
    frames = [gray, gray.rotate(90), gray.rotate(180)]
    functional_group, pixel_values = Dataset(), Dataset()
    pixel_values.WindowCenter, pixel_values.WindowWidth = 2048, 3000
    functional_group.FrameVOILUTSequence = [pixel_values]
    files = {
        "jpeg with exif": picture(film, "JPEG", exif=exif),
        "colour jpeg": picture(colour, "JPEG", progressive=True),
        "cmyk jpeg": picture(Image.merge("CMYK", [gray] * 4), "JPEG"),
        "jpeg-ls": _codestream(dicom(film, syntax=JPEGLSLossless)),
        "12-bit jpeg": film_files.twelve_bit_jpeg(deep),
        "lossless jpeg": film_files.lossless_jpeg(film, 8),
        "animated png": picture(gray, "PNG", save_all=True, append_images=frames[1:]),
        "palette png": picture(palette, "PNG", transparency=3),
        "1-bit png": picture(bits, "PNG"),
        "png of gray and alpha": picture(Image.merge("LA", [gray] * 2), "PNG", exif=exif),
        "deep colour png": tiff_files.png16(np.stack([deep] * 3, axis=-1)),
        "interlaced png": tiff_files.png16(deep, interlaced=True),
        "run-length bmp": _run_length_bitmap(film),
        "1-bit bmp": picture(bits, "BMP"),
        "animated webp": picture(gray, "WEBP", save_all=True, append_images=frames[1:]),
        "fax tiff": picture(bits, "TIFF", compression="group4"),
        "jpeg tiff": tiff_files.written_tiff(film, compression="jpeg"),
        "cmyk tiff": picture(Image.merge("CMYK", [gray] * 4), "TIFF", compression="jpeg"),
        "paged tiff": picture(gray, "TIFF", save_all=True, append_images=frames[1:]),
        "packed tiff": tiff_files.tiff(
            ([tiff_files.packed(deep, 12)], tiff_files.gray_tags(*film.shape, 12))
        ),
        "bigtiff of colour tiles": tiff_files.written_tiff(
            np.stack([deep] * 3), photometric="rgb", planarconfig=2, tile=(16, 32),
            compression="zlib", predictor=True, bigtiff=True, byteorder=">",
        ),
        "dicom of frames": dicom(
            film, NumberOfFrames=2, PixelData=film.tobytes() * 2,
            PerFrameFunctionalGroupsSequence=[functional_group] * 2,
        ),
        "dicom of lookup tables": dicom(
            deep, bits=12, ModalityLUTSequence=[lut(0, list(range(4096)))],
            VOILUTSequence=[lut(0, list(range(4096)), vr="SS")],
        ),
        "dicom of a palette": dicom(
            film, PhotometricInterpretation="PALETTE COLOR", **_palette()
        ),
        "colour jpeg dicom": dicom(
            colour, syntax=JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422"
        ),
        "12-bit jpeg dicom": dicom(deep, bits=12, syntax=JPEGExtended12Bit),
        "near-lossless dicom": dicom(film, syntax=JPEGLSNearLossless),
        "colour rle dicom": dicom(colour, syntax=RLELossless),
        "colour jpeg 2000 dicom": dicom(colour, syntax=JPEG2000Lossless),
        "colour jpeg-ls dicom": dicom(colour, syntax=JPEGLSLossless),
    }  # fmt: skip
    for kind in SUFFIXES:
        files[f"phantom {kind}"] = encode_film(film, kind, np.random.default_rng(1))
    return film_files.every_kind() | tiff_files.every_kind() | files


def _codestream(film: bytes) -> bytes:
    return film[film.index(b"\xff\xd8\xff") : film.rindex(b"\xff\xd9") + 2]


def _palette() -> dict[str, object]:
    table = np.arange(256, dtype="<u2") * 257
    return {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", table.tobytes()))
    }


def _run_length_bitmap(film: NDArray[np.uint8]) -> bytes:
    plain = bytearray(picture(film, "BMP"))
    rows = b"".join(
        b"".join(bytes((1, value)) for value in row) + b"\0\0" for row in film[::-1].tolist()
    )
    plain[30] = 1
    start = int.from_bytes(plain[10:14], "little")
    return bytes(plain[:start]) + rows + b"\0\1"


def archives() -> dict[str, bytes]:
    film = picture(_drawn_film(), "JPEG")
    files = {}
    for name, method in {
        "stored": zipfile.ZIP_STORED,
        "deflated": zipfile.ZIP_DEFLATED,
        "bzip2": zipfile.ZIP_BZIP2,
        "lzma": zipfile.ZIP_LZMA,
    }.items():
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            for place in ("NORMAL/a.jpeg", "PNEUMONIA/b.jpeg", "PNEUMONIA/ä/c.jpeg"):
                entry = zipfile.ZipInfo(f"chest_xray/train/{place}")  # of the same date always
                archive.writestr(entry, film, compress_type=method)
            archive.writestr(zipfile.ZipInfo("chest_xray/empty/"), b"")
            archive.comment = b"a comment"
        files[name] = file.getvalue()
    return files


def model_files() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        return {
            "two classes": write_tiny_model(Path(folder, "two.onnx")).read_bytes(),
            "three classes": write_tiny_model(
                Path(folder, "three.onnx"), ("NORMAL", "BACTERIA", "VIRUS")
            ).read_bytes(),
            "graph": tiny_graph(),
            "graph of three classes": tiny_graph(3),
        }


def recipes() -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in packaged_recipes().items()}


def tables() -> dict[str, bytes]:
    rows = [
        ("film.png", "NORMAL", "train", "p1"),
        ("b/person1_bacteria_1.jpeg", "PNEUMONIA", "val", "p2"),
        ("c/é person2_virus_3.png", "PNEUMONIA", "test", "p3"),
    ]
    head = ("path", "label", "split", "patient_id")
    text = "\n".join(",".join(row) for row in (head, *rows)) + "\n"
    published = {
        "rsna": "patientId,x,y,width,height,Target\nfilm,1,2,3,4,1\nfilm,5,6,7,8,1\ngone,,,,,0\n",
        "nih": "Image Index,Finding Labels,Patient ID\nfilm.png,Mass|Pneumonia,1\nb.png,Normal,2\n",
        "vindr": "image_id,rad_id,Pneumonia,No finding\nfilm,R1,1,0\nfilm,R2,0,1\n",
    }
    return {
        **{name: text.encode() for name, text in published.items()},
        "utf 16": text.replace(",", ";").encode("utf-16"),
        "columns": text.encode(),
        "byte order mark": text.encode("utf-8-sig"),
        "latin 1": text.encode("latin-1"),
        "quoted": text.replace("film.png", '"film.png"').replace("\n", "\r\n").encode(),
    }
