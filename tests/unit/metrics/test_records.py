"""Records come back from JSON and from files, and what is none is told apart."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from pneumoscope.errors import DatasetError
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.metrics.intervals import Interval, Number
from pneumoscope.metrics.records import Figure, Record, as_figure, reading


class Found(Record):
    name: str
    figures: dict[str, Figure]
    chance: Number
    unreadable: tuple[UnreadableFilm, ...] = ()


FOUND = Found(
    name="Tübingen \udcff",
    figures={"area": Interval(0.9, math.nan, math.nan)},
    chance=1e-9,
    unreadable=(UnreadableFilm("film \udcff.png", "truncated"),),
)


def read(path: Path) -> Found:
    with reading("find", path, "Find it again."):
        return Found.read_json(path)


def test_undefined_numbers_are_null_in_json() -> None:
    document = json.loads(FOUND.model_copy(update={"chance": math.nan}).to_json())
    assert document["figures"]["area"] == {"value": 0.9, "low": None, "high": None, "level": 0.95}
    assert document["chance"] is None
    assert str(as_figure(document["figures"]["area"])) == "0.900"


def test_a_record_comes_back_from_its_file(tmp_path: Path) -> None:
    FOUND.write_json(tmp_path / "found.json")
    back = read(tmp_path / "found.json")
    assert (back.name, back.chance, back.unreadable) == (FOUND.name, 1e-9, FOUND.unreadable)
    assert math.isnan(back.figures["area"].low)
    assert back.to_json() == FOUND.to_json()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"pupils": 3}, "pupils"),
        ({"chance": "small"}, "chance"),
        ({"figures": {"area": {"value": 1, "low": 0}}}, "figures.area.high"),
        ({"figures": {"area": {"value": 1, "low": 0, "high": 1, "mean": 1}}}, "figures.area.mean"),
        ({"unreadable": [{"path": "a", "reason": "b", "more": 1}]}, "unreadable.0.more"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: dict[str, object], where: str) -> None:
    path = tmp_path / "found.json"
    path.write_text(json.dumps(json.loads(FOUND.to_json()) | change))
    with pytest.raises(DatasetError, match=f"found.json is no find: {where}: ") as raised:
        read(path)
    assert raised.value.hint == "Find it again."


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_files_of_another_kind_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "found.json").write_text(text)
    with pytest.raises(DatasetError, match=r"found\.json is no find"):
        read(tmp_path / "found.json")
    with pytest.raises(DatasetError, match=r"gone\.json could not be read: No such file"):
        read(tmp_path / "gone.json")
