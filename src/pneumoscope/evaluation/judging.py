"""Figures of films that a model has scored: of those that it never saw, where there are enough."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from pneumoscope.data.patients import PatientSummary
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.evaluation import (
    Bootstrap,
    EvaluatedFilms,
    EvaluatedModel,
    Evaluation,
    FiguresOfAll,
    OperatingPointEvaluation,
)
from pneumoscope.evaluation.exposure import Exposure, enough_without
from pneumoscope.evaluation.groups import group_table
from pneumoscope.evaluation.scoring import ScoredFilms
from pneumoscope.metrics import weighted
from pneumoscope.metrics.calibration_by_chance import calibration_error_by_chance
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.classification import decision_metrics, score_metrics
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.intervals import Interval, bootstrap_intervals
from pneumoscope.metrics.prevalence import weights_at
from pneumoscope.modelfile.calibration_words import thresholds_in_words
from pneumoscope.modelfile.manifest import SEEN, ModelManifest

FigureName = tuple[str | None, str]
"""The operating point, `None` for figures that need none, and the metric."""
Statistic = Callable[[Floats], Figures[FigureName]]
"""All figures, `(B,)` each, as a function of weights `(B, N)`."""

_OF_TRUE_CLASSES = ("sensitivity", "recall[", "macro_recall", "balanced_accuracy")


def judge(
    scored: ScoredFilms, bootstrap: Bootstrap, findings_share: float | None = None
) -> Evaluation:
    """The evaluation of scored films.

    With `findings_share`, figures are for films of which that share has a finding; the model's
    probabilities must be for it. They are of the films that the model has not seen, with figures of
    all beside them, where
    `enough_without` the others are left; else of all.
    """
    kept = [film.role not in SEEN for film in scored.films]
    if all(kept) or not enough_without([film.label for film in scored.films], kept):
        return judge_all(scored, bootstrap, findings_share)
    new = scored.select(kept)
    evaluation = judge_all(new, bootstrap, findings_share)
    everything = _figures(scored, bootstrap, findings_share)
    return evaluation.model_copy(
        update={
            "data": evaluation.data.model_copy(
                update={"exposure": Exposure.of([film.role for film in scored.films])}
            ),
            "all_films": FiguresOfAll(**everything),
            "seen_films": scored.select([not is_kept for is_kept in kept]).films,
        }
    )


def judge_all(
    scored: ScoredFilms, bootstrap: Bootstrap, findings_share: float | None = None
) -> Evaluation:
    """The evaluation of scored films, whether or not the model has seen them."""
    figures = _figures(scored, bootstrap, findings_share)
    patients = PatientSummary.of(
        [film.patient_id for film in scored.films], scored.recognised_by, scored.unused
    )
    return Evaluation(
        model=EvaluatedModel(
            name=scored.manifest.name,
            graph_sha256=scored.manifest.graph_sha256,
            normal_class=scored.manifest.normal_class,
            prevalence=scored.manifest.prevalence,
            warnings=scored.manifest.warnings,
            thresholds=thresholds_in_words(scored.manifest),
        ),
        data=EvaluatedFilms(
            source=scored.source,
            digest=scored.digest,
            split=scored.split,
            patients=figures["patients"],
            films=figures["films"],
            unreadable=scored.unreadable,
            patients_sentence=patients.sentence(),
            patients_warning=patients.warning(),
            exposure=Exposure.of([film.role for film in scored.films]),
            folder_notes=scored.notes,
        ),
        class_names=scored.manifest.class_names,
        bootstrap=bootstrap,
        findings_share=findings_share,
        metrics=figures["metrics"],
        operating_points=figures["operating_points"],
        groups=group_table(
            scored.films,
            scored.manifest.class_names,
            scored.manifest.normal_class,
            scored.operating_points,
            bootstrap,
            grouped=scored.grouped,
            calibrated=findings_share is None,
        ),
        films=scored.films,
    )


def _figures(
    scored: ScoredFilms, bootstrap: Bootstrap, findings_share: float | None
) -> dict[str, Any]:
    """The fields of `FiguresOfAll`, of all films given."""
    manifest, films = scored.manifest, scored.films
    names = manifest.class_names
    y_true = np.array([names.index(film.label) for film in films], dtype=np.int64)
    y_score = np.array([[film.probabilities[name] for name in names] for film in films])
    y_pred = {
        point: np.array([names.index(film.decisions[point]) for film in films], dtype=np.int64)
        for point in scored.operating_points
    }
    statistic = _statistic(y_true, y_score, y_pred, names)
    if findings_share is not None:
        statistic = _at_prevalence(statistic, y_true, manifest)
    intervals = bootstrap_intervals(
        statistic,
        [film.patient_id for film in films],
        rng=np.random.default_rng(bootstrap.seed),
        replicates=bootstrap.replicates,
    )
    # A resample is always worse calibrated than its sample: an interval could leave out the value.
    error = intervals[None, "calibration_error"]
    intervals[None, "calibration_error"] = replace(error, low=math.nan, high=math.nan)
    if findings_share is None:  # films that count by weights have another error by chance
        intervals[None, "calibration_error_by_chance"] = calibration_error_by_chance(
            y_score,
            y_true,
            rng=np.random.default_rng(bootstrap.seed),
            replicates=bootstrap.replicates,
        )
    return {
        "films": {name: int((y_true == i).sum()) for i, name in enumerate(names)},
        "patients": len({film.patient_id for film in films}),
        "metrics": _at(None, intervals),
        "operating_points": {
            point: OperatingPointEvaluation(
                thresholds=manifest.operating_points[point],
                confusion=_confusion(y_true, called, len(names)),
                metrics=_at(point, intervals),
            )
            for point, called in y_pred.items()
        },
    }


def _statistic(
    y_true: Integers, y_score: Floats, y_pred: Mapping[str, Integers], class_names: tuple[str, ...]
) -> Statistic:
    """All figures as one function of weights, so that they share each replicate."""

    def statistic(weights: Floats) -> Figures[FigureName]:
        figures = Figures[FigureName]()
        scores = score_metrics(y_true, y_score, class_names, weights)
        figures.add(scores, partial(_named, None))
        for point, called in y_pred.items():
            matrices = weighted.confusion(y_true, called, len(class_names), weights)
            figures.add(decision_metrics(matrices, class_names), partial(_named, point))
        return figures

    return statistic


def _at_prevalence(statistic: Statistic, y_true: Integers, manifest: ModelManifest) -> Statistic:
    """The figures when the classes have the shares that the model's probabilities are for.

    Raises `DatasetError` where a class has no film.
    """
    counts = np.bincount(y_true, minlength=len(manifest.class_names))
    absent = [name for name, films in zip(manifest.class_names, counts, strict=True) if not films]
    if absent:
        raise DatasetError(
            f"Figures cannot be moved to another prevalence: no film is {' or '.join(absent)}.",
            "Give films of every class, or leave the prevalence out.",
        )
    shares = [(manifest.prevalence or {})[name] for name in manifest.class_names]

    def moved(weights: Floats) -> Figures[FigureName]:
        heavier = weights_at(shares, y_true, weights)
        figures, films = statistic(heavier), statistic(weights)
        figures.areas = films.areas
        # What is a share of the films of a class stays one of so many. Anything else is as
        # uncertain as the films that weigh most make it.
        figures.shares = {
            (point, name): films.shares[point, name]
            if name == "specificity" or name.startswith(_OF_TRUE_CLASSES)
            else weighted.ratio(weighed, heavier.max(axis=1))
            for (point, name), weighed in figures.shares.items()
        }
        return figures

    return moved


def _named(point: str | None, name: str) -> FigureName:
    return point, name


def _at(point: str | None, intervals: Mapping[FigureName, Interval]) -> dict[str, Interval]:
    return {name: interval for (where, name), interval in intervals.items() if where == point}


def _confusion(y_true: Integers, y_pred: Integers, classes: int) -> tuple[tuple[int, ...], ...]:
    matrix = weighted.confusion(y_true, y_pred, classes, np.ones((1, y_true.size)))[0]
    return tuple(tuple(row) for row in matrix.astype(int).tolist())
