"""A manifest moved to another prevalence: probabilities change as Bayes says, calls do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.errors import PneumoscopeError
from pneumoscope.metrics.operating_points import decide
from pneumoscope.modelfile.manifest import ModelManifest
from tiny_model import tiny_manifest

THREE = ("NORMAL", "BACTERIA", "VIRUS")
PREVALENCE = {"NORMAL": 0.5, "BACTERIA": 0.4, "VIRUS": 0.1}


def three_classes() -> ModelManifest:
    return tiny_manifest(THREE, prevalence=PREVALENCE)


def test_odds_change_by_the_odds_of_the_prevalence() -> None:
    manifest = tiny_manifest(prevalence={"NORMAL": 0.25, "PNEUMONIA": 0.75})
    logits = np.array([[0.0, 2.0]])  # odds of e, at a scale of one half
    moved = manifest.with_finding_share(0.1)
    assert moved.prevalence == pytest.approx({"NORMAL": 0.9, "PNEUMONIA": 0.1})
    before, after = manifest.probabilities(logits)[0], moved.probabilities(logits)[0]
    assert before[1] / before[0] == pytest.approx(np.e)
    assert after[1] / after[0] == pytest.approx(np.e * (0.1 / 0.9) / (0.75 / 0.25))


def test_findings_share_the_rest_as_before() -> None:
    moved = three_classes().with_finding_share(0.05)
    assert moved.prevalence == pytest.approx({"NORMAL": 0.95, "BACTERIA": 0.04, "VIRUS": 0.01})
    assert moved.finding_share == pytest.approx(0.05)


@given(share=st.floats(1e-4, 1 - 1e-4), seed=st.integers(0, 1000))
def test_every_film_is_called_what_it_was(share: float, seed: int) -> None:
    manifest = three_classes()
    moved = manifest.with_finding_share(share)
    logits = np.random.default_rng(seed).normal(0, 5, (200, 3))
    for point in manifest.operating_points:
        called = decide(manifest.probabilities(logits), manifest.thresholds(point))
        again = decide(moved.probabilities(logits), moved.thresholds(point))
        np.testing.assert_array_equal(called, again)


def test_there_and_back_is_where_it_was() -> None:
    manifest = three_classes()
    back = manifest.with_finding_share(0.01).at_prevalence(PREVALENCE)
    assert back.calibration.offset == pytest.approx(manifest.calibration.offset, abs=1e-12)
    for point, thresholds in manifest.operating_points.items():
        assert back.operating_points[point] == pytest.approx(thresholds, abs=1e-12)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 10.0, float("nan")])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(PneumoscopeError, match="must lie between 0 and 1"):
        three_classes().with_finding_share(share)


def test_without_a_normal_class_shares_are_asked_for() -> None:
    manifest = tiny_manifest(normal_class=None)
    assert manifest.finding_share is None
    with pytest.raises(PneumoscopeError, match="has no normal class"):
        manifest.with_finding_share(0.1)
    with pytest.raises(ValueError, match="prevalence needs a share for every class"):
        manifest.at_prevalence({"NORMAL": 0.5})
