"""Lookup tables of modality, VOI and palette, in every way that they are stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from .films import Film


def curve(length: int, bits: int, toothed: bool = False) -> NDArray[np.int64]:
    """An S-shaped curve from 0 to the highest value of `bits`.

    In a smooth table of bytes nobody would see neighbours exchanged, hence the teeth.
    """
    parts = (np.tanh(np.linspace(-2, 2, length)) / np.tanh(2) + 1) / 2
    if toothed:
        parts = 0.8 * parts + 0.2 * (np.arange(length) % 2)
    return np.rint(parts * (2**bits - 1)).astype(np.int64)


def lut_item(
    first: int, entries: NDArray[np.int64], bits: int, packing: str, first_as: str
) -> Dataset:
    """An item of a LUT sequence (PS3.3, C.11.1.1 and C.11.2.1.1).

    `packing` is `packed` (two 8-bit entries a word, OW), `OW` or `US` (one entry a word). The
    descriptor gets the value representation `first_as`; in US a negative value is its complement.
    """
    item = Dataset()
    first = first % 2**16 if first_as == "US" else first
    item.add_new("LUTDescriptor", first_as, [len(entries) % 2**16, first, bits])
    if packing == "US":
        item.add_new("LUTData", "US", entries.tolist())
    else:
        item.add_new("LUTData", "OW", _as_words(entries, packing == "packed"))
    return item


def _as_words(entries: NDArray[np.int64], packed: bool) -> bytes:
    """Little endian; what makes a big-endian file of it swaps the words."""
    content = entries.astype("u1" if packed else "<u2").tobytes()
    return content + b"\0" * (len(content) % 2)


_CHANNELS = ("Red", "Green", "Blue")


def _channel(film: Film, number: int, bits: int, toothed: bool) -> NDArray[np.int64]:
    """The colours of the film's values, from the lowest, in four straight pieces."""
    knots = np.array([[0, 20, 80, 160, 230], [5, 60, 90, 200, 250], [0, 10, 120, 180, 255]])
    places = np.linspace(0, film.high - film.low, 5)
    parts = np.interp(np.arange(film.high - film.low + 1), places, knots[number] / 255)
    if toothed:
        parts = 0.8 * parts + 0.2 * (np.arange(len(parts)) % 2)
    return np.rint(parts * (2**bits - 1)).astype(np.int64)


def _add_descriptor(dataset: Dataset, film: Film, name: str, bits: int) -> None:
    descriptor = [film.high - film.low + 1, film.low, bits]
    dataset.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", descriptor)


def add_palette(dataset: Dataset, film: Film, bits: int) -> None:
    """PS3.3, C.7.6.3.1.5 and C.7.6.3.1.6; 8-bit entries are packed two a word."""
    for number, name in enumerate(_CHANNELS):
        _add_descriptor(dataset, film, name, bits)
        entries = _as_words(_channel(film, number, bits, toothed=bits == 8), packed=bits == 8)
        dataset.add_new(f"{name}PaletteColorLookupTableData", "OW", entries)


def add_segmented_palette(dataset: Dataset, film: Film) -> None:
    """PS3.3, C.7.9.2: a discrete segment of the first colours, then linear segments."""
    for number, name in enumerate(_CHANNELS):
        _add_descriptor(dataset, film, name, 16)
        colours = _channel(film, number, 16, toothed=False)
        ends = np.rint(np.linspace(0, len(colours) - 1, 5)).astype(int)
        segments = [0, 2, *colours[:2]]
        last = 1
        for end in ends[1:]:
            segments += [1, end - last, colours[end]]
            last = end
        words = _as_words(np.array(segments), packed=False)
        dataset.add_new(f"Segmented{name}PaletteColorLookupTableData", "OW", words)
