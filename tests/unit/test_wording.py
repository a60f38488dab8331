import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import (
    counted,
    csv_cell,
    from_csv_cell,
    json_text,
    listed,
    share,
    steers_terminals,
)


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


@pytest.mark.parametrize("text", ["=1+2", "+1", "-scan.png", "@x", "\tx", "\rx", "'=x", "''-x"])
def test_no_cell_of_a_table_is_a_formula_and_each_is_read_back(text: str) -> None:
    assert csv_cell(text) == f"'{text}"
    assert from_csv_cell(f"'{text}") == text


@given(st.text(alphabet="'=-a \t"))
def test_cells_of_tables_are_read_back_as_they_were(text: str) -> None:
    assert from_csv_cell(str(csv_cell(text))) == text


def test_numbers_and_harmless_cells_stay() -> None:
    for cell in (-1.5, None, "", "a=1", "'quoted'", "film-1.png"):
        assert csv_cell(cell) == cell
        assert from_csv_cell(str(cell)) == str(cell)


def test_names_stay_as_they_are_in_json() -> None:
    assert json_text({"Żółć": "肺炎, Lungenentzündung"}) == '{"Żółć": "肺炎, Lungenentzündung"}'


@given(st.text(alphabet=st.characters(exclude_categories=())), st.sampled_from([None, 2]))
def test_json_comes_back_and_cannot_steer_a_terminal(text: str, indent: int | None) -> None:
    written = json_text({text: [text]}, indent=indent)
    assert json.loads(written) == {text: [text]}
    assert not steers_terminals(written)
    written.encode()
