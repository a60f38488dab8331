"""What happens to films between the machine and the model: changes of pixels, as pure functions.

All take and give gray levels, uint8 `(H, W)`, with bright bones; only `crop` and `frame` change the
size. Lengths are in pixels of the film, or shares of its sides. At strength zero, a film stays.
"""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from pneumoscope.imaging.reading import read_image
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.phantoms.encoding import encode_film

Pixels = NDArray[np.uint8]

_LEVELS = np.arange(256) / 255
# Of a milky film at strength 1: how far black is lifted, and how early the shoulder begins.
_LIFT, _SHOULDER = 0.2, 2.0
_LETTER_MARGIN = 0.04


def reduced(film: Pixels, longest: int) -> Pixels:
    """The film with its longer side at most `longest`."""
    return film if max(film.shape) <= longest else _resized(film, *_fitted(film, longest))


def blur(film: Pixels, sigma: float) -> Pixels:
    """A Gaussian blur of so many pixels."""
    return _gray(_smooth(film, sigma))


def resample(film: Pixels, longest: int) -> Pixels:
    """The film brought to a longer side of so many pixels, and back."""
    height, width = film.shape
    return _resized(_resized(film, *_fitted(film, longest)), height, width)


def sharpen(film: Pixels, amount: float, sigma: float) -> Pixels:
    """Unsharp masking: what a blur of `sigma` pixels takes away is added `amount` times."""
    return _gray(film + amount * (film - _smooth(film, sigma)))


def compress(film: Pixels, quality: int) -> Pixels:
    """The film as a JPEG of a quality, and read again."""
    file = io.BytesIO()
    Image.fromarray(film).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def add_noise(film: Pixels, deviation: float, seed: int) -> Pixels:
    """Normal noise of so many gray levels in each pixel."""
    return _gray(film + np.random.default_rng(seed).normal(0, deviation, film.shape))


def change_gamma(film: Pixels, exponent: float) -> Pixels:
    """Gray levels from 0 to 1, raised to a power."""
    return _through(film, _LEVELS**exponent)


def make_milky(film: Pixels, strength: float) -> Pixels:
    """Lifted blacks and a compressed shoulder: dark becomes gray, and bright parts look alike."""
    bend = _SHOULDER * strength
    shoulder = np.expm1(-bend * _LEVELS) / math.expm1(-bend) if bend else _LEVELS
    lift = _LIFT * strength
    return _through(film, lift + (1 - lift) * shoulder)


def change_contrast(film: Pixels, factor: float) -> Pixels:
    """Distances from the film's mean gray level, made so many times as large."""
    mean = film.mean() / 255
    return _through(film, mean + factor * (_LEVELS - mean))


def narrow_window(film: Pixels, tail: float) -> Pixels:
    """The darkest and the brightest pixels cut off, the share `tail` of each; the rest is spread
    from black to white."""
    low, high = np.quantile(film, [tail, 1 - tail]) / 255
    if not tail or low == high:
        return film
    return _through(film, (_LEVELS - low) / (high - low))


def gray_level_counts(film: Pixels) -> Integers:
    """How many pixels have each gray level, `(256,)`."""
    return np.bincount(film.ravel(), minlength=256)


def match_histogram(film: Pixels, counts: Integers) -> Pixels:
    """The film with the gray levels of another one, whose `gray_level_counts` are given.

    Gonzalez & Woods 2008, section 3.3: each level becomes that of the same quantile.
    """
    own = gray_level_counts(film)
    present = np.flatnonzero(counts)
    levels = np.interp(
        np.cumsum(own) / own.sum(),
        np.cumsum(counts)[present] / counts.sum(),
        present,
    )
    return _through(film, levels / 255)


def rotate(film: Pixels, degrees: float) -> Pixels:
    """The film turned about its middle, counter-clockwise; its borders are repeated outwards."""
    if not degrees:
        return film
    height, width = film.shape
    room = 2 + math.ceil(max(height, width) * abs(math.sin(math.radians(degrees))))
    # Turned as bytes, gray levels would be cut off and not rounded.
    wider = np.pad(film, room, mode="edge").astype(np.float32)
    turned = np.asarray(Image.fromarray(wider).rotate(degrees, Image.Resampling.BICUBIC))
    return _gray(turned[room : room + height, room : room + width])


def shift(film: Pixels, share: float) -> Pixels:
    """The film moved down and to the right by a share of its sides; its borders are repeated."""
    height, width = film.shape
    down, right = round(share * height), round(share * width)
    return np.pad(film, ((down, 0), (right, 0)), mode="edge")[:height, :width]


def crop(film: Pixels, share: float) -> Pixels:
    """The film without a share of its height above and below, and of its width left and right."""
    height, width = film.shape
    down, across = round(share * height), round(share * width)
    return film[down : height - down, across : width - across]


def frame(film: Pixels, share: float) -> Pixels:
    """The film within a black frame, whose width is a share of its sides."""
    height, width = film.shape
    down, across = round(share * height), round(share * width)
    return np.pad(film, ((down, down), (across, across)))


def mark(film: Pixels, letter: str, share: float) -> Pixels:
    """The film with a white letter at the upper left, sized a share of the film's height."""
    picture = Image.fromarray(film)
    size = share * film.shape[0]
    if size < 1:
        return film
    corner = (_LETTER_MARGIN * film.shape[1], _LETTER_MARGIN * film.shape[0])
    ImageDraw.Draw(picture).text(corner, letter, 255, ImageFont.load_default(size), anchor="lt")
    return np.asarray(picture)


def mirror(film: Pixels) -> Pixels:
    """Left and right exchanged."""
    return film[:, ::-1]


def pass_through_dicom(film: Pixels, seed: int) -> Pixels:
    """The film as a DICOM file of 12 bits, and read again as any file."""
    return read_image(encode_film(film, "dicom", np.random.default_rng(seed))).pixels


def _smooth(film: Pixels, sigma: float) -> NDArray[np.float32]:
    smooth: NDArray[np.float32] = gaussian_filter(film.astype(np.float32), sigma, mode="nearest")
    return smooth


def _gray(levels: NDArray[np.floating]) -> Pixels:
    return np.rint(np.clip(levels, 0, 255)).astype(np.uint8)


def _through(film: Pixels, curve: Floats) -> Pixels:
    """Each gray level becomes what a curve `(256,)` from 0 to 1 says of it."""
    return _gray(255 * curve)[film]


def _fitted(film: Pixels, longest: int) -> tuple[int, int]:
    """Height and width with a longer side of so many pixels."""
    scale = longest / max(film.shape)
    height, width = film.shape
    return max(1, round(scale * height)), max(1, round(scale * width))


def _resized(film: Pixels, height: int, width: int) -> Pixels:
    return np.asarray(Image.fromarray(film).resize((width, height), Image.Resampling.BICUBIC))
