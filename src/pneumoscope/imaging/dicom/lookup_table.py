"""Lookup tables of DICOM: modality LUT, VOI LUT, and the colours of a palette.

pydicom's own lookups keep their indices in the type of the pixels, where they wrap, and take the
first mapped value by the type of its element, which Implicit VR does not have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumoscope.imaging.dicom.elements import octets, word_type, words
from pneumoscope.imaging.intensity import Levels

_WORD_VALUES = 65_536


class UnusableTableError(ValueError):
    """A lookup table that says nothing; its text says why."""


@dataclass(frozen=True)
class LookupTable:
    """`entries` int64 `(n,)`, the first of them for the value `first`; `bits` of each declared."""

    entries: NDArray[np.int64]
    first: int
    bits: int

    def __call__(self, values: Levels) -> NDArray[np.int64]:
        """The entries for `values`, those beyond the table's ends taking the entry at that end."""
        last = self.first + len(self.entries) - 1
        inside = np.clip(np.rint(np.asarray(values, np.float64)), self.first, last)
        return self.entries[inside.astype(np.int64) - self.first]

    @property
    def used_bits(self) -> int:
        """The bits that the highest entry needs.

        The letter (PS3.3, C.11.2.1.1) has white by the bits declared. Readers of computed
        radiography write tables of 12 bits as of 16, which viewers show in full.
        """
        return int(self.entries.max()).bit_length()


def lookup_table(
    dataset: Dataset, descriptor: str, data: str, *, negative_inputs: bool
) -> LookupTable:
    """The table whose header and entries are the elements `descriptor` and `data` of a dataset.

    `negative_inputs` tells whether the values to be looked up may be negative: then a first mapped
    value that has no type of its own is signed. Entries of 8 bits may lie packed two to a word or
    one to a word, which the length tells (PS3.3, C.11.1.1.1).
    Raises `UnusableTableError` where header or entries are missing or do not fit.
    """
    header, stored = words(dataset, descriptor), words(dataset, data)
    if len(header) != 3 or not len(stored):
        raise UnusableTableError("it is empty")
    count, first, bits = (int(value) for value in header)
    count = count or _WORD_VALUES
    if not 1 <= bits <= 16:
        raise UnusableTableError(f"it declares entries of {bits} bits")
    if word_type(dataset, descriptor) == "SS" or negative_inputs:
        first -= _WORD_VALUES if first >= _WORD_VALUES // 2 else 0
    if len(stored) >= count:
        entries: NDArray[np.uint8] | NDArray[np.uint16] = stored[:count]
    elif len(stored) == (count + 1) // 2:
        entries = octets(stored)[:count]
        bits = min(bits, 8)
    else:
        raise UnusableTableError(f"it declares {count} entries and holds {len(stored)}")
    return LookupTable(entries.astype(np.int64), first, bits)
