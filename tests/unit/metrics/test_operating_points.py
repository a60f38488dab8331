from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from sklearn.metrics import balanced_accuracy_score, roc_curve

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.calibration import softmax
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.operating_points import (
    LEAST_SPECIFICITY,
    Screening,
    decide,
    fit_balanced,
    fit_screening,
)

Sample = tuple[Floats, Integers]


def two_classes(positive: npt.ArrayLike) -> Floats:
    second = np.asarray(positive, dtype=float)
    return np.stack([1 - second, second], axis=1)


def films(count: int, classes: int, separation: float, seed: int) -> Sample:
    """Probabilities and labels of an invented model; every class has at least two films."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes).repeat(2), rng.integers(0, classes, count)])
    logits = rng.normal(size=(labels.size, classes))
    logits[np.arange(labels.size), labels] += separation
    return softmax(logits), labels


samples = st.builds(
    films,
    count=st.integers(0, 80),
    classes=st.just(2),
    separation=st.floats(0.0, 6.0),
    seed=st.integers(0, 10_000),
)


def sensitivity(probabilities: Floats, labels: Integers, thresholds: npt.ArrayLike) -> float:
    return float((decide(probabilities, thresholds)[labels == 1] == 1).mean())


@given(st.floats(0.0, 1.0), st.floats(1e-6, 1 - 1e-6))
def test_two_classes_are_split_at_the_positive_threshold(positive: float, threshold: float) -> None:
    called = decide(two_classes([positive]), [1 - threshold, threshold])
    assert called.tolist() == [int(positive >= threshold)]


def test_a_film_on_the_line_is_called_the_later_class() -> None:
    assert decide([[0.7, 0.3]], [0.7, 0.3]).tolist() == [1]
    assert decide([[0.25, 0.5, 0.25]], [0.25, 0.5, 0.25]).tolist() == [2]


def test_many_classes_are_compared_relative_to_their_thresholds() -> None:
    probabilities = [[0.6, 0.3, 0.1], [0.6, 0.2, 0.2], [0.9, 0.05, 0.05]]
    assert decide(probabilities, [1 / 3, 1 / 3, 1 / 3]).tolist() == [0, 0, 0]
    assert decide(probabilities, [0.7, 0.2, 0.1]).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    "thresholds", [[0.5], [0.5, 0.6], [0.0, 1.0], [1.5, -0.5], [np.nan, 0.5], [0.2, 0.3, 0.5]]
)
def test_thresholds_that_are_none_are_refused(thresholds: list[float]) -> None:
    with pytest.raises(DatasetError, match="2 positive numbers that sum to one"):
        decide([[0.5, 0.5]], thresholds)


@settings(max_examples=100, deadline=None)
@given(samples)
def test_balanced_without_tolerance_reaches_the_top_of_the_roc_curve(sample: Sample) -> None:
    probabilities, labels = sample
    false_positives, true_positives, _ = roc_curve(labels, probabilities[:, 1])
    best = (true_positives - false_positives).max() / 2 + 0.5
    thresholds = fit_balanced(probabilities, labels, tolerance=0.0)
    called = decide(probabilities, thresholds)
    assert balanced_accuracy_score(labels, called) == pytest.approx(best)


@settings(max_examples=100, deadline=None)
@given(samples, st.floats(0.0, 0.1))
def test_balanced_loses_no_more_than_its_tolerance(sample: Sample, tolerance: float) -> None:
    probabilities, labels = sample
    exact = decide(probabilities, fit_balanced(probabilities, labels, tolerance=0.0))
    stable = decide(probabilities, fit_balanced(probabilities, labels, tolerance))
    assert balanced_accuracy_score(labels, stable) >= (
        balanced_accuracy_score(labels, exact) - tolerance - 1e-9
    )


def test_balanced_threshold_of_separate_classes_lies_halfway_in_log_odds() -> None:
    thresholds = fit_balanced(two_classes([0.01, 0.1, 0.9, 0.95]), [0, 0, 1, 1])
    assert thresholds == pytest.approx([0.5, 0.5])
    # Odds of 1/9 and 9999: halfway is their geometric mean.
    thresholds = fit_balanced(two_classes([0.1, 0.1, 0.9999, 0.9999]), [0, 0, 1, 1])
    assert thresholds[1] / thresholds[0] == pytest.approx(np.sqrt(9999 / 9))


def test_balanced_threshold_does_not_run_after_a_film_the_model_is_all_too_sure_of() -> None:
    thresholds = fit_balanced(two_classes([1e-30, 1e-30, 0.9, 0.95]), [0, 0, 1, 1])
    assert 1e-3 < thresholds[1] < 0.1


def test_tolerance_gives_better_thresholds_than_the_exact_maximum() -> None:
    rng = np.random.default_rng(0)
    fresh_labels = np.repeat([0, 1], 20_000)
    tails = rng.standard_t(3, fresh_labels.size)
    fresh = two_classes(1 / (1 + np.exp(-tails - np.where(fresh_labels, 5, -5))))
    lost: dict[float, list[float]] = {0.0: [], 0.01: []}
    for _ in range(30):
        labels = np.repeat([0, 1], [200, 580])
        logits = rng.standard_t(3, labels.size) + np.where(labels, 5, -5)
        probabilities = two_classes(1 / (1 + np.exp(-logits)))
        for tolerance, losses in lost.items():
            called = decide(fresh, fit_balanced(probabilities, labels, tolerance))
            losses.append((called != fresh_labels).mean())
    assert np.mean(lost[0.01]) < np.mean(lost[0.0])
    assert np.std(lost[0.01]) < np.std(lost[0.0])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(3, 5))
def test_balanced_with_many_classes_is_no_worse_than_equal_thresholds(
    seed: int, classes: int
) -> None:
    probabilities, labels = films(150, classes, 1.5, seed)
    skewed = probabilities * np.linspace(1, 4, classes)
    skewed /= skewed.sum(axis=1, keepdims=True)
    equal = balanced_accuracy_score(labels, skewed.argmax(axis=1))
    fitted = decide(skewed, fit_balanced(skewed, labels, tolerance=0.0))
    assert balanced_accuracy_score(labels, fitted) >= equal - 1e-9


def test_balanced_with_many_classes_undoes_a_known_skew() -> None:
    probabilities, labels = films(6000, 3, 2.0, seed=1)
    skewed = probabilities * np.array([1.0, 4.0, 10.0])
    skewed /= skewed.sum(axis=1, keepdims=True)
    fitted = decide(skewed, fit_balanced(skewed, labels))
    unskewed = balanced_accuracy_score(labels, probabilities.argmax(axis=1))
    assert balanced_accuracy_score(labels, skewed.argmax(axis=1)) < unskewed - 0.05
    assert balanced_accuracy_score(labels, fitted) == pytest.approx(unskewed, abs=0.01)


@settings(max_examples=100, deadline=None)
@given(samples, st.floats(0.01, 1.0))
def test_screening_reaches_its_sensitivity_and_no_higher_threshold_does(
    sample: Sample, wanted: float
) -> None:
    probabilities, labels = sample
    thresholds = fit_screening(probabilities, labels, wanted)
    assert sensitivity(probabilities, labels, thresholds) >= wanted - 1e-9
    called = decide(probabilities, thresholds) == 1
    next_higher = probabilities[called, 1].min() + 1e-9
    higher = [1 - next_higher, next_higher]
    assert sensitivity(probabilities, labels, higher) < wanted


def test_screening_threshold_leaves_room_for_rounding() -> None:
    probabilities = two_classes([0.1, 0.2, 0.4, 0.6, 0.9])
    thresholds = fit_screening(probabilities, [0, 0, 1, 1, 1], 1.0)
    assert 0.2 < thresholds[1] < 0.4
    assert decide(probabilities - [-1e-6, 1e-6], thresholds).tolist() == [0, 0, 1, 1, 1]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), wanted=st.floats(0.5, 1.0))
def test_screening_with_many_classes_reaches_its_sensitivity_for_each_or_keeps_normal_films(
    seed: int, wanted: float
) -> None:
    probabilities, labels = films(150, 3, 1.5, seed)
    called = decide(probabilities, fit_screening(probabilities, labels, wanted))
    normal = called[labels == 0] == 0
    reached = min((called[labels == ill] != 0).mean() for ill in (1, 2))
    assert normal.mean() >= LEAST_SPECIFICITY
    # A cut lower by one normal film would have given the class up.
    at_least = int(np.ceil(LEAST_SPECIFICITY * normal.size))
    assert reached >= wanted - 1e-9 or normal.sum() == at_least


def test_screening_gives_up_no_class() -> None:
    probabilities, labels = films(400, 3, 3.0, seed=2)
    # Some films of the last class look entirely normal, and the last two classes are shifted.
    probabilities[np.flatnonzero(labels == 2)[:20]] = [0.999998, 1e-6, 1e-6]
    skewed = probabilities * np.array([1.0, 30.0, 1.0])
    skewed /= skewed.sum(axis=1, keepdims=True)
    called = decide(skewed, fit_screening(skewed, labels, 0.98))
    recall = [(called[labels == index] == index).mean() for index in range(3)]
    assert recall[0] >= LEAST_SPECIFICITY
    assert min(recall[1:]) > 0.5


def test_screening_keeps_the_ratios_of_findings_at_balanced() -> None:
    probabilities, labels = films(400, 3, 2.0, seed=1)
    skewed = probabilities * np.array([1.0, 4.0, 10.0])
    skewed /= skewed.sum(axis=1, keepdims=True)
    balanced, screening = fit_balanced(skewed, labels), fit_screening(skewed, labels, 0.9)
    assert screening[2] / screening[1] == pytest.approx(balanced[2] / balanced[1])


@pytest.mark.parametrize("wanted", [0.0, 1.1, np.nan])
def test_screening_refuses_impossible_sensitivities(wanted: float) -> None:
    with pytest.raises(DatasetError, match="sensitivity"):
        fit_screening([[0.5, 0.5]], [1], wanted)


def test_a_class_without_films_is_named() -> None:
    with pytest.raises(DatasetError, match="belongs to class 1"):
        fit_balanced(two_classes([0.1, 0.2]), [0, 0])


@settings(max_examples=50, deadline=None)
@given(samples)
def test_fitted_thresholds_are_positive_and_sum_to_one(sample: Sample) -> None:
    for thresholds in (fit_balanced(*sample), fit_screening(*sample, 0.95)):
        assert (thresholds > 0).all()
        assert thresholds.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("films", "sensitivity", "confidence", "least"),
    [(541, 0.98, None, 531), (149, 0.98, 0.95, 149), (59, 0.95, 0.95, 59), (541, 0.98, 0.95, 536)],
)
def test_a_confidence_asks_for_more_films(
    films: int, sensitivity: float, confidence: float | None, least: int
) -> None:
    assert Screening(sensitivity, confidence).films_to_find(films) == least


@pytest.mark.parametrize(("sensitivity", "films"), [(0.98, 148), (0.95, 58)])
def test_too_few_films_for_a_confidence_are_an_error(sensitivity: float, films: int) -> None:
    with pytest.raises(DatasetError, match=f"{films} films .* at least {films + 1} are needed"):
        Screening(sensitivity, 0.95).films_to_find(films)


def test_a_confidence_holds_on_new_films_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    reached = {None: 0, 0.95: 0}
    for _ in range(400):
        log_odds = np.concatenate([rng.normal(-2, 1, 50), rng.normal(2, 1, 200)])
        y_true = np.repeat([0, 1], [50, 200])
        for confidence in reached:
            probabilities = two_classes(1 / (1 + np.exp(-log_odds)))
            cut = fit_screening(probabilities, y_true, Screening(0.95, confidence))
            # The sensitivity on all films that there could be, which is known here.
            reached[confidence] += ndtr(2 - np.log(cut[1] / cut[0])) >= 0.95
    assert 0.4 < reached[None] / 400 < 0.75
    assert reached[0.95] / 400 > 0.92
