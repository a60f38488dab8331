"""Do probabilities mean what they say? Temperature scaling, and how far off probabilities are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pneumoscope.metrics.checks import (
    Floats,
    Integers,
    check_labels,
    check_probabilities,
    check_scores,
)

TEMPERATURE_BOUNDS = (0.2, 20.0)
CALIBRATION_BINS = 10


def softmax(logits: npt.ArrayLike, temperature: float = 1.0) -> Floats:
    """Probabilities `(N, C)`, float64, of logits `(N, C)` divided by `temperature`."""
    scaled = check_scores(logits) / temperature
    odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: Floats = odds / odds.sum(axis=1, keepdims=True)
    return probabilities


def fit_temperature(logits: npt.ArrayLike, y_true: npt.ArrayLike) -> float:
    """The temperature under which the true classes are likeliest (Guo et al. 2017, section 4.2).

    `logits` is float `(N, C)`, `y_true` integer `(N,)`. Above one, the network was too sure of
    itself. The ranking of films, and so every ROC-AUC of two classes, stays as it is.

    The result lies in `TEMPERATURE_BOUNDS`. Where every film is on the right side, the likelihood
    grows without end as the temperature falls, and where logits tell nothing, as it rises: such
    data returns a bound, which keeps probabilities of a small or easy validation set from running
    to exactly 0 and 1.
    """
    # Imported here, because `predict` needs this module's softmax and starts without scipy.
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    labels = np.asarray(y_true)
    scores = check_scores(logits, labels.shape[0] if labels.ndim else None)
    labels = check_labels(labels, scores.shape[1])
    films = np.arange(labels.size)

    def negative_log_likelihood(log_temperature: float) -> float:
        log_probabilities = log_softmax(scores / np.exp(log_temperature), axis=1)
        return -float(log_probabilities[films, labels].mean())

    # Searched on a log scale, where a halving and a doubling are steps of one size.
    low, high = np.log(TEMPERATURE_BOUNDS)
    found = minimize_scalar(
        negative_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-6}
    )
    return float(np.exp(found.x))


def brier_losses(probabilities: npt.ArrayLike, y_true: npt.ArrayLike) -> Floats:
    """Each film's share `(N,)` of the Brier score; see `brier_score`."""
    labels = np.asarray(y_true)
    table = check_probabilities(probabilities, labels.size)
    labels = check_labels(labels, table.shape[1])
    squares: Floats = (table - np.eye(table.shape[1])[labels]) ** 2
    return squares[:, 1] if table.shape[1] == 2 else squares.sum(axis=1)


def brier_score(probabilities: npt.ArrayLike, y_true: npt.ArrayLike) -> float:
    """Mean squared error of probabilities `(N, C)` (Brier 1950); 0 is best.

    Two classes: of the second, positive class alone, so that it lies in 0 to 1. More classes:
    summed over classes, in 0 to 2, as Brier wrote it.
    """
    return float(brier_losses(probabilities, y_true).mean())


@dataclass(frozen=True)
class CalibrationBins:
    """What a calibration curve is made of, film by film.

    `confidence` `(N,)` is the probability under test, `outcome` `(N,)` 1 where it came true and
    else 0, `bin` `(N,)` the film's bin in `0 .. count - 1`.
    """

    confidence: Floats
    outcome: Floats
    bin: Integers
    count: int


def calibration_bins(
    probabilities: npt.ArrayLike, y_true: npt.ArrayLike, bins: int = CALIBRATION_BINS
) -> CalibrationBins:
    """Sort films into at most `bins` bins of about equally many films.

    Two classes: the probability of the positive class, and whether the film belongs to it. More
    classes: the highest probability, and whether that class is right (Guo et al. 2017). Bins of
    equal mass, not of equal width: most films sit near 0 and 1, and nearly empty bins inflate the
    error (Roelofs et al. 2022). Films of equal confidence share a bin.
    """
    labels = np.asarray(y_true)
    table = check_probabilities(probabilities, labels.size)
    labels = check_labels(labels, table.shape[1])
    if table.shape[1] == 2:
        confidence, outcome = table[:, 1], labels == 1
    else:
        confidence, outcome = table.max(axis=1), table.argmax(axis=1) == labels
    inner = np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1], method="higher")
    _, index = np.unique(np.searchsorted(inner, confidence, side="right"), return_inverse=True)
    return CalibrationBins(
        confidence, outcome.astype(np.float64), index.astype(np.int64), int(index.max()) + 1
    )


def expected_calibration_error(
    probabilities: npt.ArrayLike, y_true: npt.ArrayLike, bins: int = CALIBRATION_BINS
) -> float:
    """Mean gap between probability and frequency over bins (Naeini et al. 2015); in 0 to 1, 0 is
    best.

    Bins as `calibration_bins` makes them. A finite sample scores above zero even when it is
    perfectly calibrated, by up to `0.4 * sqrt(bins / N)`; compare models on the same films only.
    """
    grouped = calibration_bins(probabilities, y_true, bins)
    gaps = np.bincount(grouped.bin, grouped.confidence - grouped.outcome)
    return float(np.abs(gaps).sum() / grouped.bin.size)


@dataclass(frozen=True)
class ReliabilityCurve:
    """Mean probability, observed frequency and number of films of each bin, each `(bins,)`."""

    probability: Floats
    frequency: Floats
    films: Integers


def reliability_curve(
    probabilities: npt.ArrayLike, y_true: npt.ArrayLike, bins: int = CALIBRATION_BINS
) -> ReliabilityCurve:
    """The points of a reliability diagram, in rising order; bins as `calibration_bins` makes
    them."""
    grouped = calibration_bins(probabilities, y_true, bins)
    films = np.bincount(grouped.bin)
    return ReliabilityCurve(
        probability=np.bincount(grouped.bin, grouped.confidence) / films,
        frequency=np.bincount(grouped.bin, grouped.outcome) / films,
        films=films.astype(np.int64),
    )
