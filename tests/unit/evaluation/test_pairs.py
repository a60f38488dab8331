"""Families of tests, whose p-values are corrected together."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from pneumoscope.evaluation.pairs import (
    MAIN_MEASURES,
    ComparedPair,
    CorrectedTest,
    correct_together,
)
from pneumoscope.metrics.intervals import Interval

SINGLE = ("roc_auc[NORMAL]", "roc_auc[BACTERIA]", "roc_auc[VIRUS]")


def pair_of(p_values: dict[str, float]) -> ComparedPair:
    tests = {
        measure: CorrectedTest(
            difference=Interval(0.1, 0.0, 0.2), p_value=p_value, p_corrected=p_value
        )
        for measure, p_value in p_values.items()
    }
    return ComparedPair(
        first="first",
        second="second",
        tests=tests,
        only_first_right=3,
        only_second_right=2,
        same_calls=0.9,
        kappa=0.8,
    )


def test_both_measures_of_all_pairs_are_one_family_and_single_classes_another() -> None:
    rng = np.random.default_rng(0)
    pairs = [
        pair_of({measure: float(rng.random() / 20) for measure in (*MAIN_MEASURES, *SINGLE)})
        for _ in range(6)
    ]
    corrected = correct_together(pairs)
    for measures in (MAIN_MEASURES, SINGLE):
        given = [pair.tests[measure].p_value for pair in pairs for measure in measures]
        found = [pair.tests[measure].p_corrected for pair in corrected for measure in measures]
        assert found == pytest.approx(multipletests(given, method="holm")[1])


def test_undefined_tests_do_not_count() -> None:
    pairs = correct_together([pair_of({"roc_auc": float("nan"), "accuracy": 0.02})])
    assert np.isnan(pairs[0].tests["roc_auc"].p_corrected)
    assert pairs[0].tests["accuracy"].p_corrected == 0.02
    assert correct_together([]) == ()


def test_no_difference_at_all_is_claimed_in_hardly_more_than_5_percent() -> None:
    """Of comparisons of models that are equally good, with measures that go together or not."""
    rng = np.random.default_rng(1)
    false = 0
    for _ in range(400):
        first, second = rng.random(3), rng.random(3)
        pairs = correct_together(
            [
                pair_of({"roc_auc": area, "accuracy": share})
                for area, share in zip(first.tolist(), second.tolist(), strict=True)
            ]
        )
        false += any(test.p_corrected <= 0.05 for pair in pairs for test in pair.tests.values())
    assert false / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
