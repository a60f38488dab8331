from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from pneumoscope.errors import DatasetError
from pneumoscope.metrics import weighted
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.classification import (
    classification_metrics,
    decision_metrics,
    score_metrics,
)

Sample = tuple[Integers, Integers, Floats]
NAMES = ("NORMAL", "BACTERIA", "VIRUS", "OTHER")


def films(seed: int, count: int, classes: int, levels: int) -> Sample:
    """Labels, decisions and probabilities on a coarse grid, so that ties are common."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    raw = rng.integers(1, levels + 1, (count, classes)) + 2.0 * np.eye(classes)[labels]
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    return labels, rng.integers(0, classes, count), probabilities


samples = st.builds(
    films,
    seed=st.integers(0, 10_000),
    count=st.integers(1, 50),
    classes=st.integers(2, 4),
    levels=st.sampled_from([1, 3, 1000]),
)
weight_seeds = st.integers(0, 1000)


def replicates(labels: Integers, seed: int) -> Floats:
    """Three rows of weights, many of them zero."""
    return np.random.default_rng(seed).integers(0, 3, (3, labels.size)).astype(float)


def close(value: npt.ArrayLike, expected: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    return np.isclose(value, expected, atol=1e-12, equal_nan=True)


@settings(max_examples=100, deadline=None)
@given(samples, weight_seeds)
def test_decision_metrics_equal_scikit_learn_with_sample_weights(sample: Sample, seed: int) -> None:
    labels, called, probabilities = sample
    classes = probabilities.shape[1]
    weights = replicates(labels, seed)
    matrices = weighted.confusion(labels, called, classes, weights)
    figures = decision_metrics(matrices, NAMES[:classes])
    for row, w in enumerate(weights):
        if not w.any():
            assert np.isnan([figures[name][row] for name in figures]).all()
            continue
        matrix = reference.confusion_matrix(labels, called, labels=range(classes), sample_weight=w)
        assert (matrices[row] == matrix).all()
        assert close(
            figures["accuracy"][row], reference.accuracy_score(labels, called, sample_weight=w)
        )
        # Where the only defined classes have no films, scikit-learn averages as if they had.
        everywhere = matrix.sum(axis=1).all()
        for average in ("macro", "weighted", None) if everywhere else ("macro", None):
            precision, recall, f1, _ = reference.precision_recall_fscore_support(
                labels,
                called,
                labels=range(classes),
                sample_weight=w,
                average=average,
                zero_division=np.nan,
            )
            for name, expected in (("precision", precision), ("recall", recall), ("f1", f1)):
                if average:
                    assert close(figures[f"{average}_{name}"][row], expected)
                else:
                    got = [figures[f"{name}[{label}]"][row] for label in NAMES[:classes]]
                    assert close(got, expected).all()
        assert close(figures["balanced_accuracy"][row], figures["macro_recall"][row])


@settings(max_examples=100, deadline=None)
@given(samples, weight_seeds)
def test_score_metrics_equal_scikit_learn_with_sample_weights(sample: Sample, seed: int) -> None:
    labels, _, probabilities = sample
    classes = probabilities.shape[1]
    weights = replicates(labels, seed)
    figures = score_metrics(labels, probabilities, NAMES[:classes], weights)
    for row, w in enumerate(weights):
        for index in range(classes):
            member = labels == index
            suffix = f"[{NAMES[index]}]" if classes > 2 else ""
            if classes == 2 and index == 0:
                continue
            if not w[member].any() or not w[~member].any():
                assert np.isnan(figures[f"roc_auc{suffix}"][row])
                continue
            area = reference.roc_auc_score(member, probabilities[:, index], sample_weight=w)
            assert close(figures[f"roc_auc{suffix}"][row], area)
            area = reference.average_precision_score(
                member, probabilities[:, index], sample_weight=w
            )
            assert close(figures[f"average_precision{suffix}"][row], area)
        if w.any():
            expected = reference.log_loss(
                labels, probabilities, labels=range(classes), sample_weight=w
            )
            assert close(figures["log_loss"][row], expected)


def test_many_class_areas_equal_scikit_learn() -> None:
    labels, _, probabilities = films(0, 200, 4, 1000)
    figures = score_metrics(labels, probabilities, NAMES, np.ones((1, 200)))
    for name, average in (("roc_auc", "macro"), ("weighted_roc_auc", "weighted")):
        expected = reference.roc_auc_score(
            labels, probabilities, multi_class="ovr", average=average
        )
        assert figures[name][0] == pytest.approx(expected)
    expected = reference.average_precision_score(np.eye(4)[labels], probabilities)
    assert figures["average_precision"][0] == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(samples, weight_seeds)
def test_a_weight_of_two_is_a_film_listed_twice(sample: Sample, seed: int) -> None:
    labels, _, probabilities = sample
    names = NAMES[: probabilities.shape[1]]
    weights = replicates(labels, seed)[:1] + 1
    listed = np.arange(labels.size).repeat(weights[0].astype(int))
    once = score_metrics(labels, probabilities, names, weights)
    repeated = score_metrics(
        labels[listed], probabilities[listed], names, np.ones((1, listed.size))
    )
    for name in once.keys() - {"calibration_error"}:
        assert close(once[name], repeated[name]).all(), name


def test_figures_of_two_classes_have_their_clinical_names() -> None:
    # 3 of 4 ill films found, 4 of 6 healthy ones let go.
    labels = [1] * 4 + [0] * 6
    called = [1, 1, 1, 0, 0, 0, 0, 0, 1, 1]
    positive = np.array([0.9, 0.9, 0.9, 0.2, 0.1, 0.1, 0.1, 0.1, 0.6, 0.6])
    probabilities = np.stack([1 - positive, positive], axis=1)
    figures = classification_metrics(labels, called, probabilities, ("NORMAL", "PNEUMONIA"))
    assert figures["accuracy"] == pytest.approx(0.7)
    assert figures["sensitivity"] == pytest.approx(3 / 4)
    assert figures["specificity"] == pytest.approx(4 / 6)
    assert figures["ppv"] == pytest.approx(3 / 5)
    assert figures["npv"] == pytest.approx(4 / 5)
    assert figures["balanced_accuracy"] == pytest.approx((3 / 4 + 4 / 6) / 2)
    assert figures["specificity[NORMAL]"] == pytest.approx(3 / 4)
    assert figures["specificity[PNEUMONIA]"] == pytest.approx(4 / 6)
    assert figures["f1[PNEUMONIA]"] == pytest.approx(6 / 9)
    assert figures["roc_auc"] == pytest.approx((3 * 6 + 1 * 4) / 24)
    assert figures["support[NORMAL]"] == 6
    assert figures["support[PNEUMONIA]"] == 4


def test_films_of_one_class_leave_figures_undefined_instead_of_failing() -> None:
    probabilities = [[0.3, 0.7], [0.6, 0.4]]
    figures = classification_metrics([1, 1], [1, 0], probabilities, ("NORMAL", "PNEUMONIA"))
    assert figures["roc_auc"] is None
    assert figures["specificity"] is None
    assert figures["recall[NORMAL]"] is None
    assert figures["sensitivity"] == 0.5
    assert figures["balanced_accuracy"] == 0.5
    assert figures["average_precision"] == 1.0
    assert figures["brier"] == pytest.approx((0.3**2 + 0.6**2) / 2)


def test_a_class_never_called_has_no_precision() -> None:
    probabilities = [[0.3, 0.7], [0.6, 0.4]]
    figures = classification_metrics([0, 1], [0, 0], probabilities, ("NORMAL", "PNEUMONIA"))
    assert figures["ppv"] is None
    assert figures["macro_precision"] == 0.5
    assert figures["f1[PNEUMONIA]"] == 0.0


@pytest.mark.parametrize(
    ("labels", "called", "probabilities", "message"),
    [
        ([0, 1], [0], [[0.5, 0.5]] * 2, "1 decisions for 2 labels"),
        ([0, 1], [0, 2], [[0.5, 0.5]] * 2, "Labels must lie in 0 to 1"),
        ([0, 1], [0, 1], [[0.2, 0.3, 0.5]] * 2, "3 columns of scores for 2 class names"),
        ([0, 1], [0, 1], [[1.0, 2.0]] * 2, "sum to one"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    labels: npt.ArrayLike, called: npt.ArrayLike, probabilities: npt.ArrayLike, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        classification_metrics(labels, called, probabilities, ("NORMAL", "PNEUMONIA"))
