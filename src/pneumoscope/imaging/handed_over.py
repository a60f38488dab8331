"""Films that a program hands over as pixels: arrays, and images of Pillow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import Film, FilmTags, ReadLimits
from pneumoscope.imaging.film_doubts import coloured_share, coloured_share_of, sampled
from pneumoscope.imaging.gray import Samples, luma_of, tones_of
from pneumoscope.imaging.pictures import gray_of_picture
from pneumoscope.imaging.stored_film import StoredFilm, Tones

ARRAY_NAME = "image array"
PICTURE_NAME = "Pillow image"

Pixels = NDArray[np.uint8] | NDArray[np.floating[Any]] | Image.Image
"""What `film_of_pixels` takes."""

_DEEP_MODES = {"I;16": 16, "I;16L": 16, "I;16B": 16, "I;16N": 16, "I": 32, "F": 32}


def film_of_pixels(source: Pixels, limits: ReadLimits | None = None) -> Film:
    """The film in pixels with bright bones.

    Arrays are uint8, or floating-point numbers from 0 (black) to 1 (white): gray `(H, W)`, or red,
    green and blue `(H, W, 3)`, which become luma. Images of Pillow are read like picture files of
    their mode: up to 8 bits as they are, turned as EXIF says, colour as luma, transparent parts
    black; 16 bits and more from their minimum..maximum. What is handed over stays as it is.

    Raises `ImageReadError` for arrays of another kind, and for images that Pillow cannot load or
    that are beyond the limits.
    """
    limits = limits or ReadLimits()
    if isinstance(source, Image.Image):
        return _film_of_picture(source, limits)
    return _film_of_array(source, limits)


def _film_of_array(array: NDArray[Any], limits: ReadLimits) -> Film:
    floating = array.dtype.kind == "f"
    colour = array.ndim == 3 and array.shape[2] == 3
    if not (floating or array.dtype == np.uint8) or not (colour or array.ndim == 2):
        raise _wrong_array(f"{array.dtype} {array.shape}")
    limits.check_size(ARRAY_NAME, array.shape[1], array.shape[0])
    if floating:
        # The comparison is false for what is not a number, too.
        if not (array.min() >= 0 and array.max() <= 1):
            raise _wrong_array(f"{array.dtype} from {array.min():g} to {array.max():g}")
        array = np.rint(array * 255).astype(np.uint8)
    tones = Tones(array)
    if colour:
        share = coloured_share_of(sampled(array))
        tones = Tones(luma_of(*np.moveaxis(array, 2, 0)), coloured=share)
    rendering = "numbers 0..1 to 0..255" if floating else "8 bits, as handed over"
    if colour:
        rendering += ", colour as luma"
    tags = FilmTags(format="array", rendering=rendering)
    return StoredFilm(ARRAY_NAME, tags, tones).film()


def _film_of_picture(image: Image.Image, limits: ReadLimits) -> Film:
    limits.check_size(PICTURE_NAME, *image.size)
    try:
        upright = ImageOps.exif_transpose(image)
        assert upright is not None  # it is, unless changed in place
        tones, rendering, bits = _tones(upright)
    except Exception as error:
        # An image that was opened is decoded only now, and decoders raise almost anything.
        raise ImageReadError(
            PICTURE_NAME,
            f"Pillow cannot load it in the mode {image.mode!r} ({type(error).__name__}: {error}).",
            "Hand over the path of the file instead.",
        ) from error
    tags = FilmTags(format="Pillow image", bits=bits, rendering=rendering)
    return StoredFilm(PICTURE_NAME, tags, tones).film()


def _tones(image: Image.Image) -> tuple[Tones, str, int]:
    """The tones, how gray levels come about, and the bits of a sample."""
    if image.mode in _DEEP_MODES:
        bits = _DEEP_MODES[image.mode]
        return *tones_of(Samples((np.asarray(image),), bits)), bits
    black = " on black" if image.has_transparency_data else ""
    tones = Tones(gray_of_picture(image), coloured=coloured_share(image))
    return tones, f"{image.mode}, to 8-bit gray{black}", 8


def _wrong_array(got: str) -> ImageReadError:
    return ImageReadError(
        ARRAY_NAME,
        "expected uint8, or floating-point numbers from 0 to 1, of the shape (height, width) or "
        f"(height, width, 3), got {got}.",
        "Use read_image to load a film, or hand over pixels of such an array with bright bones.",
    )
