"""Is a model worth using? Net benefit over threshold probabilities: decision curves.

A threshold probability says what a reader is ready to pay: who calls a film ill from 0.1 on takes
nine needless alarms for one ill film that is found. Net benefit counts ill films that are found,
takes off needless alarms at that price, and divides by all films (Vickers & Elkin 2006). It can be
held against calling every film ill and against calling none, and it depends on how many are ill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics import weighted
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.intervals import bootstrap_intervals

THRESHOLDS = np.arange(1, 100) / 100


@dataclass(frozen=True)
class NetBenefitCurve:
    """Net benefit at T threshold probabilities, each float64 `(T,)`, for films of which the share
    `prevalence` is ill: of a model with the ends of its intervals (`nan` where none were asked
    for), and of calling every film ill. That of calling none is 0."""

    prevalence: float
    threshold: Floats
    value: Floats
    low: Floats
    high: Floats
    treat_all: Floats

    @property
    def needless_accepted(self) -> Floats:
        """How many needless alarms each threshold accepts for one ill film found, `(T,)`."""
        return (1 - self.threshold) / self.threshold

    @property
    def alarms_saved(self) -> Floats:
        """How many needless alarms a film the model saves against calling every film ill, less
        what the ill films that it misses are worth in alarms, `(T,)`."""
        return (self.value - self.treat_all) * self.needless_accepted

    def at(self, thresholds: Sequence[float]) -> NetBenefitCurve:
        """The curve at some of its thresholds."""
        places = [int(np.abs(self.threshold - wanted).argmin()) for wanted in thresholds]
        return NetBenefitCurve(
            self.prevalence,
            *(
                array[places]
                for array in (self.threshold, self.value, self.low, self.high, self.treat_all)
            ),
        )

    def useful_range(self) -> tuple[float, float] | None:
        """The widest range of thresholds at which the model is better than calling all and than
        calling none, by its whole interval; `None` where there is none."""
        useful = self.low > np.maximum(self.treat_all, 0)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], useful.astype(int), [0]])))
        runs = list(zip(edges[::2], edges[1::2] - 1, strict=True))
        if not runs:
            return None
        first, last = max(runs, key=lambda run: run[1] - run[0])
        return float(self.threshold[first]), float(self.threshold[last])


def net_benefit(
    sensitivity: npt.ArrayLike,
    specificity: npt.ArrayLike,
    prevalence: npt.ArrayLike,
    threshold: npt.ArrayLike,
) -> Floats:
    """Net benefit of decisions with this sensitivity and specificity, a film; the arrays must go
    together."""
    cut, ill = np.asarray(threshold, dtype=np.float64), np.asarray(prevalence)
    needless = (1 - np.asarray(specificity)) * (1 - ill)
    found: Floats = np.asarray(sensitivity) * ill - needless * cut / (1 - cut)
    return found


def net_benefit_curve(
    ill: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    prevalence: float,
    *,
    meant_for: float | None = None,
    thresholds: Floats = THRESHOLDS,
    patients: Sequence[str] | None = None,
    rng: np.random.Generator | None = None,
    replicates: int = 1000,
) -> NetBenefitCurve:
    """The decision curve of probabilities `(N,)` that films are ill, of which `ill` `(N,)` are.

    `prevalence`, in (0, 1), is the share of ill films that the curve is for: sensitivity and
    specificity are those of these films, however many of them are ill. `meant_for` is the share
    that the probabilities are for; where it is given, they are moved to `prevalence`. With
    `patients` `(N,)` there are 95 % intervals, from patients drawn with `rng`: those of sensitivity
    and specificity, put together (Zou & Donner 2008).

    Raises `DatasetError` for arrays that do not fit, and where no film is ill or none is healthy.
    """
    is_ill, scores = np.asarray(ill, dtype=bool), np.asarray(probabilities, dtype=np.float64)
    if is_ill.ndim != 1 or is_ill.shape != scores.shape:
        raise DatasetError(f"{scores.shape} probabilities do not fit {is_ill.shape} labels.")
    if is_ill.all() or not is_ill.any():
        raise DatasetError("Net benefit needs ill films and healthy ones.")
    odds = thresholds / (1 - thresholds)
    if meant_for is not None:
        # Where fewer are ill than is meant, the same film's odds fall.
        odds = odds * (meant_for / (1 - meant_for)) * ((1 - prevalence) / prevalence)
    called = (scores[:, None] >= odds / (1 + odds)).astype(np.float64)
    sensitivity, specificity = called[is_ill].mean(axis=0), 1 - called[~is_ill].mean(axis=0)
    low = high = np.full(thresholds.size, np.nan)
    value = net_benefit(sensitivity, specificity, prevalence, thresholds)
    if patients is not None:
        found, spared = _rates(is_ill, called, patients, rng, replicates)
        price = (1 - prevalence) * thresholds / (1 - thresholds)
        below, above = (
            np.hypot(prevalence * (sensitivity - found[end]), price * (specificity - spared[end]))
            for end in (0, 1)
        )
        low, high = value - below, value + above
    everybody = net_benefit(1.0, 0.0, prevalence, thresholds)
    return NetBenefitCurve(prevalence, thresholds, value, low, high, everybody)


def _rates(
    is_ill: npt.NDArray[np.bool_],
    called: Floats,
    patients: Sequence[str],
    rng: np.random.Generator | None,
    replicates: int,
) -> tuple[Floats, Floats]:
    """The ends `(2, T)` of the intervals of sensitivity and of specificity at T thresholds."""
    kinds = {"found": (is_ill, called), "spared": (~is_ill, 1 - called)}

    def statistic(weights: Floats) -> Figures[tuple[str, int]]:
        figures = Figures[tuple[str, int]]()
        for kind, (films, right) in kinds.items():
            counted = weights[:, films]
            total = counted.sum(axis=1)
            shares = weighted.ratio(counted @ right[films], total[:, None])
            for place in range(called.shape[1]):
                figures[kind, place] = shares[:, place]
                figures.shares[kind, place] = total
        return figures

    intervals = bootstrap_intervals(
        statistic, patients, rng=rng or np.random.default_rng(0), replicates=replicates
    )
    found, spared = (
        np.array(
            [
                (intervals[kind, place].low, intervals[kind, place].high)
                for place in range(called.shape[1])
            ]
        ).T
        for kind in kinds
    )
    return found, spared
