"""What flows between the rooms: small frozen records with no behaviour of their own."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A figure with its confidence interval; `low` and `high` bound it at `level`.

    An undefined figure is `nan`, and so are the ends of an interval that could not be found.
    """

    value: float
    low: float
    high: float
    level: float = 0.95

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "undefined"
        if math.isnan(self.low):
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class FilmTags:
    """What a file says of the film itself. Never a name, a date or an identifier of a person.

    `None` where the file does not say. `photometric` is `MONOCHROME1` or `MONOCHROME2` as stored
    (pixels are always handed on with bright bones), `patient_age` is in years.
    """

    format: str
    modality: str | None = None
    body_part: str | None = None
    view: str | None = None
    patient_age: float | None = None
    photometric: str | None = None
    bits: int = 8
    frames: int = 1


@dataclass(frozen=True)
class UnreadableFilm:
    """A film that could not be read, and why. Folder jobs collect these and go on."""

    path: str
    reason: str
