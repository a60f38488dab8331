import math

import pytest

from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import counted, listed, share


@pytest.mark.parametrize(
    ("fraction", "words"), [(0.0, "0.0 %"), (0.9996, "100.0 %"), (math.nan, "undefined")]
)
def test_a_counted_share_may_be_all_or_nothing(fraction: float, words: str) -> None:
    assert share(fraction) == words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 epochs"), (1, "1 epoch"), (1200, "1,200 epochs")]
)
def test_a_number_goes_with_its_noun(number: int, words: str) -> None:
    assert counted(number, "epoch") == words


def test_an_interval_says_what_is_known_of_it() -> None:
    assert str(Interval(0.9, 0.85, 0.9501)) == "0.900 (0.850 to 0.950)"
    assert str(Interval(0.9, math.nan, math.nan)) == "0.900"
    assert str(Interval(math.nan, math.nan, math.nan)) == "undefined"


def test_lists_are_parts_of_sentences() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
