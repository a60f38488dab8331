"""Comparisons in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from compared_models import write_compared_models
from pneumoscope.evaluation.compare import compare
from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.evaluation.comparison_verdicts import (
    exposure_notes,
    found_differences,
    measure_title,
    p_number,
    signed,
    verdict,
)
from pneumoscope.evaluation.exposure import Exposure
from pneumoscope.evaluation.pairs import ComparedPair, CorrectedTest
from pneumoscope.metrics.intervals import Interval

UNDEFINED = float("nan")


def pair(value: float, low: float, high: float, p_value: float) -> ComparedPair:
    test = CorrectedTest(
        difference=Interval(value, low, high), p_value=p_value / 3, p_corrected=p_value
    )
    tests = {"roc_auc": test, "roc_auc[VIRUS]": test, "accuracy": test}
    return ComparedPair(
        first="first",
        second="second",
        tests=tests,
        only_first_right=3,
        only_second_right=2,
        same_calls=0.9,
        kappa=0.8,
    )


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        (
            (0.012, 0.004, 0.020, 0.003),
            "first is better than second in accuracy: difference +0.0120 (+0.0040 to +0.0200), "
            "p = 0.003.",
        ),
        (
            (-0.012, -0.020, -0.004, 0.0001),
            "second is better than first in accuracy: difference +0.0120 (+0.0040 to +0.0200), "
            "p < 0.001.",
        ),
        (
            (-0.001, -0.009, 0.007, 0.8),
            "No difference in accuracy between first and second could be shown: difference "
            "−0.0010 (−0.0090 to +0.0070), p = 0.800.",
        ),
        (
            (0.5, UNDEFINED, UNDEFINED, UNDEFINED),
            "first and second could not be tested for accuracy on these films.",
        ),
    ],
    ids=["first", "second", "neither", "undefined"],
)
def test_a_pair_in_words(numbers: tuple[float, float, float, float], sentence: str) -> None:
    assert verdict(pair(*numbers), "accuracy") == sentence


def test_measures_and_numbers_in_words() -> None:
    assert measure_title("roc_auc") == "ROC-AUC"
    assert measure_title("roc_auc[NOT NORMAL]") == "ROC-AUC of NOT NORMAL"
    assert signed(Interval(0.5, UNDEFINED, UNDEFINED)) == "+0.5000"
    assert signed(Interval(UNDEFINED, UNDEFINED, UNDEFINED)) == "undefined"
    assert [p_number(p) for p in (0.04999, 0.0005, UNDEFINED)] == ["0.050", "< 0.001", "undefined"]


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    models = write_compared_models(tmp_path_factory.mktemp("m"), ("NORMAL", "PNEUMONIA"))
    given: list[str | Path] = [models.good, models.fair, models.odd]
    return compare(given, models.films, split="val", replicates=10)


def test_differences_of_all_films_come_before_those_of_a_class(comparison: Comparison) -> None:
    sure, unsure, chance = (pair(0.1, 0.05, 0.15, p_value) for p_value in (0.0001, 0.04, 0.06))
    found = found_differences(comparison.model_copy(update={"pairs": (chance, unsure, sure)}))
    assert [
        (found_pair.tests["roc_auc"].p_corrected, measure) for found_pair, measure in found
    ] == [
        (0.0001, "roc_auc"),
        (0.0001, "accuracy"),
        (0.04, "roc_auc"),
        (0.04, "accuracy"),
        (0.0001, "roc_auc[VIRUS]"),
        (0.04, "roc_auc[VIRUS]"),
    ]


def test_models_that_have_seen_the_same_share_a_note(comparison: Comparison) -> None:
    validated, unknown = exposure_notes(comparison)
    assert validated.startswith(
        "good, fair: Of the 48 films, the model had its settings chosen by 48. Figures look a "
        "little better than they are"
    )
    assert unknown.startswith("odd: Whether the model learned from any of these films is not known")
    exposure = Exposure(train=0, val=0, held_out=48, unknown=0)
    held_out = tuple(model.model_copy(update={"exposure": exposure}) for model in comparison.models)
    unseen = comparison.model_copy(update={"models": held_out})
    assert exposure_notes(unseen) == []
    (told,) = exposure_notes(unseen.model_copy(update={"left_out": 12}))
    assert told.startswith("12 films that a model has learned from")
