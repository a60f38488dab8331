from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.calibration import (
    TEMPERATURE_BOUNDS,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    reliability_curve,
    softmax,
)
from pneumoscope.metrics.calibration_by_chance import calibration_error_by_chance
from pneumoscope.metrics.checks import Floats, Integers


def sample(
    films: int, classes: int, temperature: float = 1.0, seed: int = 0
) -> tuple[Floats, Integers]:
    """Logits and labels drawn from them: divided by `temperature`, the logits are calibrated."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(films, classes))
    cumulative = softmax(logits).cumsum(axis=1)
    labels = (rng.random((films, 1)) > cumulative).sum(axis=1).clip(max=classes - 1)
    return logits * temperature, labels


def test_softmax_gives_known_values_and_survives_large_logits() -> None:
    assert softmax([[0.0, np.log(3.0)]]) == pytest.approx(np.array([[0.25, 0.75]]))
    assert softmax([[0.0, 2 * np.log(3.0)]], temperature=2.0) == pytest.approx(
        np.array([[0.25, 0.75]])
    )
    assert softmax([[1e4, -1e4]]).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_temperature_that_made_the_data_is_found(classes: int, temperature: float) -> None:
    logits, labels = sample(20_000, classes, temperature)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.05)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), temperature=st.floats(0.3, 10.0))
def test_no_other_temperature_is_likelier(seed: int, temperature: float) -> None:
    logits, labels = sample(120, 3, temperature, seed)
    best = fit_temperature(logits, labels)
    least = log_loss(labels, softmax(logits, best), labels=range(3))
    for other in np.geomspace(*TEMPERATURE_BOUNDS, 60):
        assert least <= log_loss(labels, softmax(logits, other), labels=range(3)) + 1e-6


def test_temperature_of_separable_data_is_the_lower_bound() -> None:
    logits = np.array([[4.0, -4.0], [2.0, -2.0], [-1.0, 1.0], [-3.0, 3.0]])
    assert fit_temperature(logits, [0, 0, 1, 1]) == pytest.approx(TEMPERATURE_BOUNDS[0], rel=1e-3)


def test_temperature_of_wrong_logits_is_the_upper_bound() -> None:
    logits = np.array([[4.0, -4.0], [2.0, -2.0], [-1.0, 1.0], [-3.0, 3.0]])
    assert fit_temperature(logits, [1, 1, 0, 0]) == pytest.approx(TEMPERATURE_BOUNDS[1], rel=1e-3)


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
        fit_temperature(logits, labels)


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


def test_calibration_error_falls_when_the_temperature_is_right() -> None:
    logits, labels = sample(4000, 2, temperature=3.0)
    raw = expected_calibration_error(softmax(logits), labels)
    scaled = expected_calibration_error(softmax(logits, fit_temperature(logits, labels)), labels)
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
