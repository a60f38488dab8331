from __future__ import annotations

import numpy as np
import pytest

from pneumoscope.metrics import weighted
from pneumoscope.metrics.calibration import Calibration, fit_calibration, softmax
from pneumoscope.metrics.classification import decision_metrics
from pneumoscope.metrics.prevalence import (
    class_shares,
    move_calibration,
    move_thresholds,
    weights_at,
    with_findings,
)
from pneumoscope.metrics.workload import workload


def test_shares_are_counted_and_findings_divide_theirs() -> None:
    shares = class_shares([0, 0, 1, 1, 1, 1, 2, 0], 3)
    assert shares == pytest.approx([3 / 8, 1 / 2, 1 / 8])
    assert with_findings(shares, 0, 0.1) == pytest.approx([0.9, 0.08, 0.02])
    assert with_findings(shares, 1, 0.1) == pytest.approx([0.075, 0.9, 0.025])


def test_moved_probabilities_are_those_of_films_drawn_anew() -> None:
    """Calibrating on a sample of another prevalence gives what moving to it gives."""
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 60_000, p=[0.6, 0.3, 0.1])
    logits = rng.normal(0, 1.5, (labels.size, 3)) + 2 * np.eye(3)[labels]
    drawn = np.concatenate(
        [rng.choice(np.flatnonzero(labels == c), 20_000, replace=True) for c in range(3)]
    )
    moved = move_calibration(fit_calibration(logits, labels), [0.6, 0.3, 0.1], [1 / 3] * 3)
    fitted = fit_calibration(logits[drawn], labels[drawn])
    assert moved.offset == pytest.approx(fitted.offset, abs=0.05)
    assert softmax(logits[:100], moved) == pytest.approx(softmax(logits[:100], fitted), abs=0.02)


def test_nothing_moves_to_the_same_prevalence() -> None:
    calibration = Calibration((1.0, 2.0), (0.5, -0.5))
    assert move_calibration(calibration, [0.3, 0.7], [0.3, 0.7]).offset == pytest.approx(
        (0.5, -0.5)
    )
    assert move_thresholds([0.2, 0.8], [0.3, 0.7], [0.3, 0.7]) == pytest.approx([0.2, 0.8])


def test_weighted_predictive_values_are_those_of_bayes() -> None:
    labels = np.repeat([0, 1], [40, 60])
    called = np.r_[np.zeros(30), np.ones(10), np.zeros(6), np.ones(54)].astype(np.int64)
    weights = np.random.default_rng(0).multinomial(100, np.full(100, 0.01), size=20).astype(float)
    plain = decision_metrics(weighted.confusion(labels, called, 2, weights), ("A", "B"))
    moved_weights = weights_at([0.9, 0.1], labels, weights)
    moved = decision_metrics(weighted.confusion(labels, called, 2, moved_weights), ("A", "B"))
    for row in range(20):
        expected = workload(plain["sensitivity"][row], plain["specificity"][row], 0.1)
        assert moved["ppv"][row] == pytest.approx(expected.ppv)
        assert moved["npv"][row] == pytest.approx(expected.npv)
    assert moved["sensitivity"] == pytest.approx(plain["sensitivity"])


def test_a_replicate_without_a_class_tells_nothing() -> None:
    weights = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    moved = weights_at([0.5, 0.5], np.array([0, 0, 1]), weights)
    assert moved.tolist() == [[0.0, 0.0, 0.0], [0.5, 0.0, 0.5]]
