"""Shortcut probes: what can the model still tell when parts of the film are gone?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from pneumoscope.heatmap_checks.covered_films import (
    CORNERS_COVERED,
    COVERS,
    LUNGS_ONLY,
    WHOLE_FILM,
    WITHOUT_LUNGS,
)
from pneumoscope.heatmap_checks.measure import Bench, Measure
from pneumoscope.heatmap_checks.measure_table import MeasureTable, figure, share
from pneumoscope.metrics import weighted
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.classification import decision_metrics, score_metrics
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.intervals import Interval
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.wording import count_films

# From this ROC-AUC on, Hosmer & Lemeshow (2000) call discrimination acceptable.
TELLS_APART = 0.7
# Smaller differences of a ROC-AUC are within what a few hundred films leave to chance.
SLIGHT_CHANGE = 0.01


class ProbedFilms(Record):
    """The model on films of which something is covered.

    `accuracy` is that at the operating point `balanced`, `roc_auc` the macro average over classes;
    `called` the share of films called each class.
    """

    name: str
    description: str
    accuracy: Figure
    roc_auc: Figure
    called: dict[str, float]


class Probes(Measure):
    """The same films, whole (the first probe, `whole film`) and with parts covered.

    `lung_area_roc_auc` is how well the mere area of the lung fields tells the classes apart, which
    no covering hides. It is turned so that it is at least 0.5, whichever class has larger fields,
    and `None` for more than two classes.
    """

    name = "probes"
    title = "Shortcuts"
    question = "What can the model still tell when parts of the films are covered?"
    needs = "a folder of lung masks"

    films: int
    conditions: tuple[ProbedFilms, ...]
    lung_area_roc_auc: Figure | None

    @classmethod
    def take(cls, bench: Bench) -> Self | None:
        """Measure what the model still tells of the same films with each of `COVERS`.

        Raises `DatasetError` where masks were given and no film has a lung field.
        """
        if bench.films.lungs is None:
            return None
        chosen, lungs = bench.films.with_lungs()
        answers: dict[str, list[Floats]] = {cover.name: [] for cover in COVERS}
        for rows in chosen.batches(bench.batch_size, bench.progress):
            for cover in COVERS:
                pairs = zip(chosen.images[rows], lungs[rows], strict=True)
                covered = np.stack([cover.apply(image, field) for image, field in pairs])
                answers[cover.name].append(bench.probabilities(covered))
        names = bench.manifest.class_names
        y_score = {name: np.concatenate(batches) for name, batches in answers.items()}
        y_pred = {name: bench.call(table) for name, table in y_score.items()}

        # One function of weights for all probes, so that they share each replicate.
        def statistic(weights: Floats) -> Figures[tuple[str, str]]:
            figures = Figures[tuple[str, str]]()
            for name, table in y_score.items():
                scores = score_metrics(chosen.y_true, table, names, weights)
                matrices = weighted.confusion(chosen.y_true, y_pred[name], len(names), weights)
                figures.take(scores, "roc_auc", (name, "roc_auc"))
                figures.take(decision_metrics(matrices, names), "accuracy", (name, "accuracy"))
            return figures

        intervals = bench.intervals(statistic, chosen.patients)
        lung_area = None
        if len(names) == 2:
            area = _turned(lungs.mean(axis=(1, 2)), chosen.y_true)
            lung_area = bench.intervals(
                lambda weights: {"roc_auc": weighted.roc_auc(chosen.y_true, area, weights)},
                chosen.patients,
            )["roc_auc"]
        conditions = [
            ProbedFilms(
                name=cover.name,
                description=cover.description,
                accuracy=intervals[cover.name, "accuracy"],
                roc_auc=intervals[cover.name, "roc_auc"],
                called={
                    name: float((y_pred[cover.name] == index).mean())
                    for index, name in enumerate(names)
                },
            )
            for cover in COVERS
        ]
        return cls(films=len(chosen), conditions=tuple(conditions), lung_area_roc_auc=lung_area)

    def verdict(self) -> str:
        areas = {condition.name: condition.roc_auc for condition in self.conditions}
        whole = areas[WHOLE_FILM]
        if math.isnan(whole.value):
            return "This could not be told: all films with a lung field are of one class."
        return " ".join(
            [
                _told_without_lungs(areas[WITHOUT_LUNGS]),
                *([_told_by_shapes(self.lung_area_roc_auc)] if self.lung_area_roc_auc else []),
                f"With nothing but the lungs it reaches {areas[LUNGS_ONLY]}, with the whole film "
                f"{whole}.",
                _told_by_corners(areas[CORNERS_COVERED], whole),
            ]
        )

    def table(self) -> MeasureTable:
        return MeasureTable(
            f"The same {count_films(self.films)} every time, with 95 % intervals; calls at the "
            "operating point balanced",
            [
                {
                    "Films": probe.name,
                    "ROC-AUC": figure(probe.roc_auc),
                    "Accuracy": figure(probe.accuracy),
                    **{f"Called\n{name}": share(part) for name, part in probe.called.items()},
                    "What is covered": probe.description,
                }
                for probe in self.conditions
            ],
            pages_only=("What is covered",),
        )

    def card_figures(self, normal_class: str | None) -> dict[str, Any]:
        return {
            probe.name: {"roc_auc": probe.roc_auc, "accuracy": probe.accuracy}
            for probe in self.conditions
        }

    @staticmethod
    def card_sentences(figures: Mapping[str, Any]) -> Iterator[str]:
        for title, name in (("ROC-AUC", "roc_auc"), ("Accuracy", "accuracy")):
            found = [f"{films} {probed[name]}" for films, probed in figures.items()]
            yield f"{title}: {'; '.join(found)}."


def _turned(values: Floats, y_true: Integers) -> Floats:
    """`values` `(N,)`, negated where class 1 has the lower ones: their ROC-AUC is 0.5 or more."""
    area = weighted.roc_auc(y_true, values, np.ones((1, values.size)))[0]
    return -values if area < 0.5 else values


def _told_without_lungs(left: Interval) -> str:
    if left.value >= TELLS_APART:
        return (
            f"Without the lungs the model still tells the classes apart with a ROC-AUC of {left}: "
            "part of what it uses is not lung."
        )
    if left.low > 0.5:
        return f"Without the lungs little is left for the model to tell: a ROC-AUC of {left}."
    return f"Without the lungs the model cannot be shown to tell anything: a ROC-AUC of {left}."


def _told_by_shapes(area: Interval) -> str:
    if area.low > 0.5:
        return f"The black shapes themselves tell something: their area alone reaches {area}."
    return (
        f"The area of the black shapes alone cannot be shown to tell anything: it reaches {area}."
    )


def _told_by_corners(covered: Interval, whole: Interval) -> str:
    change = covered.value - whole.value
    if covered.low <= whole.value <= covered.high and abs(change) >= SLIGHT_CHANGE:
        return (
            "Whether covering the corners, where markers are, matters cannot be told from so few "
            f"films: {covered}."
        )
    if abs(change) < SLIGHT_CHANGE:
        return f"Covering the corners, where markers are, hardly matters: {covered}."
    if change < 0:
        return f"Covering the corners, where markers are, costs something: {covered} is left."
    return f"Covering the corners, where markers are, even helps: {covered}."
