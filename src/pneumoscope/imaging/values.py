"""The values of a film before its window is applied, for viewers that apply windows themselves."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pneumoscope.imaging.film import FilmTags, ReadLimits
from pneumoscope.imaging.intensity import Levels, blocks
from pneumoscope.imaging.orientation import upright
from pneumoscope.imaging.reading import Source, decode
from pneumoscope.imaging.stored_film import StoredFilm, Tones, Window

_MOST_CODES = 65_536
Tone = Callable[[Levels], NDArray[np.uint8]]

_DEFAULT_LIMITS = ReadLimits()
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True)
class FilmValues:
    """A film of up to 16 bits as it is before its window.

    `values` are uint16 `(H, W)`, turned upright. `levels`, uint8 `(n,)` with `n` above the highest
    value, are the gray levels that `read_image` gives: `levels[values]` are its pixels. `slope`
    times a value plus `intercept` is what the file means by it, and what its `windows` are told in;
    where `inverse`, low values are bright. `hidden` is the value of pixels that are no part of the
    film and always black, where there are any. `pixel_spacing` is the distance in mm between the
    middles of neighbouring rows and of neighbouring columns. `tags` are those of `read_image`.
    """

    name: str
    values: NDArray[np.uint16]
    levels: NDArray[np.uint8]
    tags: FilmTags
    slope: float = 1.0
    intercept: float = 0.0
    inverse: bool = False
    hidden: int | None = None
    windows: tuple[Window, ...] = ()
    pixel_spacing: tuple[float, float] | None = None


def read_values(
    source: Source, *, limits: ReadLimits = _DEFAULT_LIMITS, name: str | None = None
) -> FilmValues:
    """The values of a film, read as by `read_image`, which tells of the arguments and errors.

    Of DICOM films they are those after the modality LUT or before the rescaling, moved to begin at
    0 where they may be negative. Whole numbers of a range of up to 16 bits stay exact. Others are
    put into steps of a 65,535th of the film's range; where gray levels would be off by more than
    one, and where parts are half transparent, the values are the gray levels, as they are of films
    of 8 bits.
    """
    return decode(source, _values_of, limits=limits, name=name)


@dataclass(frozen=True)
class _Coded:
    """Whole numbers `(H, W)` for a film's values, as they lie in the file; the rest as above.

    `exact` tells whether each value has a number of its own.
    """

    codes: NDArray[np.uint16]
    levels: NDArray[np.uint8]
    slope: float
    intercept: float
    exact: bool
    hidden: int | None = None


def _values_of(stored: StoredFilm) -> FilmValues:
    film, tones = stored.film(), stored.tones
    coded = _coded(tones)
    if coded is not None and tones.hidden is not None and tones.hidden.any():
        coded = _with_hidden(coded, tones.hidden)
    spacing = stored.pixel_spacing
    if spacing and stored.orientation in _SIDEWAYS:
        spacing = spacing[::-1]
    if coded is not None:
        values = upright(coded.codes, stored.orientation)
        if coded.exact or _is_within_one(coded.levels[values], film.pixels):
            return FilmValues(
                film.name,
                values,
                coded.levels,
                film.tags,
                slope=coded.slope,
                intercept=coded.intercept,
                inverse=tones.inverse,
                hidden=coded.hidden,
                windows=tones.windows,
                pixel_spacing=spacing,
            )
    every = np.arange(256, dtype=np.uint8)
    gray = film.pixels.astype(np.uint16)
    return FilmValues(film.name, gray, every, film.tags, pixel_spacing=spacing)


def _coded(tones: Tones) -> _Coded | None:
    """The values as whole numbers of 16 bits; `None` where gray levels say all or tell more."""
    if tones.tone is None:
        return None
    if tones.values.dtype.kind in "iu":
        low, high = int(tones.values.min()), int(tones.values.max())
        if high - low < _MOST_CODES:
            return _whole(tones, tones.tone, 0 if low >= 0 and high < _MOST_CODES else low, high)
    return _in_steps(tones, tones.tone) if tones.table is None else None


def _whole(tones: Tones, tone: Tone, low: int, high: int) -> _Coded:
    """Values from `low` to `high`, each as a number of its own or as what the table makes of it."""
    known = np.arange(low, high + 1)
    codes_of, levels = (known - low).astype(np.uint16), tone(known)
    slope, intercept = tones.slope, tones.intercept + tones.slope * low
    if tones.table is not None:
        entries = tones.table(known)
        codes_of, slope, intercept = entries.astype(np.uint16), 1.0, 0.0
        levels_of_known, levels = levels, np.zeros(int(entries.max()) + 1, np.uint8)
        levels[entries] = levels_of_known
    codes = np.empty(tones.values.shape, np.uint16)
    for block in blocks(tones.values.shape):
        codes[block] = codes_of[tones.values[block].astype(np.int64) - low]
    return _Coded(codes, levels, slope, intercept, exact=True)


def _in_steps(tones: Tones, tone: Tone) -> _Coded | None:
    """Values in equal steps from the least to the greatest that is not hidden; `None` where the
    range is beyond all measure."""
    seen = tones.values if tones.hidden is None else tones.values[~tones.hidden]
    low, high = float(seen.min()), float(seen.max())
    steps = _MOST_CODES - (1 if tones.hidden is None else 2)
    step = high / steps - low / steps or 1.0
    if not math.isfinite(step):
        return None
    codes = np.empty(tones.values.shape, np.uint16)
    for block in blocks(tones.values.shape):
        places = (tones.values[block].astype(np.float64) - low) / step
        codes[block] = np.rint(np.clip(places, 0, steps))
    levels = tone(low + step * np.arange(steps + 1))
    slope, intercept = tones.slope * step, tones.intercept + tones.slope * low
    return _Coded(codes, levels, slope, intercept, exact=False)


def _with_hidden(coded: _Coded, hidden: NDArray[np.bool_]) -> _Coded | None:
    """With a number of their own for hidden pixels; `None` where all numbers are in use."""
    levels = coded.levels
    if len(levels) < _MOST_CODES:
        code, levels = len(levels), np.append(levels, np.uint8(0))
    else:
        unused = np.bincount(coded.codes[~hidden], minlength=_MOST_CODES) == 0
        if not unused.any():
            return None
        code, levels = int(unused.argmax()), np.where(unused, np.uint8(0), levels)
    codes = np.where(hidden, np.uint16(code), coded.codes)
    return dataclasses.replace(coded, codes=codes, levels=levels, hidden=code)


def _is_within_one(levels: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> bool:
    return bool((np.maximum(levels, pixels) - np.minimum(levels, pixels)).max() <= 1)
