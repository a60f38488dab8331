"""Decoding of pictures of up to 8 bits with Pillow.

Its classes are used instead of `Image.open`, which checks sizes against a process-wide setting, and
warns; here the caller's limits decide.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import ImageChops, ImageFile, ImageOps

from pneumoscope.imaging.film import Film, FilmTags, ReadLimits, passed_over

_RENDERINGS = {
    "1": "1 bit, 0..1 to 0..255",
    "L": "8 bits, as stored",
    "LA": "8 bits, as stored",
    "P": "8 bits, palette as luma, as stored",
    "PA": "8 bits, palette as luma, as stored",
}


def decode_picture(
    pillow: type[ImageFile.ImageFile],
    data: bytes,
    name: str,
    target: int | None,
    limits: ReadLimits,
) -> Film:
    """Decode the first frame of a picture of up to 8 bits with a class of Pillow's.

    Gray levels keep their scale, colour becomes luma (ITU-R BT.601), transparent parts black.
    Raises `ImageReadError` for a file beyond the limits; a damaged one raises what Pillow raises.
    """
    with pillow(io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        frames = int(getattr(image, "n_frames", 1))
        limits.check_frames(name, frames)
        return film_of_picture(image, name, frames)


def film_of_picture(
    image: ImageFile.ImageFile, name: str, frames: int = 1, mode: str | None = None
) -> Film:
    """The film in a picture that is open, at its first frame, and within the limits.

    `mode` is Pillow's for the picture as stored, where it is not read in that mode.
    """
    mode = mode or image.mode
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    bits = 1 if mode == "1" else 8
    transparent = image.has_transparency_data
    tags = FilmTags(
        format=str(image.format),
        bits=bits,
        frames=frames,
        rendering=_RENDERINGS.get(mode, f"{bits} bits, colour as luma, as stored")
        + (", transparent parts black" if transparent else ""),
        warnings=passed_over(frames),
    )
    if transparent:
        gray, alpha = image.convert("LA").split()
        pixels = np.asarray(ImageChops.multiply(gray, alpha))
    else:
        pixels = np.asarray(image.convert("L"))
    return Film(pixels=pixels, name=name, tags=tags, shape=pixels.shape)
