"""Words that hold more than the value, and words that hold padding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from . import gray_levels, standard
from .films import COLUMNS, Film, set_words


def high_bit(dataset: Dataset, film: Film, high_bit: int) -> None:
    dataset.HighBit = high_bit
    # Signed values are extended above the high bit, and there is something below the lowest one.
    shift = high_bit + 1 - film.bits
    set_words(dataset, (film.values << shift) + np.arange(COLUMNS) % 2**shift)


def above_the_value(dataset: Dataset, film: Film, above: NDArray[np.int64] | int) -> None:
    """Replace what is above the bits stored; without `above`, negative values lose their sign."""
    value = film.values & (2**film.bits - 1)
    words = value | (above << film.bits)
    set_words(dataset, words.astype("<u2").view("<i2"))


def overlay(dataset: Dataset, film: Film) -> None:
    circle = np.hypot(*np.ogrid[-16:17, -18:19]) < 11
    dataset.add_new(0x60000010, "US", dataset.Rows)
    dataset.add_new(0x60000011, "US", dataset.Columns)
    dataset.add_new(0x60000040, "CS", "G")
    dataset.add_new(0x60000050, "SS", [1, 1])
    dataset.add_new(0x60000100, "US", 16)
    dataset.add_new(0x60000102, "US", film.bits)
    above_the_value(dataset, film, circle.astype(np.int64))


def garbage(dataset: Dataset, film: Film) -> None:
    above = np.random.default_rng(7).integers(0, 2 ** (16 - film.bits), film.values.shape)
    above_the_value(dataset, film, above)


def _border(film: Film) -> NDArray[np.bool_]:
    border = np.ones(film.values.shape, dtype=bool)
    border[:, 3:-3, 4:-5] = False
    return border


def _padding_of(film: Film, black: bool = True) -> int:
    """What PS3.3, C.7.5.1.1.2 recommends: the value that is black; or else the other end."""
    low_is_black = film.photometric == "MONOCHROME2"
    return film.lowest_possible if low_is_black == black else film.highest_possible


def _range_limit_of(film: Film) -> int:
    return _padding_of(film) + (60 if film.photometric == "MONOCHROME2" else -60)


def padding(dataset: Dataset, film: Film, black: bool = True) -> None:
    dataset.add_new("PixelPaddingValue", "SS" if film.signed else "US", _padding_of(film, black))
    set_words(dataset, np.where(_border(film), _padding_of(film, black), film.values))


def padding_range(dataset: Dataset, film: Film) -> None:
    """The border holds all values between the padding value and its range limit."""
    ends = _padding_of(film), _range_limit_of(film)
    for keyword, end in zip(("PixelPaddingValue", "PixelPaddingRangeLimit"), ends, strict=True):
        dataset.add_new(keyword, "SS" if film.signed else "US", end)
    between = np.arange(film.values.size).reshape(film.values.shape) % 61 + min(ends)
    set_words(dataset, np.where(_border(film), between, film.values))


def padding_reference(
    values: NDArray[np.int64], film: Film, black: bool = True
) -> NDArray[np.uint8]:
    """Minimum and maximum are those of the film without its padding."""
    padding = values == _padding_of(film, black)
    rest = values[~padding]
    return standard.black_padding(standard.between(values, film, rest.min(), rest.max()), padding)


def padding_stored_reference(values: NDArray[np.int64], film: Film) -> NDArray[np.uint8]:
    stored = standard.between(values, film, film.lowest_possible, film.highest_possible)
    return standard.black_padding(stored, values == _padding_of(film, black=False))


def padding_window_reference(values: NDArray[np.int64], film: Film) -> NDArray[np.uint8]:
    windowed = standard.linear(values, film, *gray_levels.window_of(film))
    return standard.black_padding(windowed, values == _padding_of(film, black=False))


def padding_range_reference(values: NDArray[np.int64], film: Film) -> NDArray[np.uint8]:
    # Padding is a matter of stored values; rescaling, which is linear and rising, changes nothing.
    ends = _padding_of(film), _range_limit_of(film)
    padding = (values >= min(ends)) & (values <= max(ends))
    rest = values[~padding]
    return standard.black_padding(standard.between(values, film, rest.min(), rest.max()), padding)
