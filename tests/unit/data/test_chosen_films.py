"""Which films a model is judged on where a person says little."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from pneumoscope.data.chosen_films import choose_films
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.runs.folder import RunFolder
from pneumoscope.runs.start import RunStart, read_start


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run that has divided films of two undivided folders."""
    rows = []
    for label in ("NORMAL", "PNEUMONIA"):
        (tmp_path / "films" / label).mkdir(parents=True)
        for split in ("train", "val", "test"):
            path = f"{label}/{split}.png"
            Image.new("L", (8, 8)).save(tmp_path / "films" / path)
            rows.append({"path": path, "label": label, "split": split})
    folder = RunFolder(tmp_path / "runs" / "mine")
    folder.path.mkdir(parents=True)
    FilmTable.from_rows(tmp_path / "films", rows).write_csv(folder.split_table)
    RunStart.of(folder, tmp_path / "films", None, "cpu", 1).write(folder)
    return folder


def names(table: FilmTable) -> list[str]:
    return [film.path for film in table.films]


def test_a_run_chooses_what_it_held_out_and_says_so(run: RunFolder) -> None:
    chosen = choose_films(None, run)
    assert names(chosen.table) == ["NORMAL/test.png", "PNEUMONIA/test.png"]
    assert chosen.split == "test"
    assert chosen.note.startswith("These are the 2 films that the run mine held out as test.")
    assert names(choose_films(None, run, split="val").table)[0] == "NORMAL/val.png"
    assert len(choose_films(None, run, split="all").table) == 6


def test_without_test_films_validation_films_are_chosen(run: RunFolder, tmp_path: Path) -> None:
    films = FilmTable.read_csv(run.split_table, tmp_path / "films")
    kept = [film for film in films.films if film.split != "test"]
    FilmTable(films.root, tuple(kept), films.class_names).write_csv(run.split_table)
    chosen = choose_films(None, run)
    assert chosen.split == "val"
    assert "its settings were chosen on them" in chosen.note


def test_the_folder_of_its_films_is_divided_as_the_run_did(run: RunFolder, tmp_path: Path) -> None:
    assert choose_films(tmp_path / "films", run).split == "test"
    (tmp_path / "others").symlink_to(tmp_path / "films")
    assert choose_films(tmp_path / "others", run).split == "test"
    # Other films are judged as they are given.
    others = tmp_path / "elsewhere"
    for label in ("NORMAL", "PNEUMONIA"):
        (others / label).mkdir(parents=True)
        Image.new("L", (8, 8)).save(others / label / "1.png")
    chosen = choose_films(others, run)
    assert (len(chosen.table), chosen.split, chosen.note) == (2, None, "")


def test_films_are_found_where_they_were_moved_with_the_run(tmp_path: Path, run: RunFolder) -> None:
    (tmp_path / "moved").mkdir()
    for name in ("runs", "films"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    moved = RunFolder(tmp_path / "moved" / "runs" / "mine")
    assert read_start(moved).films_folder(moved) == (tmp_path / "moved" / "films").resolve()
    (tmp_path / "moved" / "films").rename(tmp_path / "gone")
    with pytest.raises(DatasetError, match=r"no longer in .*evaluate .*mine FOLDER`"):
        choose_films(None, moved)
    # Films that are named where they lie now are still those of the run.
    chosen = choose_films(tmp_path / "gone", moved)
    assert (len(chosen.table), chosen.split) == (2, "test")
    assert chosen.note.startswith(f"{tmp_path / 'gone'} holds the films of the run mine. These")


def test_other_films_of_the_same_names_are_not_those_of_the_run(
    run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(tmp_path / "films", tmp_path / "copy")
    assert choose_films(tmp_path / "copy", run).split == "test"
    for film in (tmp_path / "copy").rglob("*.png"):
        Image.new("L", (8, 8), 200).save(film)
    assert choose_films(tmp_path / "copy", run).split is None


def test_results_name_films_as_relatively_as_the_run(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    chosen = choose_films(None, RunFolder("../runs/mine"))
    assert chosen.source == "../films"
    assert all(path.is_file() for path in chosen.table.paths())
    assert choose_films(None, run).source == str(tmp_path / "films")


def test_a_table_of_splits_chooses_what_it_holds_out(run: RunFolder, tmp_path: Path) -> None:
    table = shutil.copy(run.split_table, tmp_path / "mine.csv")
    chosen = choose_films(None, run, splits=table)
    assert (len(chosen.table), chosen.split) == (2, "test")
    assert f"that {table} holds out as test" in chosen.note
    assert len(choose_films(None, run, splits=table, split="all").table) == 6


def test_a_model_of_no_run_needs_films() -> None:
    with pytest.raises(DatasetError, match="no films to judge the model on"):
        choose_films(None, None)
