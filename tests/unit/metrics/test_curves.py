"""Curves and tables of decisions, against scikit-learn and against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import (
    confusion_matrix,
    f1_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.calibration import reliability_curve
from pneumoscope.metrics.curves import (
    decision_table,
    precision_recall_points,
    reliability_bins,
    roc_points,
)

# Few distinct scores, so that ties are the rule.
films = st.lists(
    st.tuples(st.booleans(), st.integers(0, 12).map(lambda step: step / 12)),
    min_size=2,
    max_size=60,
).filter(lambda pairs: 0 < sum(own for own, _ in pairs) < len(pairs))


def arrays(pairs: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([own for own, _ in pairs]), np.array([score for _, score in pairs])


@given(films)
def test_roc_points_are_those_of_scikit_learn(pairs):
    positive, scores = arrays(pairs)
    false_positive_rate, sensitivity, threshold = roc_curve(
        positive, scores, drop_intermediate=False
    )
    points = roc_points(positive, scores)
    np.testing.assert_allclose(points.false_positive_rate, false_positive_rate)
    np.testing.assert_allclose(points.sensitivity, sensitivity)
    np.testing.assert_array_equal(points.threshold, threshold)
    area = np.trapezoid(points.sensitivity, points.false_positive_rate)
    assert area == pytest.approx(roc_auc_score(positive, scores))


@given(films)
def test_precision_recall_points_are_those_of_scikit_learn(pairs):
    positive, scores = arrays(pairs)
    precision, recall, threshold = precision_recall_curve(positive, scores)
    points = precision_recall_points(positive, scores)
    # Scikit-learn's thresholds rise, and it adds a point without a threshold.
    np.testing.assert_allclose(points.precision, precision[-2::-1])
    np.testing.assert_allclose(points.recall, recall[-2::-1])
    np.testing.assert_array_equal(points.threshold, threshold[::-1])
    assert points.precision[-1] == pytest.approx(positive.mean())


@given(films, st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_a_decision_table_counts_what_is_flagged(pairs, thresholds):
    positive, scores = arrays(pairs)
    table = decision_table(positive, scores, thresholds)
    for row, threshold in enumerate(thresholds):
        called = scores >= threshold
        (tn, fp), (fn, tp) = confusion_matrix(positive, called, labels=[False, True])
        assert table.sensitivity[row] == tp / (tp + fn)
        assert table.specificity[row] == tn / (tn + fp)
        assert table.flagged[row] == (tp + fp) / len(pairs)
        for value, right, wrong in ((table.ppv[row], tp, fp), (table.npv[row], tn, fn)):
            assert np.isnan(value) if right + wrong == 0 else value == right / (right + wrong)
        assert table.f1[row] == pytest.approx(f1_score(positive, called))


def test_a_kind_of_films_that_is_missing_leaves_its_rate_undefined():
    points = roc_points([True, True], [0.2, 0.7])
    assert np.isnan(points.false_positive_rate).all()
    assert points.sensitivity.tolist() == [0.0, 0.5, 1.0]
    recall = precision_recall_points([False, False], [0.2, 0.7]).recall
    assert np.isnan(recall).all()
    assert np.isnan(decision_table([False, False], [0.2, 0.7], [0.5]).sensitivity).all()


@pytest.mark.parametrize(
    ("positive", "scores"),
    [([], []), ([1, 0], [0.1, 0.2]), ([True], [0.1, 0.2]), ([True, False], [0.1, np.nan])],
)
def test_arrays_that_do_not_fit_are_refused(positive, scores):
    with pytest.raises(DatasetError):
        roc_points(positive, scores)


def test_reliability_intervals_are_wilsons():
    rng = np.random.default_rng(1)
    positive = rng.uniform(size=300)
    labels = (rng.uniform(size=300) < positive).astype(int)
    table = np.stack([1 - positive, positive], axis=1)
    bins = reliability_bins(table, labels)
    curve = reliability_curve(table, labels)
    np.testing.assert_array_equal(bins.frequency, curve.frequency)
    np.testing.assert_array_equal(bins.probability, curve.probability)
    for frequency, count, low, high in zip(
        bins.frequency, bins.films, bins.low, bins.high, strict=True
    ):
        true = binomtest(round(frequency * count), int(count)).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((true.low, true.high), abs=1e-6)
