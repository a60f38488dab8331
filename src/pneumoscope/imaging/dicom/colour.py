"""Colour films and palettes: to luma (ITU-R BT.601)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumoscope.imaging.dicom.account import Account
from pneumoscope.imaging.dicom.elements import octets, words
from pneumoscope.imaging.dicom.lookup_table import LookupTable, lookup_table
from pneumoscope.imaging.film_doubts import coloured_share_of, sampled
from pneumoscope.imaging.gray import luma_of
from pneumoscope.imaging.intensity import Levels, scale_to_bytes
from pneumoscope.imaging.stored_film import Tones

PALETTE_KEYWORDS = tuple(
    f"{segmented}{colour}PaletteColorLookupTable{part}"
    for colour in ("Red", "Green", "Blue")
    for segmented, part in (("", "Descriptor"), ("", "Data"), ("Segmented", "Data"))
)
_DISCRETE, _LINEAR, _INDIRECT = range(3)
_MOST_ENTRIES = 65_536
_MOST_WORDS_AN_ENTRY = 4  # an indirect segment gives one or more


def luma(colours: Levels, bits: int) -> Tones:
    """The luma of colours `(H, W, 3)` of `bits` bits, and how it becomes gray levels."""
    low = -(2 ** (bits - 1)) if colours.dtype.kind == "i" else 0

    def to_bytes(levels: Levels) -> NDArray[np.uint8]:
        return scale_to_bytes(levels, low, low + 2**bits - 1)

    share = coloured_share_of(to_bytes(sampled(colours)))
    return Tones(luma_of(*np.moveaxis(colours, 2, 0)), to_bytes, coloured=share)


def palette_luma(dataset: Dataset, stored: Levels, account: Account) -> Tones:
    """The luma of stored values `(H, W)` that stand for the colours of a palette.

    Raises `UnusableTableError` for a palette without a colour, and `ValueError` for a segmented one
    that is damaged.
    """
    tables = [_table(dataset, colour, stored) for colour in ("Red", "Green", "Blue")]
    bits = max(max(table.bits, table.used_bits) for table in tables)
    if bits > 8 and max(table.entries.max() for table in tables) < 256:
        account.notes.append(f"the palette declares {bits} bits a colour and holds 8")
        bits = 8
    account.steps.append(f"palette of {len(tables[0].entries):,} colours of {bits} bits")
    return luma(np.stack([table(stored).astype(np.uint16) for table in tables], axis=-1), bits)


def _table(dataset: Dataset, colour: str, stored: Levels) -> LookupTable:
    descriptor = f"{colour}PaletteColorLookupTableDescriptor"
    data = f"{colour}PaletteColorLookupTableData"
    negative = stored.dtype.kind == "i"
    if data in dataset or f"Segmented{data}" not in dataset:
        return lookup_table(dataset, descriptor, data, negative_inputs=negative)
    _, first, bits = (int(value) for value in words(dataset, descriptor))
    packed = words(dataset, f"Segmented{data}")[: _MOST_ENTRIES * _MOST_WORDS_AN_ENTRY]
    entries = expand_segments((octets(packed) if bits <= 8 else packed).tolist(), bits)
    first -= 65_536 if negative and first >= 32_768 else 0
    return LookupTable(np.array(entries, dtype=np.int64), first, bits)


def expand_segments(data: Sequence[int], bits: int) -> list[int]:
    """The entries of a segmented palette (PS3.3, C.7.9.2), at most 65,536.

    Raises `ValueError` for segments of an unknown kind or of no length, that refer to others which
    refer to others, or that begin with one which needs a value before it.
    """
    entries: list[int] = []
    _expand(data, 0, len(data), bits, entries, nested=False)
    return entries


def _expand(
    data: Sequence[int], begin: int, segments: int, bits: int, entries: list[int], *, nested: bool
) -> None:
    position = begin
    # A single value at the end fills up the last word.
    while segments and position + 1 < len(data):
        kind, length = data[position], data[position + 1]
        position += 2
        if not length or len(entries) + length > _MOST_ENTRIES:
            raise ValueError("a palette's segments give none or more than 65,536 entries")
        if kind == _DISCRETE:
            entries.extend(data[position : position + length])
            position += length
        elif kind == _LINEAR and entries and position < len(data):
            line = np.linspace(entries[-1], data[position], length + 1)[1:]
            entries.extend(int(value) for value in np.around(line))
            position += 1
        elif kind == _INDIRECT and entries and not nested:
            # The offset of segments to be repeated, in bytes, its low half first.
            width = 4 if bits <= 8 else 2
            digits = data[position : position + width]
            offset = sum(digit << (32 // width * place) for place, digit in enumerate(digits))
            _expand(data, offset // (1 if bits <= 8 else 2), length, bits, entries, nested=True)
            position += width
        else:
            raise ValueError(f"a palette's segment of kind {kind} stands where it cannot")
        segments -= 1
