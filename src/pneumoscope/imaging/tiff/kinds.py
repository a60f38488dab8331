"""Which of the very many kinds of TIFF are read, by what, and what the others are called."""

from __future__ import annotations

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.tiff.samples import (
    FLOATING,
    HORIZONTAL,
    JPEG,
    NOT_PREDICTED,
    WHOLE_BYTES,
    Segments,
)

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, YCBCR = 0, 1, 2, 3, 6
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, YCBCR: 3}
"""How many samples of a pixel are colour, by the photometric interpretations that we read."""

_OTHER_PHOTOMETRICS = {
    4: "a transparency mask",
    5: "CMYK colour",
    8: "CIELab colour",
    9: "ICCLab colour",
    10: "ITULab colour",
    32803: "a camera's raw pixels",
    32844: "LogL pixels",
    32845: "LogLuv pixels",
    34892: "a camera's linear raw pixels",
}
_CMYK = 5

_COMPRESSIONS = {1, 5, 8, 32773, 32946, 34925, 50000}
OLD_JPEG = 6
_CCITT = {2, 3, 4}
_OTHER_COMPRESSIONS = {
    2: "CCITT compression",
    3: "CCITT compression",
    4: "CCITT compression",
    6: "old-style JPEG compression",
    7: "JPEG compression",
    9: "JBIG compression",
    10: "JBIG compression",
    22610: "JPEG XR compression",
    32809: "ThunderScan compression",
    33003: "JPEG 2000 compression",
    33004: "JPEG 2000 compression",
    33005: "JPEG 2000 compression",
    34676: "SGI Log compression",
    34677: "SGI Log compression",
    34712: "JPEG 2000 compression",
    34887: "LERC compression",
    34892: "lossy JPEG compression",
    34927: "WebP compression",
    34933: "PNG compression",
    34934: "JPEG XR compression",
    50001: "WebP compression",
    50002: "JPEG XL compression",
    52546: "JPEG XL compression",
}
_NUMBERS = {"u": "whole numbers", "i": "signed numbers", "f": "floating-point numbers"}
_FLOAT_BITS = {16, 32, 64}


def read_by_pillow(segments: Segments, photometric: int) -> bool:
    """Whether a page is left to Pillow: photographs and scanned documents."""
    return photometric == _CMYK or segments.compression in {OLD_JPEG, JPEG, *_CCITT}


def check_supported(segments: Segments, photometric: int, name: str) -> None:
    """Raise `ImageReadError`, which names the kind, where a page is of one that is not read."""
    bits, compression, kind = segments.bits, segments.compression, segments.kind
    if compression not in {*_COMPRESSIONS, OLD_JPEG, JPEG, *_CCITT}:
        other = _OTHER_COMPRESSIONS.get(compression, f"compression number {compression}")
        raise unsupported(name, other)
    if read_by_pillow(segments, photometric):
        expected = 1 if compression in _CCITT else 8
        if compression != OLD_JPEG and bits != expected:
            other = _OTHER_COMPRESSIONS.get(compression) or _OTHER_PHOTOMETRICS[photometric]
            raise unsupported(name, f"{other} of {bits} bits")
        return
    if photometric not in COLOURS:
        other = f"pixels of photometric number {photometric}"
        raise unsupported(name, _OTHER_PHOTOMETRICS.get(photometric, other))
    if segments.samples < COLOURS[photometric]:
        raise unsupported(name, f"colour in {segments.samples} samples a pixel")
    if kind not in _NUMBERS:
        raise unsupported(name, "complex numbers")
    numbers = f"{_NUMBERS[kind]} of {bits} bits"
    if not (bits in _FLOAT_BITS if kind == "f" else 1 <= bits <= 32 or bits == 64):
        raise unsupported(name, numbers)
    if photometric == PALETTE and (kind != "u" or bits > 16):
        raise unsupported(name, f"a palette for {numbers}")
    predictor = segments.heeded_predictor
    possible = {NOT_PREDICTED: True, HORIZONTAL: bits in WHOLE_BYTES, FLOATING: kind == "f"}
    if not possible.get(predictor, False):
        raise unsupported(name, f"predictor {predictor} for {numbers}")


def unsupported(name: str, kind: str) -> ImageReadError:
    """The error that refuses a TIFF film of some kind."""
    return ImageReadError(
        name,
        f"TIFF with {kind} is not supported.",
        "Save it as a gray PNG or TIFF, of 8 or 16 bits.",
    )
