"""From arguments to films, and where their classes come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from pneumoscope.errors import DatasetError
from pneumoscope.heatmaps.films_to_explain import find_films_to_explain

CLASSES = ("NORMAL", "PNEUMONIA")


def write_films(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (40, 40), 100).save(folder / name)
    return folder


def test_folders_of_classes_tell_the_actual_class_under_the_models_name(tmp_path: Path) -> None:
    found = find_films_to_explain(
        [write_films(tmp_path, "test/normal/1.png", "test/Pneumonia/1.png")], CLASSES
    )
    assert [(film.name, film.actual) for film in found.films] == [
        ("Pneumonia/1.png", "PNEUMONIA"),
        ("normal/1.png", "NORMAL"),
    ]
    assert found.unlabelled == ""


@pytest.mark.parametrize("names", [("1.png", "deep/er/2.png"), ("ward a/1.png", "ward b/1.png")])
def test_other_folders_tell_nothing(tmp_path: Path, names: tuple[str, ...]) -> None:
    found = find_films_to_explain([str(write_films(tmp_path, *names))], CLASSES)
    assert [film.name for film in found.films] == list(names)
    assert {film.actual for film in found.films} == {None}
    assert "is named as a class: NORMAL, PNEUMONIA" in found.unlabelled


def test_a_table_tells_labels_and_must_be_right(tmp_path: Path) -> None:
    write_films(tmp_path, "1.png", "2.png")
    table = tmp_path / "films.csv"
    table.write_text("path,label\n1.png,NORMAL\n2.png,PNEUMONIA\n")
    assert [film.actual for film in find_films_to_explain([table], CLASSES).films] == list(CLASSES)
    table.write_text("path,label\n1.png,NORMAL\n2.png,COVID\n")
    with pytest.raises(DatasetError, match="does not know COVID"):
        find_films_to_explain([table], CLASSES)


def test_folders_of_which_some_are_classes_are_refused(tmp_path: Path) -> None:
    write_films(tmp_path, "NORMAL/1.png", "COVID/1.png")
    with pytest.raises(DatasetError, match="does not know COVID"):
        find_films_to_explain([tmp_path], CLASSES)


def test_films_of_one_name_in_two_folders_stay_apart(tmp_path: Path) -> None:
    write_films(tmp_path, "a/1.png", "b/1.png")
    found = find_films_to_explain([tmp_path / "a", tmp_path / "b" / "*.png"], CLASSES)
    assert [film.name for film in found.films] == ["a/1.png", "b/1.png"]
    assert "several inputs" in found.unlabelled


def test_names_are_printable_and_never_the_same(tmp_path: Path) -> None:
    write_films(tmp_path, "\x1b1.png")
    assert [film.name for film in find_films_to_explain([tmp_path], CLASSES).films] == ["?1.png"]
    write_films(tmp_path, "\x071.png")
    with pytest.raises(DatasetError, match="cannot be printed"):
        find_films_to_explain([tmp_path], CLASSES)


def test_standard_input_is_refused() -> None:
    with pytest.raises(DatasetError, match="standard input"):
        find_films_to_explain(["-"], CLASSES)
