"""A limit on how many elements of a DICOM file are read, at any depth of its sequences."""

from __future__ import annotations

import io

from pneumoscope.errors import ImageReadError

# pydicom takes one to three reads for an element, and about 4 microseconds. Films have hundreds of
# elements; a thousand frames with functional groups have 100,000.
_MOST_READS = 300_000


class CountedReads(io.BytesIO):
    """The bytes of a file, which can be read in so many parts and no more.

    Reading on raises `ImageReadError` for the film `name`.
    """

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self._film = name
        self._left = _MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise ImageReadError(self._film, "its DICOM header has more elements than any film's.")
        return super().read(size)
