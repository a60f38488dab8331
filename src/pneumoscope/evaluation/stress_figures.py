"""What stresses do to a model's answers, as figures: pure functions of arrays, and their record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pneumoscope.evaluation.evaluation import Bootstrap
from pneumoscope.evaluation.stresses import Stress
from pneumoscope.metrics import weighted
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.classification import score_metrics
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.intervals import Interval, Number, bootstrap_intervals
from pneumoscope.metrics.operating_points import decide
from pneumoscope.metrics.paired import delong_test
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.modelfile.manifest import ModelManifest

FigureName = tuple[Stress | None, str, str]
"""The stress, `None` for the unchanged films, what is measured, and at which operating point."""


class Flips(Record):
    """Films that are called otherwise at one operating point once they are changed.

    `share` is of all films. Those that were called healthy and are not any more are `to_ill`, the
    other way round `to_healthy`; both are `None` for models without a healthy class.
    """

    films: int
    share: Figure
    to_ill: int | None
    to_healthy: int | None


class StressedFilms(Record):
    """All films under one stress.

    `roc_auc_difference` is that to the unchanged films, with the p-value of DeLong's test.
    `probability_change` is the mean change of the probability of a finding, and `probability_moves`
    the mean of its size, up or down; see `finding_probability`. `flips` are by operating point.
    """

    name: str
    harmless: bool
    roc_auc: Figure
    roc_auc_difference: Figure
    p_value: Number
    probability_change: Figure
    probability_moves: Figure
    flips: dict[str, Flips]


def stress_figures(
    manifest: ModelManifest,
    operating_points: Sequence[str],
    y_true: Integers,
    patients: Sequence[str],
    before: Floats,
    after: Mapping[Stress, Floats],
    bootstrap: Bootstrap,
) -> tuple[Interval, tuple[StressedFilms, ...]]:
    """The ROC-AUC of the unchanged films, and the figures of each stress.

    `y_true` is integer `(N,)`, `patients` `(N,)`; `before` and the tables of `after` are
    probabilities `(N, C)` of the unchanged films and under each stress. All intervals share their
    replicates, which are drawn by patient; those of differences are DeLong's.
    """
    unchanged = finding_probability(manifest, y_true, before)
    moves = {
        stress: finding_probability(manifest, y_true, table) - unchanged
        for stress, table in after.items()
    }
    calls = {point: decide(before, manifest.thresholds(point)) for point in operating_points}
    called = {
        (stress, point): decide(table, manifest.thresholds(point))
        for stress, table in after.items()
        for point in operating_points
    }
    tables: list[tuple[Stress | None, Floats]] = [(None, before), *after.items()]

    def statistic(weights: Floats) -> Figures[FigureName]:
        figures = Figures[FigureName]()
        for stress, table in tables:
            scores = score_metrics(y_true, table, manifest.class_names, weights)
            figures.take(scores, "roc_auc", (stress, "roc_auc", ""))
        for stress, change in moves.items():
            figures[stress, "change", ""] = weighted.mean(change, weights)
            figures[stress, "moves", ""] = weighted.mean(np.abs(change), weights)
        for (stress, point), own in called.items():
            flipped = (own != calls[point]).astype(np.float64)
            figures[stress, "flips", point] = weighted.mean(flipped, weights)
            figures.shares[stress, "flips", point] = weights.sum(axis=1)
        return figures

    found = bootstrap_intervals(
        statistic,
        patients,
        rng=np.random.default_rng(bootstrap.seed),
        replicates=bootstrap.replicates,
    )
    stressed = []
    for stress, table in after.items():
        test = delong_test(y_true, table, before, patients=patients)
        stressed.append(
            StressedFilms(
                name=stress.name,
                harmless=stress.harmless,
                roc_auc=found[stress, "roc_auc", ""],
                roc_auc_difference=test.difference,
                p_value=test.p_value,
                probability_change=found[stress, "change", ""],
                probability_moves=found[stress, "moves", ""],
                flips={
                    point: _flips(
                        manifest,
                        calls[point],
                        called[stress, point],
                        found[stress, "flips", point],
                    )
                    for point in operating_points
                },
            )
        )
    return found[None, "roc_auc", ""], tuple(stressed)


def finding_probability(manifest: ModelManifest, y_true: Integers, probabilities: Floats) -> Floats:
    """The probability of a finding `(N,)` among probabilities `(N, C)`: of all classes but the
    healthy one. Of two classes without a healthy one it is that of the second; of more, that of the
    film's own class."""
    if manifest.normal_class is not None or len(manifest.class_names) == 2:
        return probabilities[:, 1:].sum(axis=1)
    return probabilities[np.arange(y_true.size), y_true]


def _flips(manifest: ModelManifest, before: Integers, after: Integers, share: Interval) -> Flips:
    """The healthy class, where there is one, is the first."""
    known = manifest.normal_class is not None
    return Flips(
        films=int((before != after).sum()),
        share=share,
        to_ill=int(((before == 0) & (after != 0)).sum()) if known else None,
        to_healthy=int(((before != 0) & (after == 0)).sum()) if known else None,
    )
