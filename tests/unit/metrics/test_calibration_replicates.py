"""Calibrations of replicates, against fits of repeated films one by one."""

from __future__ import annotations

import numpy as np
import pytest

from pneumoscope.metrics.calibration import fit_calibration
from pneumoscope.metrics.calibration_replicates import refit_calibration


@pytest.mark.parametrize("offsets_alone", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    ("films", "gap", "scale"), [(200, 1.5, 1.0), (24, 6.0, 1.0), (90, 2, 8), (200, 1.5, 40.0)]
)
def test_each_is_the_fit_of_its_repeated_films(
    classes: int, films: int, gap: float, scale: float, offsets_alone: bool
) -> None:
    """A usual set, a small one whose classes a line parts, and those of networks that are all too
    sure, the last beyond what a scale may mend."""
    rng = np.random.default_rng(classes)
    y_true = np.arange(films) % classes
    logits = scale * (rng.normal(0, 1, (films, classes)) + gap * np.eye(classes)[y_true])
    weights = rng.multinomial(films, [1 / films] * films, size=20).astype(float)
    start = fit_calibration(logits, y_true, offsets_alone=offsets_alone)
    found = refit_calibration(logits, y_true, weights, start, offsets_alone=offsets_alone)
    for calibration, counts in zip(found, weights.astype(int), strict=True):
        drawn = np.repeat(np.arange(films), counts)
        expected = fit_calibration(logits[drawn], y_true[drawn], offsets_alone=offsets_alone)
        assert calibration.scale == pytest.approx(expected.scale, rel=1e-3)
        assert calibration.offset == pytest.approx(expected.offset, abs=2e-3)
