from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.data.division import division_lines, keep_given_splits, left_out_lines
from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
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
    ("mode", "how"),
    [
        ("rejoin", "train and val were put together and divided anew, test stayed as given"),
        ("random", "all films were put together and divided anew, whatever splits they had"),
        ("blocks", "train and val were put together and whole stretches of patient numbers "),
    ],
)
def test_what_a_mode_did_is_told(phantoms: Path, mode: str, how: str) -> None:
    films = find_films(phantoms)
    config = SplitConfig(mode=mode, val_fraction=0.4, block_count=1)
    line = division_lines(assign_splits(films, config), config)[1]
    assert line.startswith(f"Divided by the recipe (mode {mode}: {how}")


def test_a_folder_without_splits_has_no_test_that_stayed(phantoms: Path) -> None:
    films = find_films(phantoms)
    config = SplitConfig(val_fraction=0.3, test_fraction=0.3)
    divided = assign_splits(films.with_splits([None] * len(films)), config)
    how = "(mode rejoin: all films were put together and divided anew): "
    assert how in division_lines(divided, config)[1]


def test_films_are_left_out_for_what_is_true() -> None:
    rows = [
        {"path": f"{number}.png", "label": "AB"[number % 2], "split": split, "patient_id": patient}
        for number, (split, patient) in enumerate(
            [
                *(("train", "a"), ("train", "b"), ("val", "c"), ("val", "d"), ("test", "e")),
                *(("train", "e"), ("val", "e"), ("train", "c"), ("", "f")),
            ]
        )
    ]
    given = SplitConfig(mode="given")
    table = assign_splits(FilmTable.from_rows(Path(), rows), given)
    assert left_out_lines(table, given) == [
        "3 films left out of train and val, since other films of their patients are in test or "
        "val.",
        "1 film left out: in no split, or copies of its patient's films are held out.",
    ]
    before_test = table.with_splits(
        [None if film.split == "test" else film.split for film in table.films]
    )
    assert left_out_lines(before_test, given)[0] == (
        "1 film left out of train, since other films of its patient are in val."
    )
    config = SplitConfig()
    digests = ["x", *"bcd", "x", *"fghi"]
    copies = assign_splits(
        FilmTable.from_rows(Path(), [row | {"patient_id": ""} for row in rows]), config, digests
    )
    assert left_out_lines(copies, config) == [
        "1 film left out: copies of its patient's films are held out."
    ]


@pytest.mark.parametrize(
    ("override", "asked"),
    [("split.mode=random", True), ("split={mode: random}", True), ("optimizer.lr=1", False)],
)
def test_settings_of_the_split_ask_for_another_division(override: str, asked: bool) -> None:
    assert asks_for_division((override,)) is asked
