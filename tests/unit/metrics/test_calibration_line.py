"""Offset and slope of log odds, against logistic regression of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from pneumoscope.metrics.calibration_line import calibration_offset, calibration_slope


def test_both_are_those_of_logistic_regression_in_every_replicate() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(0, 2, 400)
    outcome = (rng.random(400) < expit(0.5 * log_odds - 1)).astype(int)
    weights = np.concatenate([np.ones((1, 400)), rng.multinomial(400, [1 / 400] * 400, size=5)])
    offsets = calibration_offset(outcome, log_odds, weights)
    slopes = calibration_slope(outcome, log_odds, weights)
    for row, offset, slope in zip(weights, offsets, slopes, strict=True):
        expected = brentq(lambda a, row=row: row @ (outcome - expit(log_odds + a)), -10, 10)
        assert offset == pytest.approx(expected, abs=1e-6)
        fitted = LogisticRegression(C=np.inf, tol=1e-10)
        fitted.fit(log_odds[:, None], outcome, sample_weight=row)
        assert slope == pytest.approx(fitted.coef_[0, 0], abs=1e-4)
    assert slopes[0] == pytest.approx(0.5, abs=0.15)


def test_what_films_cannot_tell_is_undefined() -> None:
    log_odds = np.array([-2.0, -1.0, 1.0, 2.0])
    outcome = np.array([0, 0, 1, 1])
    weights = np.array([[1.0, 1, 1, 1], [2, 2, 0, 0]])
    offset = calibration_offset(outcome, log_odds, weights)
    assert offset[0] == pytest.approx(0, abs=1e-9)
    assert np.isnan(offset[1])
    assert np.isnan(calibration_slope(outcome, log_odds, weights)).all()
