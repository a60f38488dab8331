"""What a process answers is believed only where it is what was asked for."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from pneumoscope.errors import DecoderError, ImageReadError
from pneumoscope.imaging.film import FilmTags, ReadLimits
from pneumoscope.inference.isolated_answers import Answer

LEVELS = bytes(range(4))
TAGS = dataclasses.asdict(FilmTags(format="PNG"))
WHOLE: dict[str, Any] = {
    "tags": TAGS, "shape": [2, 3], "pixels": [2, 3], "parts": [6], "note": "",
    "timings": {"read": 1.0, "preprocess": 2.0},
}  # fmt: skip
VALUES: dict[str, Any] = {
    "tags": TAGS, "shape": [2, 3], "pixels": [2, 3], "parts": [12, 4], "slope": 1.0,
    "intercept": -5, "inverse": True, "hidden": 3, "windows": [[40, 400.0, "LINEAR", "lung"]],
    "pixel_spacing": [0.1, 0.2],
}  # fmt: skip
CONTENT = np.array([0, 1, 2, 3, 2, 1], np.uint16).tobytes() + LEVELS


def answer(told: dict[str, Any], content: bytes) -> Answer:
    return Answer(told, content, "film", ReadLimits(max_pixels=100))


def test_answers_of_the_form_that_was_asked_for_are_taken() -> None:
    assert answer(WHOLE, bytes(6)).film(whole=True).pixels.shape == (2, 3)
    reduced = answer(WHOLE | {"shape": [4, 6]}, bytes(6)).film(whole=False)
    assert (reduced.pixels.shape, reduced.shape) == ((2, 3), (4, 6))
    square = WHOLE | {"pixels": [2, 2], "parts": [4]}
    assert answer(square, bytes(4)).prepared(2).timings == WHOLE["timings"]
    assert answer({"parts": [5], "note": "all"}, b"a PNG").copy().data == b"a PNG"
    values = answer(VALUES, CONTENT).values(None)
    assert values.values.tolist() == [[0, 1, 2], [3, 2, 1]]
    assert (values.windows[0].explanation, values.pixel_spacing) == ("lung", (0.1, 0.2))
    with pytest.raises(ImageReadError, match="cut short"):
        answer({"reason": "cut short.", "hint": ""}, b"").film(whole=True)


@pytest.mark.parametrize(
    "lie",
    [
        {"parts": [7]},
        {"parts": [3, 3]},
        {"parts": [-1]},
        {"parts": None},
        {"pixels": [3, 3]},
        {"pixels": [-1, 3]},
        {"pixels": [2, 3, 1]},
        {"shape": [0, 3]},
        {"shape": "2"},
        {"shape": [1, 6]},
        {"shape": [4, 6]},
        {"tags": TAGS | {"format": 7}},
        {"tags": TAGS | {"owner": "x"}},
        {"tags": []},
        {"tags": TAGS | {"patient_age": "93"}},
        {"tags": TAGS | {"patient_age": math.nan}},
        {"tags": TAGS | {"bits": "8"}},
        {"tags": TAGS | {"frames": 1.5}},
        {"tags": TAGS | {"notes": [7]}},
        {"pixels": [2.5, 3]},
    ],
)
def test_an_answer_that_contradicts_itself_is_not_believed(lie: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        answer(WHOLE | lie, bytes(6)).film(whole=True)


@pytest.mark.parametrize(
    "lie",
    [
        {"pixels": [2, 2]},
        {"parts": [4, 12]},
        {"parts": [13, 3]},
        {"hidden": 4},
        {"windows": [[1, 2]]},
        {"windows": 1},
        {"pixel_spacing": [1]},
        {"pixel_spacing": [1, math.inf]},
        {"slope": math.nan},
        {"intercept": "5"},
        {"inverse": "no"},
        {"hidden": 1.0},
        {"windows": [[40, -math.inf, "LINEAR", "lung"]]},
        {"windows": [[40, 400.0, "LINEAR", None]]},
    ],
)
def test_values_that_contradict_themselves_are_not_believed(lie: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        answer(VALUES | lie, CONTENT).values(None)


def test_sizes_beyond_what_was_asked_for_are_not_believed() -> None:
    with pytest.raises(ValueError, match="4 gray levels"):
        answer(VALUES, CONTENT.replace(b"\3\0", b"\4\0")).values(None)
    with pytest.raises(ValueError, match="pixels"):
        answer(WHOLE, bytes(6)).prepared(2)
    endless = {"pixels": [2, 2], "parts": [4], "timings": {"read": math.inf, "preprocess": 0.0}}
    with pytest.raises(ValueError, match="no finite number"):
        answer(WHOLE | endless, bytes(4)).prepared(2)
    with pytest.raises(ValueError, match="pixels"):
        answer(WHOLE, bytes(6)).picture(2)
    with pytest.raises(ValueError, match="pixels"):
        answer(VALUES, CONTENT).values(2)
    with pytest.raises(ValueError, match="of a film"):
        answer(VALUES | {"shape": [9, 9]}, CONTENT).values(None)
    with pytest.raises(ImageReadError, match="more than the limit"):
        answer(WHOLE | {"shape": [20, 30]}, bytes(6)).film(whole=True)


def test_a_defect_is_no_verdict_on_a_film() -> None:
    with pytest.raises(DecoderError, match="No module named 'zlib'"):
        answer({"failed": "ImportError: No module named 'zlib'"}, b"").film(whole=True)
