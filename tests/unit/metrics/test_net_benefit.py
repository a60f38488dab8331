"""Net benefit, against its formula counted out, examples by hand, and what must hold always."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.net_benefit import THRESHOLDS, net_benefit, net_benefit_curve
from pneumoscope.metrics.prevalence import weights_at


def films(count: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Which films are ill, two fifths of them, and probabilities that mean what they say."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-0.5, 2, count)
    probabilities = 1 / (1 + np.exp(-log_odds))
    return rng.random(count) < probabilities, probabilities


def test_an_example_by_hand() -> None:
    """Of 100 films 20 are ill; from 0.2 on 18 of them and 16 healthy ones are called ill. An alarm
    costs a quarter of a find: (18 - 16 / 4) / 100."""
    ill = np.repeat([True, False], [20, 80])
    probabilities = np.concatenate([[0.6] * 18, [0.1] * 2, [0.3] * 16, [0.05] * 64])
    curve = net_benefit_curve(ill, probabilities, 0.2, thresholds=np.array([0.01, 0.2, 0.5, 0.9]))
    assert curve.value == pytest.approx([0.2 - 0.8 / 99, 0.14, 0.18, 0.0])
    assert curve.treat_all == pytest.approx([0.2 - 0.8 / 99, 0.0, -0.6, -7.0])
    assert curve.needless_accepted == pytest.approx([99, 4, 1, 1 / 9])
    # 64 of 100 films are spared an alarm for two ill ones missed, which are worth eight.
    assert curve.alarms_saved[1] == pytest.approx(0.56)


def test_it_is_the_formula_of_vickers_and_elkin() -> None:
    ill, probabilities = films(300)
    curve = net_benefit_curve(ill, probabilities, float(ill.mean()))
    for threshold, value, everybody in zip(
        curve.threshold, curve.value, curve.treat_all, strict=True
    ):
        called = probabilities >= threshold
        odds = threshold / (1 - threshold)
        expected = (called & ill).sum() / 300 - (called & ~ill).sum() / 300 * odds
        assert value == pytest.approx(expected)
        assert everybody == pytest.approx(ill.mean() - (1 - ill.mean()) * odds)


def test_another_prevalence_is_that_of_films_drawn_so() -> None:
    """Moved by formula, and by weighting films and moving each probability by Bayes' rule."""
    ill, probabilities = films(400)
    curve = net_benefit_curve(ill, probabilities, 0.1, meant_for=0.4)
    weights = weights_at([0.9, 0.1], ill.astype(np.int64), np.ones((1, 400)))[0]
    odds = probabilities / (1 - probabilities) * (0.1 / 0.9) / (0.4 / 0.6)
    moved = odds / (1 + odds)
    for threshold, value in zip(curve.threshold, curve.value, strict=True):
        called = moved >= threshold
        found, needless = weights[called & ill].sum(), weights[called & ~ill].sum()
        expected = (found - needless * threshold / (1 - threshold)) / weights.sum()
        assert value == pytest.approx(expected)


@given(prevalence=st.floats(0.01, 0.99), threshold=st.floats(1e-6, 0.99))
def test_what_must_hold(prevalence: float, threshold: float) -> None:
    everybody = net_benefit(1, 0, prevalence, threshold)
    assert net_benefit(0, 1, prevalence, threshold) == 0  # nobody is called
    assert net_benefit(1, 1, prevalence, threshold) == pytest.approx(
        prevalence
    )  # nobody does better
    assert everybody <= prevalence
    # Calling everybody is worth nothing where the threshold is the prevalence.
    assert net_benefit(1, 0, prevalence, prevalence) == pytest.approx(0, abs=1e-12)
    assert net_benefit(1, 0, prevalence, 1e-9) == pytest.approx(prevalence, abs=1e-8)


def test_towards_a_threshold_of_nought_every_model_is_worth_the_prevalence() -> None:
    ill, probabilities = films(200)
    curve = net_benefit_curve(ill, probabilities, 0.3, thresholds=np.array([1e-6]))
    assert curve.value[0] == pytest.approx(0.3, abs=1e-5)
    assert curve.value[0] == pytest.approx(curve.treat_all[0])


def test_intervals_hold_what_the_whole_population_is_worth() -> None:
    ill, probabilities = films(200_000, seed=9)
    truth = net_benefit_curve(ill, probabilities, 0.4)
    inside = []
    for seed in range(60):
        ill, probabilities = films(150, seed=seed)
        curve = net_benefit_curve(
            ill,
            probabilities,
            0.4,
            patients=[str(film) for film in range(150)],
            rng=np.random.default_rng(seed),
            replicates=200,
        )
        assert (curve.low <= curve.value).all()
        assert (curve.value <= curve.high).all()
        inside.append((curve.low <= truth.value) & (truth.value <= curve.high))
    assert 0.9 < np.mean(inside) <= 1
    assert np.mean(inside, axis=0)[[9, 49, 79]].min() > 0.85


def test_the_range_in_which_a_model_is_useful() -> None:
    ill, probabilities = films(600)
    patients = [str(film) for film in range(600)]
    curve = net_benefit_curve(ill, probabilities, 0.4, patients=patients, replicates=100)
    useful = curve.useful_range()
    assert useful is not None
    low, high = useful
    assert low < 0.4 < high
    inside = (curve.threshold >= low) & (curve.threshold <= high)
    assert (curve.low > np.maximum(curve.treat_all, 0))[inside].all()
    guess = net_benefit_curve(ill, np.full(600, 0.4), 0.4, patients=patients, replicates=100)
    assert guess.useful_range() is None
    assert curve.at([0.1, 0.5]).threshold == pytest.approx([0.1, 0.5])
    assert THRESHOLDS[[0, -1]] == pytest.approx([0.01, 0.99])


def test_films_of_one_kind_say_nothing() -> None:
    with pytest.raises(DatasetError, match="ill films and healthy ones"):
        net_benefit_curve([True, True], [0.1, 0.2], 0.5)
