"""Intervals of thresholds, against plain refits of drawn patients."""

from __future__ import annotations

import numpy as np
import pytest

from pneumoscope.evaluation.decisions import DecisionSettings, fit_decisions
from pneumoscope.evaluation.threshold_intervals import REPLICATES
from pneumoscope.metrics.calibration import fit_calibration, softmax
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.intervals import patient_weights
from pneumoscope.metrics.operating_points import Screening, fit_balanced

NAMES = ("NORMAL", "PNEUMONIA")


def drawn_films(films: int, seed: int) -> tuple[Floats, Integers]:
    y_true = np.arange(films) % 2
    noise = np.random.default_rng(seed).normal(0, 1, (films, 2))
    return noise + 1.5 * np.eye(2)[y_true], y_true


def settings_of(
    logits: Floats, y_true: Integers, patients: Integers, screening: Screening
) -> DecisionSettings:
    return fit_decisions(logits, y_true, patients.astype(str).tolist(), NAMES, NAMES[0], screening)


def test_bounds_are_those_of_plain_refits_of_drawn_patients() -> None:
    logits, y_true = drawn_films(120, 0)
    # Each has as many films of both classes, so that all draws have the shares of the films.
    patients = np.arange(120) // 4
    settings = settings_of(logits, y_true, patients, Screening(0.95))
    drawn = patient_weights(patients.astype(str).tolist(), REPLICATES, np.random.default_rng(0))
    thresholds = []
    for counts in np.concatenate(list(drawn)).astype(int):
        films = np.repeat(np.arange(120), counts)
        calibration = fit_calibration(logits[films], y_true[films])
        thresholds.append(fit_balanced(softmax(logits[films], calibration), y_true[films])[1])
    low, high = settings.threshold_intervals["balanced"]["PNEUMONIA"]
    assert (low, high) == pytest.approx(np.percentile(thresholds, [2.5, 97.5]).tolist(), abs=1e-3)
    assert settings.threshold_intervals["balanced"]["NORMAL"] == pytest.approx((1 - high, 1 - low))
    for point, bounds in settings.threshold_intervals.items():
        for name, (low, high) in bounds.items():
            assert low < settings.operating_points[point][name] < high


def test_the_shares_of_classes_that_are_drawn_are_no_uncertainty() -> None:
    """With patients of one class each, draws differ in their shares, and bounds hardly do."""
    logits, y_true = drawn_films(200, 1)
    together = settings_of(logits, y_true, np.arange(200) // 2, Screening(0.95))
    alone = settings_of(logits, y_true, np.arange(200), Screening(0.95))
    for point in ("balanced", "screening"):
        assert alone.threshold_intervals[point]["PNEUMONIA"] == pytest.approx(
            together.threshold_intervals[point]["PNEUMONIA"], abs=0.06
        )


def test_films_of_one_patient_say_less_than_as_many_patients() -> None:
    logits, y_true = (np.repeat(array, 10, axis=0) for array in drawn_films(100, 2))
    widths = [
        high - low
        for patients in (np.arange(1000), np.arange(1000) // 10)
        for low, high in [
            settings_of(logits, y_true, patients, Screening(0.95)).threshold_intervals["balanced"][
                "PNEUMONIA"
            ]
        ]
    ]
    assert widths[0] < 0.6 * widths[1]


def test_where_most_draws_have_too_few_films_there_are_no_intervals() -> None:
    logits, y_true = drawn_films(58, 3)  # 29 are just enough for this confidence
    settings = settings_of(logits, y_true, np.arange(58), Screening(0.9, 0.95))
    assert set(settings.operating_points) == {"balanced", "screening"}
    assert settings.threshold_intervals
    settings = settings_of(logits, y_true, np.where(y_true, 0, np.arange(58)), Screening(0.9))
    assert settings.threshold_intervals  # one ill patient is drawn by two thirds of all draws
