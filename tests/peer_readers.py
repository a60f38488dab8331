"""How other programs render a film: the references that `peer_suites.py` compares with.

A reader takes a path and gives the `Rendering`s it has of the first image in that file, or raises
where it cannot read it. No rendering at all means: read, but not in a way that can be compared.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from peer_renderings import FULL_RANGE, Rendering, contrasts, luma, picture_renderings, stretched

SECONDS = 20
_UNASSOCIATED_ALPHA = 2


Reader = Callable[[Path], list[Rendering]]


def dcmtk(path: Path) -> list[Rendering]:
    """A DICOM file through DCMTK's command lines, with each of its contrasts that the file has."""
    voi_lut, window = _dcmtk(path, "+Wl", "1"), _dcmtk(path, "+Wi", "1")
    ranges = {"-W": FULL_RANGE, "+Wm": "minimum..maximum", "+Wn": "extremes ignored"}
    others = [(name, _dcmtk(path, option)) for option, name in ranges.items()]
    has_own = voi_lut is not None or window is not None
    renderings = [
        Rendering("VOI LUT", voi_lut) if voi_lut is not None else None,
        Rendering("window", window, voi_lut is None) if window is not None else None,
        *(Rendering(name, pixels, not has_own) for name, pixels in others if pixels is not None),
    ]
    found = [rendering for rendering in renderings if rendering is not None]
    if not found:
        raise ValueError("none of DCMTK's command lines reads it")
    return found


def _dcmtk(path: Path, *contrast: str) -> NDArray[np.float32] | None:
    # The first of them reads JPEG and all that is not compressed, the second one JPEG-LS.
    for program in ("dcmj2pnm", "dcml2pnm"):
        command = [program, "--quiet", "--no-overlays", "--write-raw-pnm", *contrast, str(path)]
        answer = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        if answer.returncode == 0 and answer.stdout[:2] in (b"P5", b"P6"):
            return _portable_map(answer.stdout)
    return None


def _portable_map(data: bytes) -> NDArray[np.float32]:
    lines = [line for line in data[:200].split(b"\n") if not line.startswith(b"#")]
    width, height = (int(number) for number in lines[1].split())
    samples = 3 if lines[0] == b"P6" else 1
    body = np.frombuffer(data[-width * height * samples :], np.uint8)
    return luma(body.reshape(height, width, samples))


def gdcm(path: Path) -> list[Rendering]:
    """A DICOM file through GDCM's decoders; the contrast is computed here, after PS3.3."""
    library: Any = importlib.import_module("gdcm")

    library.Trace.WarningOff()
    reader = library.ImageReader()
    reader.SetFileName(str(path))
    if not reader.Read():
        raise ValueError("GDCM does not read it")
    image = reader.GetImage()
    photometric = str(image.GetPhotometricInterpretation()).strip()
    if photometric == "PALETTE COLOR":
        image = _gdcm_filtered(library.ImageApplyLookupTable(), image)
    elif photometric.startswith("YBR_FULL"):  # those of JPEG 2000 are RGB once decoded
        change = library.ImageChangePhotometricInterpretation()
        change.SetPhotometricInterpretation(
            library.PhotometricInterpretation(library.PhotometricInterpretation.RGB)
        )
        image = _gdcm_filtered(change, image)
    stored = _gdcm_values(image)
    bits = image.GetPixelFormat().GetBitsStored()
    if stored.ndim == 3:
        return [Rendering("as stored", luma(stored * (255 / (2**bits - 1))))]

    header = reader.GetFile().GetDataSet()
    if any(header.FindDataElement(library.Tag(0x28, table)) for table in (0x3000, 0x3010)):
        return []
    strings = library.StringFilter()
    strings.SetFile(reader.GetFile())

    def text(element: int) -> str:
        value: str = strings.ToString(library.Tag(0x28, element))
        return value.split("\\")[0].strip(" \0")

    signed = image.GetPixelFormat().GetPixelRepresentation() == 1
    renderings = contrasts(stored, bits, signed)
    if text(0x0120):
        renderings += _unpadded(stored, float(text(0x0120)), bits > 8)
    if image.GetSlope() < 0:
        renderings = [Rendering(one.name, 255 - one.pixels, one.promised) for one in renderings]
    if text(0x1050) and text(0x1051):
        values = stored * image.GetSlope() + image.GetIntercept()
        window = _window(values, float(text(0x1050)), float(text(0x1051)), text(0x1056))
        renderings = [
            Rendering("window", window),
            *(Rendering(one.name, one.pixels, False) for one in renderings),
        ]
    if photometric == "MONOCHROME1":
        renderings = [Rendering(one.name, 255 - one.pixels, one.promised) for one in renderings]
    return renderings


def _unpadded(stored: NDArray[Any], padding: float, promised: bool) -> list[Rendering]:
    """Minimum..maximum of the film without its padding, which is shown black, or white."""
    film = stored[stored != padding]
    if film.size in (0, stored.size):
        return []
    pixels = stretched(stored, film.min(), film.max())
    black = np.where(stored == padding, np.float32(0), pixels)
    white = np.where(stored == padding, np.float32(255), pixels)
    return [
        Rendering("padding black", black, promised),
        Rendering("padding white", white, promised),
    ]


def _gdcm_filtered(step: Any, image: Any) -> Any:
    step.SetInput(image)
    applied = step.Apply() if hasattr(step, "Apply") else step.Change()
    if not applied:
        raise ValueError("GDCM does not turn its colours into RGB")
    return step.GetOutput()


def _gdcm_values(image: Any) -> NDArray[Any]:
    """The first frame, `(H, W)` or `(H, W, 3)`; of gray levels, the stored bits alone."""
    pixel = image.GetPixelFormat()
    width, height = image.GetDimension(0), image.GetDimension(1)
    allocated, stored, samples = (
        pixel.GetBitsAllocated(),
        pixel.GetBitsStored(),
        pixel.GetSamplesPerPixel(),
    )
    data = image.GetBuffer().encode("utf-8", errors="surrogateescape")
    if allocated == 1:
        flat = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return flat[: width * height].reshape(height, width)
    if allocated not in (8, 16, 32):
        raise ValueError(f"{allocated} bits allocated")
    flat = np.frombuffer(data, f"<u{allocated // 8}")[: width * height * samples]
    if samples == 3:
        planes = image.GetPlanarConfiguration() == 1
        colours = flat.reshape((3, height, width) if planes else (height, width, 3))
        return np.moveaxis(colours, 0, 2) if planes else colours
    values = flat.reshape(height, width).astype(np.int64)
    values = (values >> (pixel.GetHighBit() + 1 - stored)) & (2**stored - 1)
    if pixel.GetPixelRepresentation() == 1:
        values = values - ((values >> (stored - 1)) << stored)
    return values


def _window(
    values: NDArray[Any], centre: float, width: float, function: str
) -> NDArray[np.float32]:
    if function == "SIGMOID":
        curve = 255 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700)))
        return curve.astype(np.float32)
    if function == "LINEAR_EXACT":
        return stretched(values, centre - width / 2, centre + width / 2)
    return stretched(values, centre - width / 2, centre + width / 2 - 1)


def tiff(path: Path) -> list[Rendering]:
    """A TIFF file through tifffile, with the codecs of imagecodecs."""
    from tifffile import TiffFile

    with TiffFile(path) as file:
        page: Any = file.pages[0]
        photometric = getattr(page.photometric, "name", str(page.photometric))
        values = np.asarray(page.asarray())
        if page.planarconfig == 2 and page.samplesperpixel > 1 and values.ndim == 3:
            values = np.moveaxis(values, 0, 2)
        if values.ndim not in (2, 3):
            return []
        bits = page.bitspersample
        # Other further samples are no alpha, or one that the colours are multiplied by already.
        if values.ndim == 3 and page.extrasamples and page.extrasamples[0] != _UNASSOCIATED_ALPHA:
            values = values[..., : page.samplesperpixel - len(page.extrasamples)]
        decoded_colour = photometric == "YCBCR" and page.compression in (6, 7)
    if photometric == "PALETTE" and values.ndim == 2:
        table = np.moveaxis(np.asarray(page.colormap), 0, 1)
        return [
            *picture_renderings(table[values], 16, stretch=False),
            *picture_renderings(np.minimum(table, 255)[values], 8, promised=table.max() < 256),
        ]
    if photometric == "MINISWHITE":
        return [
            Rendering(one.name, 255 - one.pixels, one.promised)
            for one in picture_renderings(values, bits)
        ]
    if photometric in ("MINISBLACK", "RGB") or decoded_colour:
        return picture_renderings(values, bits)
    return []


def imagecodecs(path: Path) -> list[Rendering]:
    """A picture through imagecodecs: libjpeg-turbo, libpng, libwebp, and a reader of BMP."""
    import imagecodecs as library

    data = path.read_bytes()
    decoders = {
        b"\xff\xd8": library.jpeg_decode,
        b"\x89P": library.png_decode,
        b"RI": library.webp_decode,
        b"BM": library.bmp_decode,
    }
    if data[:2] not in decoders:
        raise ValueError("no decoder of imagecodecs for it")
    values = np.asarray(decoders[data[:2]](data))
    return picture_renderings(values, 8 * values.itemsize)


def opencv(path: Path) -> list[Rendering]:
    """A picture through OpenCV, with its alpha and as it lies in the file, and turned by EXIF."""
    import cv2

    found = []
    for flags in (cv2.IMREAD_UNCHANGED, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH):
        values = cv2.imread(str(path), flags)
        # Of a TIFF compression that it does not know, OpenCV gives a black picture, and no error.
        if values is not None and values.any():
            colours = values.ndim == 3 and values.shape[2] >= 3
            if colours:
                values = values[..., [2, 1, 0, 3][: values.shape[2]]]
            found += picture_renderings(values, 8 * values.itemsize)
    if not found:
        raise ValueError("OpenCV does not read it")
    return found


def available() -> tuple[dict[str, tuple[Reader, tuple[str, ...]]], list[str]]:
    """The readers installed here, with the formats each reads, and the names of those missing."""
    pictures = ("JPEG", "PNG", "BMP", "WebP")
    every: dict[str, tuple[Reader, tuple[str, ...], bool]] = {
        "DCMTK": (dcmtk, ("DICOM",), shutil.which("dcmj2pnm") is not None),
        "GDCM": (gdcm, ("DICOM",), _installed("gdcm")),
        "tifffile": (tiff, ("TIFF",), _installed("tifffile")),
        "imagecodecs": (imagecodecs, pictures, _installed("imagecodecs")),
        "OpenCV": (opencv, ("TIFF", *pictures), _installed("cv2")),
    }
    here = {name: (read, formats) for name, (read, formats, found) in every.items() if found}
    return here, [name for name in every if name not in here]


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
