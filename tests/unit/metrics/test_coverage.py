"""Do 95 % intervals hold the truth in 95 % of repeated studies? Simulations with a known truth.

A study has patients with one to four films each. A model scores a film for every class; its scores
have variance one, rise by the model's separation for the film's own class, and are partly shared
among the films of a patient and partly among the models. The area under each ROC curve is then
known (Green & Swets 1966), and so is the accuracy of a cut halfway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import ndtr

from pneumoscope.metrics import weighted
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.intervals import Interval, bootstrap_intervals
from pneumoscope.metrics.paired import delong_test, mcnemar_test

pytestmark = pytest.mark.slow

PATIENTS = 150
SHARED_BY_PATIENT, SHARED_BY_MODELS = 0.5, 0.3
BETTER, WORSE = 1.8, 1.3

# With 1000 studies, a rate of 0.95 is measured to within 0.02 in all but 4 of 1000 simulations.
STUDIES = 1000
MARGIN = 0.02


@dataclass(frozen=True)
class Study:
    """Classes `(N,)` and patients `(N,)` of the films, and scores `(M, N, C)` of M models."""

    labels: npt.NDArray[np.int64]
    scores: Floats
    patients: Sequence[str]


def true_area(separation: float) -> float:
    return float(ndtr(separation / np.sqrt(2)))


def true_accuracy(separation: float) -> float:
    return float(ndtr(separation / 2))


def draw_study(
    rng: np.random.Generator, separations: Sequence[float], classes: int = 2, mixed: bool = False
) -> Study:
    """Patients have films of one class, or `mixed` of any."""
    patient = np.repeat(np.arange(PATIENTS), rng.integers(1, 5, PATIENTS))
    labels = rng.integers(0, classes, patient.size if mixed else PATIENTS)
    labels = labels if mixed else labels[patient]
    models = len(separations)
    scores = (
        np.sqrt(SHARED_BY_PATIENT) * rng.normal(size=(models, PATIENTS, classes))[:, patient]
        + np.sqrt(SHARED_BY_MODELS) * rng.normal(size=(patient.size, classes))
        + np.sqrt(1 - SHARED_BY_PATIENT - SHARED_BY_MODELS)
        * rng.normal(size=(models, patient.size, classes))
    )
    scores += np.asarray(separations)[:, None, None] * np.eye(classes)[labels]
    return Study(labels, scores, [str(number) for number in patient])


def holds(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


@pytest.mark.parametrize(
    ("classes", "mixed"),
    [(2, False), (2, True), (3, False), (3, True)],
    ids=["two classes", "two classes, mixed patients", "three classes", "three classes, mixed"],
)
def test_delong_intervals_of_a_difference(classes: int, mixed: bool) -> None:
    rng = np.random.default_rng([10, classes, mixed])
    truth = true_area(BETTER) - true_area(WORSE)
    covered = 0
    for _ in range(STUDIES):
        study = draw_study(rng, (BETTER, WORSE), classes, mixed)
        test = delong_test(study.labels, *study.scores, patients=study.patients)
        covered += holds(test.difference, truth)
    assert covered / STUDIES == pytest.approx(0.95, abs=MARGIN)


def test_delong_calls_equal_models_different_at_the_nominal_rate() -> None:
    rng = np.random.default_rng(11)
    called = {"by patient": 0, "by film": 0}
    for _ in range(STUDIES):
        study = draw_study(rng, (WORSE, WORSE))
        for name, patients in (("by patient", study.patients), ("by film", None)):
            test = delong_test(study.labels, *study.scores, patients=patients)
            called[name] += test.p_value < 0.05
    assert called["by patient"] / STUDIES == pytest.approx(0.05, abs=MARGIN)
    assert called["by film"] / STUDIES > 0.08


def test_mcnemar_intervals_and_calls() -> None:
    rng = np.random.default_rng(12)
    truth = true_accuracy(BETTER) - true_accuracy(WORSE)
    covered = called = 0
    for _ in range(STUDIES):
        study = draw_study(rng, (BETTER, WORSE, WORSE))
        right = [
            (scores[:, 1] > separation / 2) == (study.labels == 1)
            for scores, separation in zip(study.scores, (BETTER, WORSE, WORSE), strict=True)
        ]
        covered += holds(mcnemar_test(*right[:2], patients=study.patients).difference, truth)
        called += mcnemar_test(*right[1:], patients=study.patients).p_value < 0.05
    assert covered / STUDIES == pytest.approx(0.95, abs=MARGIN)
    # An exact test of a count calls no more often than that, and mostly less.
    assert 0.02 < called / STUDIES < 0.05 + MARGIN


def test_bootstrap_intervals_of_area_and_accuracy() -> None:
    rng = np.random.default_rng(13)
    covered = {"area": 0, "accuracy": 0}
    studies = 600
    for _ in range(studies):
        study = draw_study(rng, (WORSE,))
        labels, scores = study.labels, study.scores[0, :, 1]
        right = ((scores > WORSE / 2) == (labels == 1)).astype(float)

        def statistic(
            weights: Floats,
            labels: npt.NDArray[np.int64] = labels,
            scores: Floats = scores,
            right: Floats = right,
        ) -> dict[str, Floats]:
            return {
                "area": weighted.roc_auc(labels, scores, weights),
                "accuracy": weighted.mean(right, weights),
            }

        intervals = bootstrap_intervals(statistic, study.patients, rng=rng, replicates=400)
        covered["area"] += holds(intervals["area"], true_area(WORSE))
        covered["accuracy"] += holds(intervals["accuracy"], true_accuracy(WORSE))
    for figure, count in covered.items():
        assert count / studies == pytest.approx(0.95, abs=0.025), figure
