"""Calibrations of replicates, against fits of repeated films one by one."""

from __future__ import annotations

import numpy as np
import pytest

from pneumoscope.metrics.calibration import fit_calibration
from pneumoscope.metrics.calibration_replicates import refit_calibration


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("films", "gap", "scale"), [(200, 1.5, 1.0), (24, 6.0, 1.0), (90, 2, 8)])
def test_each_is_the_fit_of_its_repeated_films(
    classes: int, films: int, gap: float, scale: float
) -> None:
    """A usual set, a small one whose classes a line parts, and one of networks that are all too
    sure."""
    rng = np.random.default_rng(classes)
    y_true = np.arange(films) % classes
    logits = scale * (rng.normal(0, 1, (films, classes)) + gap * np.eye(classes)[y_true])
    weights = rng.multinomial(films, [1 / films] * films, size=20).astype(float)
    weights[0] = y_true == 0  # one class was drawn
    found = refit_calibration(logits, y_true, weights, fit_calibration(logits, y_true))
    for calibration, counts in zip(found, weights.astype(int), strict=True):
        drawn = np.repeat(np.arange(films), counts)
        expected = fit_calibration(logits[drawn], y_true[drawn])
        assert calibration.scale == pytest.approx(expected.scale, rel=1e-3)
        assert calibration.offset == pytest.approx(expected.offset, abs=2e-3)
