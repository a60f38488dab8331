"""What a test's sensitivity and specificity mean for the people who work with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pneumoscope.errors import DatasetError


@dataclass(frozen=True)
class Workload:
    """Expected numbers of films, not rounded, among `films` of which the share `prevalence` is ill.

    `found` ill films and `false_alarms` are flagged; `missed` ill films and `cleared` healthy ones
    are not.
    """

    films: float
    prevalence: float
    found: float
    missed: float
    false_alarms: float
    cleared: float

    @property
    def flagged(self) -> float:
        """Films that the test calls ill."""
        return self.found + self.false_alarms

    @property
    def ppv(self) -> float:
        """Of the flagged films, the share that is ill; `nan` where none is flagged."""
        return self.found / self.flagged if self.flagged else math.nan

    @property
    def npv(self) -> float:
        """Of the films not flagged, the share that is healthy; `nan` where all are flagged."""
        unflagged = self.missed + self.cleared
        return self.cleared / unflagged if unflagged else math.nan


def workload(
    sensitivity: float, specificity: float, prevalence: float, films: float = 1000
) -> Workload:
    """What to expect of `films` films at a `prevalence` (the share of ill films among them).

    Sensitivity, specificity and prevalence lie in 0 to 1, else `DatasetError`. Sensitivity and
    specificity are taken to be the same at every prevalence, which holds only as long as the films
    themselves are alike (Altman & Bland 1994).
    """
    for name, value in (
        ("sensitivity", sensitivity),
        ("specificity", specificity),
        ("prevalence", prevalence),
    ):
        if not 0.0 <= value <= 1.0:
            raise DatasetError(f"The {name} must lie between 0 and 1, got {value}.")
    ill = prevalence * films
    healthy = films - ill
    return Workload(
        films=films,
        prevalence=prevalence,
        found=sensitivity * ill,
        missed=(1 - sensitivity) * ill,
        false_alarms=(1 - specificity) * healthy,
        cleared=specificity * healthy,
    )
