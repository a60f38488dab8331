"""Do probabilities mean what they say? Scale and offset of logits, and how far off probabilities
are."""

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

SCALE_BOUNDS = (0.05, 5.0)
OFFSET_BOUND = 10.0
# What is expected before any film is seen: standard deviations of log scale and offset around none.
LOG_SCALE_SPREAD = 0.5
OFFSET_SPREAD = 1.5
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Calibration:
    """What turns logits into probabilities: `softmax(scale * logits + offset)`.

    `scale` and `offset` have one number for each of C classes; scales are positive, offsets sum to
    zero. With two classes both scales are one number, so the log odds go through a rising straight
    line, and films keep their order.
    """

    scale: tuple[float, ...]
    offset: tuple[float, ...]

    @classmethod
    def none(cls, classes: int) -> Calibration:
        """The one that leaves logits as they are."""
        return cls((1.0,) * classes, (0.0,) * classes)

    @property
    def at_bound(self) -> bool:
        """Whether a number lies at the end of the range in which it was looked for."""
        low, high = SCALE_BOUNDS
        return (
            min(self.scale) < low * 1.001
            or max(self.scale) > high / 1.001
            or max(map(abs, self.offset)) > OFFSET_BOUND / 1.001
        )

    def apply(self, logits: npt.ArrayLike) -> Floats:
        """`scale * logits + offset`, float64 `(N, C)`."""
        calibrated: Floats = np.multiply(logits, self.scale) + self.offset
        return calibrated

    def after(self, earlier: Calibration) -> Calibration:
        """The one that does in one step what `earlier` and then this one do."""
        offset = np.asarray(self.scale) * earlier.offset + self.offset
        return Calibration(
            tuple(np.multiply(self.scale, earlier.scale).tolist()),
            tuple((offset - offset.mean()).tolist()),
        )

    def __format__(self, numbers: str) -> str:
        """In words, each number written by the format `numbers`: `f"{calibration:.3f}"`."""
        scales, offsets = (
            " / ".join(format(number, numbers) for number in values)
            for values in (dict.fromkeys(self.scale), self.offset)
        )
        return f"scale {scales}, offset {offsets}"


def softmax(logits: npt.ArrayLike, calibration: Calibration | None = None) -> Floats:
    """Probabilities `(N, C)`, float64, of logits `(N, C)`, calibrated if that is given."""
    scores = check_scores(logits)
    if calibration is not None:
        scores = calibration.apply(scores)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: Floats = odds / odds.sum(axis=1, keepdims=True)
    return probabilities


def fit_calibration(
    logits: npt.ArrayLike, y_true: npt.ArrayLike, *, offsets_alone: bool = False
) -> Calibration:
    """The calibration under which the true classes are likeliest, held back on few films.

    `logits` is float `(N, C)`, `y_true` integer `(N,)`. With two classes this is Platt's (1999)
    straight line through the log odds, with more the vector scaling of Guo et al. (2017, section
    4.2). A scale alone, their temperature, cannot mend what class weights of a loss do, which is to
    shift all log odds.

    The likelihood is taken together with what is expected beforehand, that nothing is wrong: log
    scales are normal around 0 with `LOG_SCALE_SPREAD`, offsets with `OFFSET_SPREAD`. A dozen films
    that are all on the right side, whose likelihood grows without end with the scale, so move it
    little; hundreds are hardly held back. Scales lie in `SCALE_BOUNDS`, offsets within
    `OFFSET_BOUND` of 0. With `offsets_alone` all scales are 1.

    Raises `DatasetError` for arrays that do not fit.
    """
    # Imported here, because `predict` needs this module's softmax and starts without scipy.
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    labels = np.asarray(y_true)
    scores = check_scores(logits, labels.shape[0] if labels.ndim else None)
    classes = scores.shape[1]
    labels = check_labels(labels, classes)
    member = np.eye(classes)[labels]
    scales = 1 if classes == 2 else classes

    def calibration_of(numbers: Floats) -> Calibration:
        scale = np.broadcast_to(np.exp(numbers[:scales]), classes)
        offset = numbers[scales:] - numbers[scales:].mean()
        return Calibration(tuple(scale.tolist()), tuple(offset.tolist()))

    def loss(numbers: Floats) -> tuple[float, Floats]:
        """What is minimised, with its slope."""
        log_scale, offset = numbers[:scales], numbers[scales:]
        log_probabilities = log_softmax(np.exp(log_scale) * scores + offset, axis=1)
        excess = np.exp(log_probabilities) - member
        by_scale = (excess * scores).sum(axis=0)
        if scales == 1:
            by_scale = by_scale.sum(keepdims=True)
        value = -(log_probabilities * member).sum()
        value += (log_scale**2).sum() / (2 * LOG_SCALE_SPREAD**2)
        value += (offset**2).sum() / (2 * OFFSET_SPREAD**2)
        return float(value), np.concatenate(
            [
                np.exp(log_scale) * by_scale + log_scale / LOG_SCALE_SPREAD**2,
                excess.sum(axis=0) + offset / OFFSET_SPREAD**2,
            ]
        )

    low, high = np.log(SCALE_BOUNDS)
    found = minimize(
        loss,
        np.zeros(scales + classes),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 0.0) if offsets_alone else (low, high)] * scales
        + [(-OFFSET_BOUND, OFFSET_BOUND)] * classes,
        options={"ftol": 1e-12, "gtol": 1e-8, "maxiter": 1000},
    )
    return calibration_of(found.x)


# The name of the function that fitted a temperature alone; scripts import it.
fit_temperature = fit_calibration


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
