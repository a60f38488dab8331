"""Pixels that are no part of a film: they fill up its rectangle (PS3.3, C.7.5.1.1.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumoscope.imaging.dicom.elements import number, word_type, words
from pneumoscope.imaging.intensity import Levels

_TEXT_TYPES = {"IS", "DS"}
_FLOAT_KEYWORDS = {
    "PixelPaddingValue": ("FloatPixelPaddingValue", "DoubleFloatPixelPaddingValue"),
    "PixelPaddingRangeLimit": (
        "FloatPixelPaddingRangeLimit",
        "DoubleFloatPixelPaddingRangeLimit",
    ),
}
PADDING_KEYWORDS = (
    *_FLOAT_KEYWORDS,
    *(keyword for keywords in _FLOAT_KEYWORDS.values() for keyword in keywords),
)


def padding_of(dataset: Dataset, stored: Levels, bits: int) -> NDArray[np.bool_] | None:
    """Where the stored values are padding, `(H, W)`; `None` where the file declares none.

    `bits` are those stored of integers. Padding is one value, or all values from it to the range's
    other limit.
    """
    value = _declared(dataset, "PixelPaddingValue", stored, bits)
    if value is None:
        return None
    limit = _declared(dataset, "PixelPaddingRangeLimit", stored, bits)
    low, high = sorted((value, value if limit is None else limit))
    if low == high:
        return np.asarray(stored == low)
    return np.asarray((stored >= low) & (stored <= high))


def _declared(dataset: Dataset, keyword: str, stored: Levels, bits: int) -> float | None:
    if stored.dtype.kind == "f":
        found = (dataset.get(name) for name in _FLOAT_KEYWORDS[keyword])
        value = next((value for value in found if isinstance(value, float)), None)
        # The pixels hold it at their own precision.
        return None if value is None else float(stored.dtype.type(value))
    word = words(dataset, keyword)
    if len(word) != 1 or word_type(dataset, keyword) in _TEXT_TYPES:
        return number(dataset, keyword)  # not of the type that it should have
    value = int(word[0])
    if stored.dtype.kind == "i":
        # Its type is that of the pixels, which Implicit VR leaves open and some writers get wrong:
        # they give the bits alone, of the whole word or of those stored.
        value -= 65_536 if value >= 32_768 else 0
        value -= 2**bits if value >= 2 ** (bits - 1) else 0
    return value
