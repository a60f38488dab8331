"""The directories of a TIFF file (TIFF 6.0 and BigTIFF, either byte order), without its pixels.

Values stay arrays over the file's own bytes, so that reading them takes no memory of their number,
whatever a file claims.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pneumoscope.imaging.film import ReadLimits

# The types of numbers, and of plain bytes: how the file numbers them and numpy calls them. No tag
# that tells where or how samples are stored has another type.
_NUMBERS = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 8: "i2", 9: "i4", 13: "u4", 16: "u8", 18: "u8"}
_TYPES = _NUMBERS | {7: "u1"}
# Bytes of a value of each type by its number; there is none beyond 18.
_SIZES = np.array([0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8, 0])
_BYTE_ORDERS = {b"II": "<", b"MM": ">"}
_BIG = 43


@dataclass(frozen=True, eq=False)
class Directory:
    """One page: `entries` are its tags as stored; `order` is the byte order, `<` or `>`."""

    data: bytes
    order: str
    offset: int
    entries: NDArray[Any]

    def __contains__(self, tag: int) -> bool:
        return bool((self.entries["tag"] == tag).any())

    def values(self, tag: int, default: tuple[int, ...] = ()) -> NDArray[Any]:
        """The whole numbers of a tag, `(n,)`; `default` where the page does not have it.

        Raises `ValueError` where they are of another type or lie outside the file.
        """
        places = np.flatnonzero(self.entries["tag"] == tag)
        if not len(places):
            return np.asarray(default, dtype=np.int64)
        place = int(places[0])
        entry = self.entries[place]
        if int(entry["type"]) not in _TYPES:
            raise ValueError(f"tag {tag} has values of type {entry['type']}")
        dtype = np.dtype(self.order + _TYPES[int(entry["type"])])
        count = int(entry["count"])
        size = count * dtype.itemsize
        room = self.entries.dtype["value"].itemsize
        if size <= room:
            start = self.offset + (place + 1) * self.entries.dtype.itemsize - room
        else:
            start = int(np.frombuffer(entry["value"].tobytes(), f"{self.order}u{room}")[0])
        if count < 1 or start + size > len(self.data):
            raise ValueError(f"the {count} values of tag {tag} lie outside the file")
        return np.frombuffer(self.data, dtype, count, start)

    @property
    def stored_bytes(self) -> int:
        """Bytes of the values of all tags, those that overlap counted again."""
        sizes = _SIZES[np.minimum(self.entries["type"], len(_SIZES) - 1)]
        return int((self.entries["count"].astype(np.float64) * sizes).sum())

    def number(self, tag: int, default: int) -> int:
        """The first of the whole numbers of a tag."""
        return int(self.values(tag, (default,))[0])


def read_directories(data: bytes, name: str, limits: ReadLimits) -> tuple[list[Directory], bool]:
    """The pages of a file in order, and whether their chain breaks off at a damaged one.

    The chain ends where it comes back to a page, as for other readers. Raises `ImageReadError` for
    more pages than the limit, and `ValueError` or `struct.error` where there is not even one.
    """
    order = _BYTE_ORDERS[data[:2]]
    big = struct.unpack_from(order + "H", data, 2)[0] == _BIG
    head, (counted, room, sized) = (8, ("Q", 8, 8)) if big else (4, ("H", 4, 2))
    link = order + ("Q" if big else "I")
    layout = np.dtype(
        [
            ("tag", order + "u2"),
            ("type", order + "u2"),
            ("count", f"{order}u{room}"),
            ("value", f"V{room}"),
        ]
    )
    pages: list[Directory] = []
    seen: set[int] = set()
    (offset,) = struct.unpack_from(link, data, head)
    while offset and offset not in seen:
        seen.add(offset)
        try:
            (count,) = struct.unpack_from(order + counted, data, offset)
            entries = np.frombuffer(data, layout, count, offset + sized)
            (following,) = struct.unpack_from(link, data, offset + sized + entries.nbytes)
        except (struct.error, ValueError, OverflowError):
            if not pages:
                raise
            return pages, True
        pages.append(Directory(data, order, offset + sized, entries))
        limits.check_frames(name, len(pages))
        offset = following
    limits.check_frames(name, len(pages))
    return pages, False
