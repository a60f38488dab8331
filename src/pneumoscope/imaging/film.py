"""What reading gives: a film; and what it refuses: files beyond its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import DatasetError, ImageReadError


@dataclass(frozen=True)
class FilmTags:
    """What a file says of the film itself. Never a name, a date or an identifier of a person.

    `None` where the file does not say. `photometric` is `MONOCHROME1` or `MONOCHROME2` as stored
    (pixels are always handed on with bright bones), `patient_age` is in years.

    `rendering` tells in one line how the stored values became gray levels, `notes` what was passed
    over or put right on the way, and `warnings` why an answer about this film may be wrong.
    """

    format: str
    modality: str | None = None
    body_part: str | None = None
    view: str | None = None
    patient_age: float | None = None
    photometric: str | None = None
    bits: int = 8
    frames: int = 1
    rendering: str = ""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def passed_over(frames: int, unit: str = "frames") -> tuple[str, ...]:
    """The warning of a film that is the first of several frames or pages of its file."""
    return (f"only the first of the file's {frames} {unit} was read",) if frames > 1 else ()


@dataclass(frozen=True)
class Film:
    """A film as read: `pixels` are uint8 `(H, W)`, bones bright, EXIF orientation applied.

    `shape` is the film's own (height, width); `pixels` may be a decode of it at reduced scale.
    `name` says where it came from, `tags` what the file says of it.
    """

    pixels: NDArray[np.uint8]
    name: str
    tags: FilmTags
    shape: tuple[int, int]


@dataclass(frozen=True)
class UnreadableFilm:
    """A film that could not be read, and why. Folder jobs collect these and go on."""

    path: str
    reason: str


def none_readable(films: Sequence[UnreadableFilm]) -> DatasetError:
    """What to raise where these are all of the films."""
    return DatasetError(
        f"None of the {len(films)} films could be read.",
        f"The first one{'s' if len(films) > 1 else ''}: "
        + " ".join(f"{film.path}: {film.reason}" for film in films[:3]),
    )


@dataclass(frozen=True)
class ReadLimits:
    """How much a single file may claim. Checked before anything of that size is allocated.

    The defaults take every radiograph we know of (the largest have 36 million pixels); a file
    beyond them is more likely a decompression bomb than a film. `max_memory` is in bytes, and held
    against an estimate of what decoding takes at its peak, from the size, depth and samples that
    the file claims.
    """

    max_pixels: int = 80_000_000
    max_bytes: int = 512 * 2**20
    max_frames: int = 1_000
    max_memory: int = 2**30

    def check_bytes(self, name: str, size: int) -> None:
        """Raise `ImageReadError` where a file, or what it unpacks to, exceeds `max_bytes`."""
        if size > self.max_bytes:
            raise ImageReadError(
                name, f"more than {self.max_bytes:,} bytes, the limit for one film.", _RAISE_LIMIT
            )

    def check_size(self, name: str, width: int, height: int) -> None:
        """Raise `ImageReadError` where a film is empty or has more than `max_pixels` pixels."""
        if width < 1 or height < 1:
            raise ImageReadError(name, f"has no pixels: {width} x {height}.")
        if width * height > self.max_pixels:
            raise ImageReadError(
                name,
                f"claims {width} x {height} pixels, more than the limit of {self.max_pixels:,}.",
                _RAISE_LIMIT,
            )

    def check_memory(self, name: str, width: int, height: int, bytes_a_pixel: int) -> None:
        """Raise `ImageReadError` where decoding at `bytes_a_pixel` takes beyond `max_memory`."""
        if width * height * bytes_a_pixel > self.max_memory:
            raise ImageReadError(
                name,
                f"decoding its {width} x {height} pixels would take about "
                f"{width * height * bytes_a_pixel / 2**30:.1f} GiB of memory, more than the limit "
                f"of {self.max_memory / 2**30:.1f} GiB.",
                _RAISE_LIMIT,
            )

    def check_scans(self, name: str, scans: int, width: int, height: int) -> None:
        """Raise `ImageReadError` for so many scans of a JPEG, each over all pixels, that decoding
        takes many times as long as one pass over `max_pixels`."""
        most = min(_MOST_SCANS, _MOST_PASSES * self.max_pixels // max(1, width * height))
        if scans > most:
            raise ImageReadError(
                name, f"its JPEG data have {scans:,} scans, more than the limit of {most}."
            )

    def check_frames(self, name: str, frames: int) -> None:
        """Raise `ImageReadError` where a file has no frame or more than `max_frames`."""
        if frames < 1:
            raise ImageReadError(name, f"claims {frames} frames.")
        if frames > self.max_frames:
            raise ImageReadError(
                name, f"has more than {self.max_frames:,} frames, the limit.", _RAISE_LIMIT
            )


# Progressive encoders write about ten scans; a file of thousands is made to keep the reader busy.
_MOST_SCANS, _MOST_PASSES = 100, 20

_RAISE_LIMIT = "If it is a genuine film, raise the limit in ReadLimits."
