"""How good is a model file on labelled films?

The films go through the same `Predictor` as in use, so what is judged is what ships. Every figure
has a confidence interval that comes from drawing patients, not films.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.table import FilmRecord, FilmTable, Labels
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.evaluation import (
    Bootstrap,
    EvaluatedFilms,
    EvaluatedModel,
    Evaluation,
    OperatingPointEvaluation,
    ScoredFilm,
)
from pneumoscope.imaging.film import UnreadableFilm, none_readable
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics import weighted
from pneumoscope.metrics.calibration_by_chance import calibration_error_by_chance
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.classification import decision_metrics, score_metrics
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.intervals import Interval, bootstrap_intervals
from pneumoscope.metrics.operating_points import decide
from pneumoscope.metrics.prevalence import weights_at
from pneumoscope.modelfile.manifest import ModelManifest

FigureName = tuple[str | None, str]
"""The operating point, `None` for figures that need none, and the metric."""
Statistic = Callable[[Floats], Figures[FigureName]]
"""All figures, `(B,)` each, as a function of weights `(B, N)`."""

_OF_TRUE_CLASSES = ("sensitivity", "recall[", "macro_recall", "balanced_accuracy")


def evaluate(
    model: Predictor | str | Path,
    data: FilmTable | str | Path,
    *,
    split: str | None = None,
    labels: Labels = "folder",
    operating_points: Sequence[str] | None = None,
    prevalence: float | None = None,
    replicates: int = 1000,
    seed: int = 0,
    batch_size: int = 16,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Measure a model on labelled films.

    `model` is a predictor, the path of a model file or the name of a packaged one; `data` a table,
    or anything that `find_films` reads (there `labels` says where classes come from). `split`
    keeps the films of one split. `operating_points` are names that the model knows, all of them by
    default. `replicates` and `seed` are the bootstrap's; `progress` is told films done and films in
    all. `prevalence` is a share of films with a finding, in (0, 1): the model's probabilities and
    thresholds are moved to it, and so are all figures, to which these films count by weights then.
    Classes of the data are matched to those of the model without regard to case.

    Films that cannot be read are set aside in `unreadable`. Raises `DatasetError` for an empty
    split, for classes that the model does not have and when no film can be read, `PneumoscopeError`
    for unknown operating points, and what `Predictor.load`, `Predictor.at_prevalence` and
    `find_films` raise.
    """
    predictor = model if isinstance(model, Predictor) else Predictor.load(model)
    if prevalence is not None:
        predictor = predictor.at_prevalence(prevalence)
    manifest = predictor.manifest
    points = {
        name: manifest.thresholds(name) for name in operating_points or manifest.operating_points
    }
    chosen = find_labelled_films(data, split=split, labels=labels)
    table = chosen.with_classes(manifest.class_names)

    scores = _score(predictor, table, batch_size, progress)
    y_true = replace(table, films=tuple(scores.records)).y_true
    y_score = np.array(scores.probabilities)
    y_pred = {name: decide(y_score, thresholds) for name, thresholds in points.items()}
    statistic = _statistic(y_true, y_score, y_pred, manifest.class_names)
    if prevalence is not None:
        statistic = _at_prevalence(statistic, y_true, manifest)
    intervals = bootstrap_intervals(
        statistic,
        [record.patient_id for record in scores.records],
        rng=np.random.default_rng(seed),
        replicates=replicates,
    )
    # A resample is always worse calibrated than its sample: an interval could leave out the value.
    error = intervals[None, "calibration_error"]
    intervals[None, "calibration_error"] = replace(error, low=math.nan, high=math.nan)
    intervals[None, "calibration_error_by_chance"] = calibration_error_by_chance(
        y_score, y_true, rng=np.random.default_rng(seed), replicates=replicates
    )
    films = tuple(
        ScoredFilm(
            path=record.path,
            label=record.label,
            patient_id=record.patient_id,
            split=record.split,
            probabilities=dict(zip(manifest.class_names, scores.probabilities[row], strict=True)),
            logits=scores.logits[row],
            decisions={name: manifest.class_names[called[row]] for name, called in y_pred.items()},
        )
        for row, record in enumerate(scores.records)
    )
    return Evaluation(
        model=EvaluatedModel(
            name=manifest.name,
            graph_sha256=manifest.graph_sha256,
            normal_class=manifest.normal_class,
            prevalence=manifest.prevalence,
            warnings=manifest.warnings,
        ),
        data=EvaluatedFilms(
            source=str(table.root if isinstance(data, FilmTable) else data),
            digest=chosen.digest,
            split=split,
            patients=len({film.patient_id for film in films}),
            films={name: int((y_true == i).sum()) for i, name in enumerate(manifest.class_names)},
            unreadable=tuple(scores.unreadable),
        ),
        class_names=manifest.class_names,
        bootstrap=Bootstrap(replicates=replicates, seed=seed),
        findings_share=prevalence,
        metrics=_at(None, intervals),
        operating_points={
            name: OperatingPointEvaluation(
                thresholds=manifest.operating_points[name],
                confusion=_confusion(y_true, called, len(manifest.class_names)),
                metrics=_at(name, intervals),
            )
            for name, called in y_pred.items()
        },
        films=films,
    )


@dataclass(frozen=True)
class _Scores:
    """The model's answers, row by row with the readable films in `records`."""

    records: list[FilmRecord] = field(default_factory=list)
    logits: list[tuple[float, ...]] = field(default_factory=list)
    probabilities: list[list[float]] = field(default_factory=list)
    unreadable: list[UnreadableFilm] = field(default_factory=list)


def _score(
    predictor: Predictor,
    table: FilmTable,
    batch_size: int,
    progress: Callable[[int, int], None] | None,
) -> _Scores:
    scores = _Scores()
    answers = predictor.predict_many(table.paths(), batch_size=batch_size)
    for done, (record, answer) in enumerate(zip(table.films, answers, strict=True), start=1):
        if isinstance(answer, UnreadableFilm):
            scores.unreadable.append(UnreadableFilm(record.path, answer.reason))
        else:
            # Numbers only: the maps of thousands of films would fill the memory.
            scores.records.append(record)
            scores.logits.append(answer.logits)
            scores.probabilities.append([answer.probabilities[name] for name in answer.class_names])
        if progress:
            progress(done, len(table))
    if not scores.records:
        raise none_readable(scores.unreadable)
    return scores


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
            else weighed / heavier.max(axis=1)
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
