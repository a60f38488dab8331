"""What a model's plots are made of: curves over all thresholds, tables of some, reliability bins.

Curves are those of one class against all others. A film is flagged when its score is at least the
threshold. `positive` is bool `(N,)`, `scores` float `(N,)`, the higher the likelier positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics import weighted
from pneumoscope.metrics.calibration import CALIBRATION_BINS, reliability_curve
from pneumoscope.metrics.checks import Floats, Integers

# The 97.5th percentile of the normal distribution, which makes two-sided intervals of 95 %.
_NORMAL_97_5 = 1.959964


@dataclass(frozen=True)
class RocPoints:
    """The corners of a ROC curve, each float64 `(S,)`, thresholds falling.

    The first threshold is infinity, where nothing is flagged. A rate is `nan` throughout where the
    films of its kind are missing.
    """

    threshold: Floats
    false_positive_rate: Floats
    sensitivity: Floats


@dataclass(frozen=True)
class PrecisionRecallPoints:
    """Precision and recall at every distinct score, each float64 `(S,)`, thresholds falling.

    The last threshold flags every film; precision there is the prevalence.
    """

    threshold: Floats
    recall: Floats
    precision: Floats


@dataclass(frozen=True)
class DecisionTable:
    """What would happen at each of T thresholds, each float64 `(T,)`; undefined ratios are `nan`.

    `flagged` is the share of all films at or above the threshold.
    """

    threshold: Floats
    sensitivity: Floats
    specificity: Floats
    ppv: Floats
    npv: Floats
    f1: Floats
    flagged: Floats


def roc_points(positive: npt.ArrayLike, scores: npt.ArrayLike) -> RocPoints:
    """Every corner of the ROC curve, from (0, 0) to (1, 1). Raises `DatasetError` for arrays that
    do not fit."""
    counts = _counts_by_score(positive, scores)
    return RocPoints(
        threshold=np.concatenate([[np.inf], counts.score]),
        false_positive_rate=_from_zero(weighted.ratio(counts.false, counts.false[-1:])),
        sensitivity=_from_zero(weighted.ratio(counts.true, counts.true[-1:])),
    )


def precision_recall_points(
    positive: npt.ArrayLike, scores: npt.ArrayLike
) -> PrecisionRecallPoints:
    """Precision and recall at every distinct score. Raises `DatasetError` for arrays that do not
    fit."""
    counts = _counts_by_score(positive, scores)
    return PrecisionRecallPoints(
        threshold=counts.score,
        recall=weighted.ratio(counts.true, counts.true[-1:]),
        precision=weighted.ratio(counts.true, counts.true + counts.false),
    )


def decision_table(
    positive: npt.ArrayLike, scores: npt.ArrayLike, thresholds: npt.ArrayLike
) -> DecisionTable:
    """What flagging at each of `thresholds` `(T,)` would have meant on these films. Raises
    `DatasetError` for arrays that do not fit."""
    member, values = _check(positive, scores)
    limits = np.asarray(thresholds, dtype=np.float64)
    flagged = values >= limits[:, None]
    called = flagged.sum(axis=1).astype(np.float64)
    true = (flagged & member).sum(axis=1).astype(np.float64)
    ill = np.full(limits.size, float(member.sum()))
    healthy = member.size - ill
    return DecisionTable(
        threshold=limits,
        sensitivity=weighted.ratio(true, ill),
        specificity=weighted.ratio(healthy - called + true, healthy),
        ppv=weighted.ratio(true, called),
        npv=weighted.ratio(healthy - called + true, member.size - called),
        f1=weighted.ratio(2 * true, ill + called),
        flagged=called / member.size,
    )


@dataclass(frozen=True)
class ReliabilityBins:
    """The points of a reliability diagram, rising, each `(bins,)`.

    `low` and `high` bound the observed `frequency` at 95 %.
    """

    probability: Floats
    frequency: Floats
    low: Floats
    high: Floats
    films: Integers


def reliability_bins(
    probabilities: npt.ArrayLike, y_true: npt.ArrayLike, bins: int = CALIBRATION_BINS
) -> ReliabilityBins:
    """`calibration.reliability_curve`, with intervals of its frequencies.

    The intervals are Wilson's (1927). Most bins hold only films that came true, or none: there a
    bootstrap would claim certainty. They count films as independent, so with several films a
    patient they are a little too narrow.
    """
    curve = reliability_curve(probabilities, y_true, bins)
    z = _NORMAL_97_5
    shrunk = 1 + z**2 / curve.films
    centre = (curve.frequency + z**2 / (2 * curve.films)) / shrunk
    spread = curve.frequency * (1 - curve.frequency) / curve.films + (z / (2 * curve.films)) ** 2
    half = z * np.sqrt(spread) / shrunk
    return ReliabilityBins(
        curve.probability, curve.frequency, centre - half, centre + half, curve.films
    )


@dataclass(frozen=True)
class _Counts:
    """Films at or above each distinct score, falling: of the class, and of all others."""

    score: Floats
    true: Floats
    false: Floats


def _counts_by_score(positive: npt.ArrayLike, scores: npt.ArrayLike) -> _Counts:
    member, values = _check(positive, scores)
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    last = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    true = np.cumsum(member[order])[last].astype(np.float64)
    return _Counts(ranked[last], true, last + 1 - true)


def _from_zero(rates: Floats) -> Floats:
    """The rates with that of an infinite threshold in front."""
    start = rates[:1] * 0
    return np.concatenate([start, rates])


def _check(positive: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[npt.NDArray[np.bool_], Floats]:
    member = np.asarray(positive)
    values = np.asarray(scores, dtype=np.float64)
    if member.dtype != np.bool_ or member.ndim != 1 or member.size == 0:
        raise DatasetError(
            "Membership of the class must be a list of true and false, one a film, got "
            f"{member.dtype} of the shape {member.shape}."
        )
    if values.shape != member.shape or not np.isfinite(values).all():
        raise DatasetError(
            f"There must be one finite score for each of {member.size} films, got the shape "
            f"{values.shape}."
        )
    return member, values
