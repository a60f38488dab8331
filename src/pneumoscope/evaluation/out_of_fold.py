"""What folds tell of a recipe: how its models judge films that were held out, fold by fold.

Settings are fitted twice. `own` are those of each fold's model, fitted on its validation films as
in any run: what would be shipped. `crossed` are fitted on the held-out films of the other folds, so
that no film that is judged plays a part either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from pneumoscope.evaluation.evaluation import Evaluation, read_evaluation
from pneumoscope.metrics.calibration import Calibration, fit_calibration, softmax
from pneumoscope.metrics.calibration_line import calibration_offset
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.classification import score_metrics
from pneumoscope.metrics.intervals import Number
from pneumoscope.metrics.operating_points import decide, fit_balanced
from pneumoscope.metrics.records import Record

FEWEST_OF_GROUP = 20
"""Films of a class below which a group is not looked at by itself."""
_UNLIKE = 0.5


@dataclass(frozen=True)
class ScoredLabels:
    """Logits `(N, C)`, class indices `(N,)`, and for each film its patient and path."""

    logits: Floats
    y_true: Integers
    patients: tuple[str, ...]
    paths: tuple[str, ...]

    @classmethod
    def of(cls, evaluation: Evaluation) -> ScoredLabels:
        """Those of an evaluation, films that the model has seen among them."""
        films = (*evaluation.films, *evaluation.seen_films)
        names = evaluation.class_names
        return cls(
            np.array([film.logits for film in films], dtype=np.float64),
            np.array([names.index(film.label) for film in films], dtype=np.int64),
            tuple(film.patient_id for film in films),
            tuple(film.path for film in films),
        )


@dataclass(frozen=True)
class Fold:
    """A fold's validation films, by which its settings were chosen, and those it held out."""

    val: ScoredLabels
    held_out: ScoredLabels

    @classmethod
    def read(cls, val: Path, test: Path) -> Fold:
        """From the folders of two evaluations. Raises as `read_evaluation`."""
        return cls(*(ScoredLabels.of(read_evaluation(folder)) for folder in (val, test)))


@dataclass(frozen=True)
class OutOfFold:
    """What models of `folds` folds, from `seeds` seeds each, said of films held out from them."""

    films: ScoredLabels
    folds: int
    seeds: int = 1

    @classmethod
    def of(cls, runs: Sequence[Sequence[Fold]]) -> OutOfFold:
        """Those of the folds of each seed."""
        held_out = [fold.held_out for folds in runs for fold in folds]
        return cls(
            ScoredLabels(
                np.concatenate([some.logits for some in held_out]),
                np.concatenate([some.y_true for some in held_out]),
                tuple(patient for some in held_out for patient in some.patients),
                tuple(path for some in held_out for path in some.paths),
            ),
            len(runs[0]),
            len(runs),
        )


class FoldFigures(Record):
    """Figures of the films that one fold held out, or of one group of films.

    `films` counts classes. `sensitivity` and `specificity` are those of the fold's own operating
    point `balanced`, `crossed_sensitivity` and `crossed_specificity` those of thresholds from the
    other folds. `offset` and `crossed_offset` are how many log odds must be added to the
    probabilities of a finding until their mean is the share of films that have one: 0 is
    calibrated, below 0 the model warns too often. What cannot be told is `nan`.
    """

    name: str
    films: tuple[int, ...]
    roc_auc: Number
    log_loss: Number
    sensitivity: Number
    specificity: Number
    offset: Number
    crossed_sensitivity: Number
    crossed_specificity: Number
    crossed_offset: Number


@dataclass(frozen=True)
class _Judged:
    """All held-out films, one after the other, with both kinds of answers."""

    y_true: Integers
    fold: Integers
    own: Floats
    own_calls: Integers
    crossed: Floats
    crossed_calls: Integers

    def figures(self, name: str, chosen: npt.NDArray[np.bool_]) -> FoldFigures:
        """The figures of some of the films."""
        labels = self.y_true[chosen]
        classes = self.own.shape[1]
        is_ill = labels > 0
        names = [str(index) for index in range(classes)]
        weights = np.ones((1, labels.size))
        scores = score_metrics(labels, self.own[chosen], names, weights)
        found = {
            kind: (calls[chosen] > 0, table[chosen])
            for kind, calls, table in (
                ("", self.own_calls, self.own),
                ("crossed_", self.crossed_calls, self.crossed),
            )
        }
        values = {}
        for kind, (called_ill, table) in found.items():
            values[f"{kind}sensitivity"] = _share(called_ill[is_ill])
            values[f"{kind}specificity"] = _share(~called_ill[~is_ill])
            values[f"{kind}offset"] = log_odds_offset(1 - table[:, 0], is_ill)
        return FoldFigures(
            name=name,
            films=tuple(np.bincount(labels, minlength=classes).tolist()),
            roc_auc=float(scores["roc_auc"][0]) if 0 < is_ill.sum() < is_ill.size else math.nan,
            log_loss=float(scores["log_loss"][0]),
            **values,
        )


def _judged(folds: Sequence[Fold]) -> _Judged:
    """Let each fold's films be judged by settings of its own, and by those of the other folds."""
    own: list[Floats] = []
    crossed: list[Floats] = []
    own_calls: list[Integers] = []
    crossed_calls: list[Integers] = []
    for number, fold in enumerate(folds):
        others = [other.held_out for place, other in enumerate(folds) if place != number]
        for fitted_on, tables, calls in (
            ([fold.val], own, own_calls),
            (others, crossed, crossed_calls),
        ):
            calibration, thresholds = _fit(fitted_on)
            tables.append(softmax(fold.held_out.logits, calibration))
            calls.append(decide(tables[-1], thresholds))
    return _Judged(
        np.concatenate([fold.held_out.y_true for fold in folds]),
        np.repeat(np.arange(len(folds)), [fold.held_out.y_true.size for fold in folds]),
        np.concatenate(own),
        np.concatenate(own_calls),
        np.concatenate(crossed),
        np.concatenate(crossed_calls),
    )


def _fit(films: Sequence[ScoredLabels]) -> tuple[Calibration, Floats]:
    """Calibration and the thresholds of `balanced` for some films."""
    logits = np.concatenate([some.logits for some in films])
    y_true = np.concatenate([some.y_true for some in films])
    calibration = fit_calibration(logits, y_true)
    return calibration, fit_balanced(softmax(logits, calibration), y_true)


def judge_folds(
    folds: Sequence[Fold], attributes: Mapping[str, Mapping[str, str | None]]
) -> tuple[list[FoldFigures], FoldFigures, dict[str, tuple[FoldFigures, ...]]]:
    """The figures of each fold, of all held-out films together, and of each value of some
    attributes, given for each film by its path; values of fewer than 20 films of every class are
    left out.

    ROC-AUC of all together is of probabilities that each fold's own model calibrated. A film that
    several folds held out counts in each.
    """
    judged = _judged(folds)
    rows = [judged.figures(str(n + 1), judged.fold == n) for n in range(len(folds))]
    everything = judged.figures("all", np.ones(judged.y_true.size, dtype=bool))
    paths = [path for fold in folds for path in fold.held_out.paths]
    found = {}
    for name, value_of in attributes.items():
        values = np.array([value_of.get(path) or "" for path in paths])
        chosen = {value: values == value for value in sorted({*values.tolist()} - {""})}
        found[name] = tuple(
            judged.figures(value, films)
            for value, films in chosen.items()
            if np.bincount(judged.y_true[films]).max() >= FEWEST_OF_GROUP
        )
    return rows, everything, found


def log_odds_offset(probability: npt.ArrayLike, is_ill: npt.ArrayLike) -> float:
    """What must be added to the log odds of probabilities `(N,)` of a finding, so that they sum to
    the number of films `(N,)` that have one; `nan` where all films have one, or none."""
    ill = np.asarray(is_ill, dtype=np.int64)
    return float(calibration_offset(ill, _log_odds(probability), np.ones((1, ill.size)))[0])


def _log_odds(probability: npt.ArrayLike) -> Floats:
    odds: Floats = logit(np.clip(np.asarray(probability, dtype=np.float64), 1e-9, 1 - 1e-9))
    return odds


def _share(right: npt.NDArray[np.bool_]) -> float:
    return float(right.mean()) if right.size else math.nan


def unlike_folds(val: ScoredLabels, calibration: Calibration) -> tuple[str, ...]:
    """A sentence where a network answers otherwise than the models of the folds that a calibration
    comes from did: on its validation films it is off by half a log odds or more, and by more than
    chance."""
    probability = 1 - softmax(val.logits, calibration)[:, 0]
    offset = log_odds_offset(probability, val.y_true > 0)
    fitting = expit(_log_odds(probability) + offset)
    error = 1 / math.sqrt(max(float((fitting * (1 - fitting)).sum()), 1e-9))
    if math.isnan(offset) or abs(offset) < max(_UNLIKE, 2 * error):
        return ()
    return (
        "Calibration and thresholds come from the validation films alone: this network answers "
        f"otherwise than those of the folds, whose settings would be off by {-offset:+.2f} log "
        "odds there. Longer training makes them more alike.",
    )
