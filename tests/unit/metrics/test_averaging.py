"""The mean of several models, and the weights that suit some films best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.averaging import SMALLEST_WEIGHT, fit_weights, mean_probabilities
from pneumoscope.metrics.calibration import softmax
from pneumoscope.metrics.checks import Floats, Integers


def draw_models(seed: int, models: int, films: int, classes: int) -> tuple[list[Floats], Integers]:
    """Models that know the labels to different degrees."""
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, classes, films)
    tables = [
        softmax(rng.uniform(0, 3) * np.eye(classes)[y_true] + rng.normal(size=(films, classes)))
        for _ in range(models)
    ]
    return tables, y_true


def log_loss(weights: Floats, tables: list[Floats], y_true: Integers) -> float:
    mean = np.tensordot(weights, np.stack(tables), axes=1)
    return -float(np.log(mean[np.arange(y_true.size), y_true]).mean())


def test_mean_is_weighted_and_weights_may_have_any_sum() -> None:
    tables = [[[0.2, 0.8]], [[0.6, 0.4]]]
    assert mean_probabilities(tables, [1, 1]).tolist() == [pytest.approx([0.4, 0.6])]
    assert mean_probabilities(tables, [3, 1]).tolist() == [pytest.approx([0.3, 0.7])]


@given(
    seed=st.integers(0, 10_000),
    models=st.integers(2, 4),
    films=st.integers(5, 80),
    classes=st.integers(2, 3),
)
def test_no_other_weights_do_better(seed: int, models: int, films: int, classes: int) -> None:
    tables, y_true = draw_models(seed, models, films, classes)
    weights = fit_weights(tables, y_true)
    assert weights.sum() == pytest.approx(1.0)
    best = minimize(
        log_loss,
        np.full(models, 1 / models),
        args=(tables, y_true),
        method="SLSQP",
        bounds=[(0.0, 1.0)] * models,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
    )
    # The least weight that we leave a model may cost a hundredth of a nat for each, at most.
    cost = -np.log(1 - models * SMALLEST_WEIGHT)
    assert log_loss(weights, tables, y_true) <= best.fun + cost + 1e-4
    if weights.min() > 2 * SMALLEST_WEIGHT:
        assert log_loss(weights, tables, y_true) == pytest.approx(best.fun, abs=1e-5)


def test_a_model_that_guesses_hardly_counts() -> None:
    y_true = np.arange(400) % 2
    guesses = np.full((400, 2), 0.5)
    sure = softmax(6 * np.eye(2)[y_true])
    weights = fit_weights([guesses, sure], y_true)
    assert weights.tolist() == pytest.approx([SMALLEST_WEIGHT, 1.0], abs=SMALLEST_WEIGHT)


def test_models_that_answer_alike_share_equally() -> None:
    tables, y_true = draw_models(3, 1, 50, 3)
    assert fit_weights(tables * 3, y_true).tolist() == pytest.approx([1 / 3] * 3)


def test_a_class_that_is_given_no_chance_does_not_stop_the_fit() -> None:
    certain_and_wrong, unsure = [[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]]
    weights = fit_weights([certain_and_wrong, unsure], [0, 1])
    assert np.isfinite(weights).all()
    weights = fit_weights([certain_and_wrong, certain_and_wrong], [0, 1])
    assert weights.tolist() == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("tables", "weights", "message"),
    [
        ([[[0.5, 0.5]], [[0.2, 0.3, 0.5]]], [1, 1], "one shape"),
        ([[[0.5, 0.5]]], [1, 1], "as many weights"),
        ([[[0.5, 0.5]], [[0.5, 0.5]]], [1, -1], "none negative"),
        ([[[0.5, 0.5]], [[0.5, 0.5]]], [0, 0], "as many weights"),
    ],
)
def test_what_does_not_fit_is_refused(
    tables: list[list[list[float]]], weights: list[float], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        mean_probabilities(tables, weights)


def test_labels_must_fit_the_films() -> None:
    with pytest.raises(DatasetError, match="2 labels for 1 films"):
        fit_weights([[[0.5, 0.5]]], [0, 1])
