"""The call of a film and the probability beside it never contradict each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.inference.call import Call
from pneumoscope.metrics.operating_points import decide

TWO = ("NORMAL", "PNEUMONIA")
THREE = ("Normal", "Lung Opacity", "Viral Pneumonia")


def call_of(
    probabilities: tuple[float, ...],
    thresholds: tuple[float, ...],
    names: tuple[str, ...],
    normal: str | None,
) -> Call:
    called = names[int(decide([probabilities], thresholds)[0])]
    by_class = (dict(zip(names, values, strict=True)) for values in (probabilities, thresholds))
    return Call.of(called, *by_class, normal)


def test_a_film_called_normal_is_told_with_the_finding_and_its_threshold() -> None:
    call = call_of((0.3, 0.7), (0.25, 0.75), TWO, "NORMAL")
    assert call == Call("NORMAL", "PNEUMONIA", 0.7, 0.75)
    assert call.reading == "PNEUMONIA 70.0 %, below the threshold of 75.0 %"
    assert call.short_reading == "PNEUMONIA 70.0 %, below 75.0 %"


def test_a_finding_of_low_probability_is_told_with_its_lower_threshold() -> None:
    call = call_of((0.46, 0.3, 0.24), (0.4, 0.4, 0.2), THREE, "Normal")
    assert call.finding == "Viral Pneumonia"
    assert call.reading == "Viral Pneumonia 24.0 %, above the threshold of 20.0 %"


def test_of_a_film_called_normal_the_finding_nearest_to_being_called_is_told() -> None:
    # Lung Opacity is the more probable one, and further from its threshold.
    call = call_of((0.6, 0.3, 0.1), (0.2, 0.7, 0.1), THREE, "Normal")
    assert (call.finding, call.class_of_interest) == ("Normal", "Viral Pneumonia")


def test_where_a_finding_is_above_its_threshold_and_not_called_it_is_said_why() -> None:
    call = call_of((0.66, 0.1, 0.24), (0.5, 0.3, 0.2), THREE, "Normal")
    assert call.reading == (
        "Viral Pneumonia 24.0 %, above the threshold of 20.0 %, but Normal is further above its own"
    )


def test_without_a_healthy_class_the_class_called_is_told() -> None:
    call = call_of((0.8, 0.2), (0.5, 0.5), ("BACTERIA", "VIRUS"), None)
    assert call.reading == "BACTERIA 80.0 %, above the threshold of 50.0 %"


@pytest.mark.parametrize(("probability", "side"), [(0.7498, "just below"), (0.7502, "just above")])
def test_a_probability_that_reads_like_its_threshold_is_told_apart(
    probability: float, side: str
) -> None:
    call = call_of((1 - probability, probability), (0.25, 0.75), TWO, "NORMAL")
    assert call.reading == f"PNEUMONIA 75.0 %, {side} the threshold of 75.0 %"


def shares(count: int) -> st.SearchStrategy[tuple[float, ...]]:
    """Positive numbers that sum to one."""
    parts = st.lists(st.integers(1, 1000), min_size=count, max_size=count)
    return parts.map(lambda values: tuple(value / sum(values) for value in values))


@given(shares(2), shares(2), st.sampled_from(["NORMAL", None]))
def test_of_two_classes_the_side_of_the_threshold_is_the_call(
    probabilities: tuple[float, ...], thresholds: tuple[float, ...], normal: str | None
) -> None:
    call = call_of(probabilities, thresholds, TWO, normal)
    assert call.is_above == (call.finding == call.class_of_interest)
    assert normal is None or call.class_of_interest == "PNEUMONIA"


@given(shares(3), shares(3))
def test_of_more_classes_what_is_called_is_above_its_threshold(
    probabilities: tuple[float, ...], thresholds: tuple[float, ...]
) -> None:
    call = call_of(probabilities, thresholds, THREE, "Normal")
    assert call.class_of_interest != "Normal"
    if call.finding == call.class_of_interest:
        assert call.is_above
        assert call.probability >= call.threshold * (1 - 1e-9)
    elif call.is_above:
        assert "further above its own" in call.reading
