"""What is said of settings that were fitted on too few, too hard or too easy films."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from pneumoscope.evaluation.decisions import DecisionSettings, fit_decisions
from pneumoscope.metrics.operating_points import Screening

THREE = ("NORMAL", "BACTERIA", "VIRUS")


def fitted(logits: npt.ArrayLike, y_true: npt.NDArray[np.int64]) -> DecisionSettings:
    names = THREE[: np.shape(logits)[1]]
    patients = [f"patient{film}" for film in range(len(y_true))]
    return fit_decisions(logits, y_true, patients, names, "NORMAL", Screening(0.98))


def test_good_films_in_number_need_no_words() -> None:
    y_true = np.repeat([0, 1, 2], [100, 60, 40])
    logits = np.random.default_rng(0).normal(0, 1, (200, 3)) + 6 * np.eye(3)[y_true]
    settings = fitted(logits, y_true)
    assert settings.notes == ()
    assert settings.prevalence == pytest.approx({"NORMAL": 0.5, "BACTERIA": 0.3, "VIRUS": 0.2})
    assert set(settings.settings) == {
        "calibration",
        "prevalence",
        "operating_points",
    }


def test_few_films_are_told() -> None:
    y_true = np.repeat([0, 1], [8, 40])
    logits = np.random.default_rng(0).normal(0, 1, (48, 2)) + 4 * np.eye(2)[y_true]
    (note,) = fitted(logits, y_true).notes
    assert note.startswith("Probabilities were calibrated on 8 NORMAL films, too few")


def test_a_bound_is_told() -> None:
    y_true = np.repeat([0, 1], 3000)
    log_odds = np.where(y_true, 1, -1) * np.tile(np.linspace(0.1, 1, 3000), 2)
    (note,) = fitted(np.stack([-log_odds / 2, log_odds / 2], axis=1), y_true).notes
    assert note.startswith("The calibration ended at a bound (scales 0.05 to 5")


def test_a_sensitivity_out_of_reach_is_told_and_no_class_given_up() -> None:
    rng = np.random.default_rng(0)
    y_true = np.repeat([0, 1, 2], 100)
    logits = rng.normal(0, 1, (300, 3)) + 5 * np.eye(3)[y_true]
    logits[-10:] = [12.0, 0.0, 0.0]  # of VIRUS, and entirely normal to look at
    settings = fitted(logits, y_true)
    (note,) = settings.notes
    assert note.startswith("The operating point screening finds 9")
    assert "of the VIRUS films" in note
    assert "not the wanted 98.0 %" in note


@pytest.mark.parametrize("classes", [2, 3])
def test_screening_finds_no_less_than_balanced(classes: int) -> None:
    """Most of the ill films are far from all healthy ones, so that 98 % are found high up."""
    rng = np.random.default_rng(1)
    y_true = np.repeat(np.arange(classes), 100)
    logits = rng.normal(0, 1, (y_true.size, classes)) + 8 * np.eye(classes)[y_true]
    points = fitted(logits, y_true).operating_points
    assert points["screening"] == points["balanced"]
    hard = rng.normal(0, 1, (y_true.size, classes)) + 2 * np.eye(classes)[y_true]
    points = fitted(hard, y_true).operating_points
    assert points["screening"]["NORMAL"] > points["balanced"]["NORMAL"]
