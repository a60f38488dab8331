"""Values of DICOM elements, as they stand in the file.

pydicom interprets a value by its type, and refuses one against the standard. Here an optional
element that is empty or nonsense beside good ones must not cost the film, and the words of a lookup
table mean what the table's header says, not what their type says.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

LONGEST_TEXT = 65_534
"""The most bytes of a text's values, by the length that Explicit VR has for them."""

# Beyond these, numbers mean nothing, and what is computed of them overflows.
_LEAST, _GREATEST = 1e-30, 1e30
BINARY = {"FD", "FL", "SL", "SS", "UL", "US"}


def text(dataset: Dataset, keyword: str) -> str | None:
    """The first value of an element as text, at most 64 characters; `None` where there is none."""
    values = texts(dataset, keyword)
    return values[0][:64] or None if values else None


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """All values of an element as text without blanks around it."""
    if keyword not in dataset:
        return []
    value = dataset[keyword].value
    values = value if isinstance(value, MultiValue | list) else [] if value is None else [value]
    return [str(item).strip() for item in values]


def numbers(dataset: Dataset, keyword: str) -> list[float | None]:
    """The numbers of an element; `None` stands for a value that is none, or beyond all measure."""
    element = dataset.get_item(keyword) if keyword in dataset else None
    if element is None or not element.value:
        return []
    value = element.value
    if isinstance(element, RawDataElement):
        binary = element.VR in BINARY or dictionary_VR(element.tag) in BINARY
        if binary:
            value = dataset[keyword].value
        else:
            value = value[:LONGEST_TEXT].decode("ascii", "replace").split("\\")
    values = value if isinstance(value, MultiValue | list) else [value]
    return [_number(item) for item in values]


def _number(value: Any) -> float | None:
    text = str(value).strip("\0 ")
    try:
        number = float(text)
    except ValueError:
        return None
    if "_" in text:  # which Python reads as a mark between digits
        return None
    return number if number == 0 or _LEAST <= abs(number) <= _GREATEST else None


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first number of an element; `None` where there is none."""
    values = numbers(dataset, keyword)
    return values[0] if values else None


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; none where it is missing, empty, or of another type."""
    value = dataset.get(keyword)
    return list(value) if isinstance(value, Sequence) else []


def words(dataset: Dataset, keyword: str) -> NDArray[np.uint16]:
    """The value of an element as unsigned words of 16 bits; none where it is missing.

    Values of 8 bits lie two to a word, the first one in its low byte (PS3.5, 8.1.1), which is how
    `octets` takes them.
    """
    element = dataset.get_item(keyword) if keyword in dataset else None
    value = [] if element is None or element.value is None else element.value
    if isinstance(value, bytes):
        # pydicom swaps the bytes of US and SS on conversion, but leaves those of OW alone.
        if isinstance(element, RawDataElement):
            little = element.is_little_endian or element.VR == "OB"
        else:
            little = dataset.original_encoding[1] is not False
        even = value + bytes(len(value) % 2)
        return np.frombuffer(even, "<u2" if little else ">u2").astype(np.uint16)
    values = value if isinstance(value, MultiValue | list) else [value]
    return np.array([int(item) & 0xFFFF for item in values], dtype=np.uint16)


def octets(packed: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """The bytes that lie packed in words, two to a word."""
    return packed.astype("<u2").view(np.uint8)


def word_type(dataset: Dataset, keyword: str) -> str | None:
    """The VR by which the file itself types an element: `US`, `SS`, `OW`, ...; `None` where files
    of its kind (Implicit VR) name none."""
    element = dataset.get_item(keyword) if keyword in dataset else None
    if element is None or (isinstance(element, RawDataElement) and element.is_implicit_VR):
        return None
    return str(element.VR)
