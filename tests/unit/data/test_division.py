from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.data.division import division_lines, keep_given_splits
from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.phantoms import write_phantoms
from pneumoscope.recipe.dotted import asks_for_division
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.settings import Recipe, SplitConfig


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 12, seed=0, formats=["png"], widths=(100, 110))
    return folder


def blocks() -> Recipe:
    return parse_recipe({"name": "test", "split": {"mode": "blocks", "test_fraction": 0.1}})


def test_a_table_with_splits_keeps_them(phantoms: Path) -> None:
    table = phantoms / "films.csv"
    find_films(phantoms).write_csv(table)
    recipe = keep_given_splits(blocks(), table)
    assert recipe.split == SplitConfig(mode="given")
    assert recipe.model_copy(update={"split": blocks().split}) == blocks()
    assert assign_splits(find_films(table), recipe.split) == find_films(table)


def test_folders_and_tables_without_splits_are_divided_by_the_recipe(phantoms: Path) -> None:
    assert keep_given_splits(blocks(), phantoms) == blocks()
    table = phantoms / "undivided.csv"
    films = find_films(phantoms)
    films.with_splits([None] * len(films)).write_csv(table)
    assert keep_given_splits(blocks(), table) == blocks()


def test_the_division_is_told(phantoms: Path) -> None:
    lines = division_lines(find_films(phantoms), SplitConfig(mode="given"))
    assert lines[0].endswith(" patients, by the names of the files.")
    assert lines[1:] == ["Divided as they were given: 8 train, 2 val and 2 test."]


@pytest.mark.parametrize(
    ("override", "asked"),
    [("split.mode=random", True), ("split={mode: random}", True), ("optimizer.lr=1", False)],
)
def test_settings_of_the_split_ask_for_another_division(override: str, asked: bool) -> None:
    assert asks_for_division((override,)) is asked
