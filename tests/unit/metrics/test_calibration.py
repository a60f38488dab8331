from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.calibration import (
    LOG_SCALE_SPREAD,
    OFFSET_SPREAD,
    SCALE_BOUNDS,
    Calibration,
    brier_score,
    expected_calibration_error,
    fit_calibration,
    reliability_curve,
    softmax,
)
from pneumoscope.metrics.calibration_by_chance import calibration_error_by_chance
from pneumoscope.metrics.checks import Floats, Integers


def sample(
    films: int,
    classes: int,
    scale: npt.ArrayLike = 1.0,
    offset: npt.ArrayLike = 0.0,
    seed: int = 0,
) -> tuple[Floats, Integers]:
    """Logits and labels drawn from them: times `scale`, plus `offset`, they are calibrated."""
    rng = np.random.default_rng(seed)
    calibrated = 2 * rng.normal(size=(films, classes)) + offset
    cumulative = softmax(calibrated).cumsum(axis=1)
    labels = (rng.random((films, 1)) > cumulative).sum(axis=1).clip(max=classes - 1)
    return (calibrated - offset) / scale, labels


def two(log_odds: npt.ArrayLike) -> Floats:
    """Logits of two classes with these log odds."""
    return np.stack([np.zeros(np.size(log_odds)), np.asarray(log_odds, dtype=float)], axis=1)


def test_softmax_gives_known_values_and_survives_large_logits() -> None:
    assert softmax([[0.0, np.log(3.0)]]) == pytest.approx(np.array([[0.25, 0.75]]))
    halved = Calibration((0.5, 0.5), (0.0, 0.0))
    assert softmax([[0.0, 2 * np.log(3.0)]], halved) == pytest.approx(np.array([[0.25, 0.75]]))
    shifted = Calibration((1.0, 1.0), (-np.log(3.0) / 2, np.log(3.0) / 2))
    assert softmax([[0.0, 0.0]], shifted) == pytest.approx(np.array([[0.25, 0.75]]))
    assert softmax([[1e4, -1e4]]).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
@pytest.mark.parametrize(("classes", "offset"), [(2, [-1.1, 1.1]), (3, [1.5, -0.5, -1.0])])
def test_the_calibration_that_made_the_data_is_found(
    classes: int, offset: list[float], scale: float
) -> None:
    scales = np.full(classes, scale) * ([1.0] if classes == 2 else [0.6, 1.0, 1.5])
    fitted = fit_calibration(*sample(40_000, classes, scales, offset))
    assert fitted.scale == pytest.approx(scales, rel=0.05)
    assert fitted.offset == pytest.approx(offset, abs=0.1)
    assert sum(fitted.offset) == pytest.approx(0.0, abs=1e-9)
    assert not fitted.at_bound


def test_hundreds_of_films_are_fitted_as_logistic_regression_does() -> None:
    logits, labels = sample(3000, 2, 0.7, [-1.0, 1.0], seed=3)
    log_odds = logits[:, 1] - logits[:, 0]
    reference = LogisticRegression(C=np.inf).fit(log_odds[:, None], labels)
    fitted = fit_calibration(logits, labels)
    assert fitted.scale[0] == pytest.approx(reference.coef_[0, 0], rel=0.01)
    assert fitted.offset[1] - fitted.offset[0] == pytest.approx(reference.intercept_[0], abs=0.02)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.floats(0.2, 4.0), classes=st.integers(2, 4))
def test_no_other_calibration_is_likelier_with_what_is_expected_of_it(
    seed: int, scale: float, classes: int
) -> None:
    logits, labels = sample(120, classes, scale, seed=seed)

    def loss(calibration: Calibration) -> float:
        log_scale = np.log(calibration.scale)
        one_or_all = log_scale[:1] if classes == 2 else log_scale
        return float(
            log_loss(labels, softmax(logits, calibration), labels=range(classes), normalize=False)
            + (one_or_all**2).sum() / (2 * LOG_SCALE_SPREAD**2)
            + (np.square(calibration.offset)).sum() / (2 * OFFSET_SPREAD**2)
        )

    best = fit_calibration(logits, labels)
    rng = np.random.default_rng(seed)
    for size in np.geomspace(1e-3, 1, 30):
        factors = np.exp(size * rng.normal(size=1 if classes == 2 else classes))
        steps = size * rng.normal(size=classes)
        other = Calibration(
            tuple(best.scale * factors), tuple(np.array(best.offset) + steps - steps.mean())
        )
        assert loss(best) <= loss(other) + 1e-6


def test_two_classes_keep_the_order_of_their_films() -> None:
    logits, labels = sample(500, 2, 1.3, [-2.0, 2.0])
    fitted = fit_calibration(logits, labels)
    before, after = softmax(logits)[:, 1], softmax(logits, fitted)[:, 1]
    np.testing.assert_array_equal(np.argsort(before), np.argsort(after))


def test_sixteen_films_that_are_all_right_move_little() -> None:
    log_odds = np.r_[-np.linspace(1, 12, 8), np.linspace(1, 12, 8)]
    fitted = fit_calibration(two(log_odds), np.repeat([0, 1], 8))
    assert 1.0 < fitted.scale[0] < 1.5
    assert fitted.offset == pytest.approx((0.0, 0.0), abs=1e-3)
    assert not fitted.at_bound


def test_a_bound_that_was_hit_is_told() -> None:
    log_odds = np.r_[-np.linspace(0.1, 1, 4000), np.linspace(0.1, 1, 4000)]
    fitted = fit_calibration(two(log_odds), np.repeat([0, 1], 4000))
    assert fitted.scale[0] == pytest.approx(SCALE_BOUNDS[1])
    assert fitted.at_bound


def test_a_calibration_reads_as_words() -> None:
    assert f"{Calibration((1.5, 1.5), (-0.25, 0.25)):.2f}" == "scale 1.50, offset -0.25 / 0.25"


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        ([[0.0, np.nan]], [0], "not finite"),
        ([[0.0, 1.0]], [2], "Labels must lie in 0 to 1"),
        ([[0.0, 1.0]], [0, 1], "1 rows of scores for 2 labels"),
        ([[0.0, 1.0]], [0.5], "class indices"),
        ([[0.0], [1.0]], [0, 0], "two or more classes"),
        (np.zeros((0, 2)), np.zeros(0, int), "two or more classes"),
    ],
)
def test_wrong_arrays_are_refused(
    logits: npt.ArrayLike, labels: npt.ArrayLike, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        fit_calibration(logits, labels)


def test_logits_are_not_taken_for_probabilities() -> None:
    with pytest.raises(DatasetError, match="sum to one"):
        brier_score([[-1.0, 2.0]], [1])


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), films=st.integers(2, 60), classes=st.integers(2, 4))
def test_brier_score_equals_scikit_learn(seed: int, films: int, classes: int) -> None:
    logits, labels = sample(films, classes, seed=seed)
    probabilities = softmax(logits)
    if classes == 2:
        expected = brier_score_loss(labels, probabilities[:, 1], labels=[0, 1])
    else:
        expected = ((probabilities - np.eye(classes)[labels]) ** 2).sum(axis=1).mean()
    assert brier_score(probabilities, labels) == pytest.approx(expected)


def test_calibration_error_of_known_bins() -> None:
    # Bin one: 0.1 said, 0.5 came true. Bin two: 0.8 said, 1.0 came true.
    positive = np.array([0.1, 0.1, 0.8, 0.8])
    probabilities = np.stack([1 - positive, positive], axis=1)
    assert expected_calibration_error(probabilities, [0, 1, 1, 1], bins=2) == pytest.approx(0.3)
    curve = reliability_curve(probabilities, [0, 1, 1, 1], bins=2)
    assert curve.probability == pytest.approx([0.1, 0.8])
    assert curve.frequency == pytest.approx([0.5, 1.0])
    assert curve.films.tolist() == [2, 2]


def test_calibration_error_of_many_classes_looks_at_the_class_called() -> None:
    probabilities = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.0, 0.3, 0.7]])
    # 0.6 said and half right, 0.7 said and none right.
    assert expected_calibration_error(probabilities, [0, 1, 0, 1], bins=2) == pytest.approx(0.4)


def test_calibration_error_falls_when_the_calibration_is_right() -> None:
    logits, labels = sample(4000, 2, 1 / 3, [-1.0, 1.0])
    raw = expected_calibration_error(softmax(logits), labels)
    scaled = expected_calibration_error(softmax(logits, fit_calibration(logits, labels)), labels)
    assert raw > 0.1
    assert scaled < 0.02


@settings(max_examples=50, deadline=None)
@given(
    positive=st.lists(st.sampled_from([0.0, 0.01, 0.3, 0.3000001, 0.9, 1.0]), min_size=1),
    bins=st.integers(1, 15),
    seed=st.integers(0, 100),
)
def test_bins_hold_every_film_once_and_keep_equal_probabilities_together(
    positive: list[float], bins: int, seed: int
) -> None:
    probabilities = np.array(positive)
    labels = np.random.default_rng(seed).integers(0, 2, probabilities.size)
    curve = reliability_curve(np.stack([1 - probabilities, probabilities], axis=1), labels, bins)
    assert curve.films.sum() == probabilities.size
    assert curve.films.min() >= 1
    assert curve.films.size <= min(bins, np.unique(probabilities).size)
    assert (np.diff(curve.probability) > 0).all()
    assert curve.probability @ curve.films == pytest.approx(probabilities.sum())


def test_perfect_probabilities_score_what_chance_gives() -> None:
    rng = np.random.default_rng(4)
    truth = rng.beta(0.5, 0.3, 4000)
    errors = []
    for _ in range(40):
        ill = rng.random(400)
        some = rng.choice(truth, 400)
        errors.append(
            expected_calibration_error(np.stack([1 - some, some], axis=1), (ill < some).astype(int))
        )
    table = np.stack([1 - truth[:400], truth[:400]], axis=1)
    chance = calibration_error_by_chance(
        table, np.ones(400, int), rng=np.random.default_rng(5), replicates=400
    )
    assert chance.value == pytest.approx(np.mean(errors), abs=0.003)
    assert 0.005 < chance.low < chance.value < chance.high < 0.07
    assert np.mean([chance.low <= error <= chance.high for error in errors]) >= 0.85
