"""Which films, with which labels, of which split."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two films of each class, not divided into splits."""
    for name in ("NORMAL/a.png", "NORMAL/b.png", "PNEUMONIA/c.png", "PNEUMONIA/d.png"):
        path = tmp_path / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "films"


def split_table(folder: Path) -> Path:
    """A table that knows other labels, and a split for two of the films."""
    rows = [
        {"path": "NORMAL/a.png", "label": "Normal", "split": "val"},
        {"path": "PNEUMONIA/c.png", "label": "Virus", "split": "test"},
    ]
    path = folder.parent / "split.csv"
    FilmTable.from_rows(folder, rows).write_csv(path)
    return path


def test_a_split_table_says_which_films_labels_and_splits(folder: Path) -> None:
    table = find_labelled_films(folder, splits=split_table(folder), split="test")
    assert [(film.path, film.label) for film in table.films] == [("PNEUMONIA/c.png", "Virus")]
    assert table.paths()[0].is_file()


def test_a_split_table_goes_with_a_table_of_films(folder: Path) -> None:
    listed = folder / "films.csv"
    find_labelled_films(folder).write_csv(listed)
    table = find_labelled_films(listed, splits=split_table(folder))
    assert table.root == folder
    assert len(table) == 2


def test_a_split_table_needs_the_films(folder: Path) -> None:
    with pytest.raises(DatasetError, match="missing"):
        find_labelled_films(folder / "missing", splits=split_table(folder))


def test_a_split_without_films_tells_what_there_is(folder: Path) -> None:
    with pytest.raises(DatasetError, match="'train'") as raised:
        find_labelled_films(folder, splits=split_table(folder), split="train")
    assert "test, val" in raised.value.hint
    with pytest.raises(DatasetError, match="'val'") as raised:
        find_labelled_films(folder, split="val")
    assert "not divided" in raised.value.hint
