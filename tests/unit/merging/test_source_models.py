"""Reading the models that another is made of, and telling what they learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import seen_films
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, UnknownModelError
from pneumoscope.merging.source_models import check_held_out, read_source_model
from pneumoscope.modelfile.file import read_model_file
from tiny_model import SIZE
from varied_model import write_varied_model


def make_run(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    """The folder of a finished run: paths, splits and patients of its films."""
    folder.mkdir()
    write_varied_model(folder / "model.onnx", 1)
    table_of(folder, rows).write_csv(folder / "split.csv")
    return folder


def table_of(root: Path, rows: list[tuple[str, str, str]]) -> FilmTable:
    return FilmTable.from_rows(
        root,
        [
            {"path": path, "label": path.split("/")[0], "split": split, "patient_id": patient}
            for path, split, patient in rows
        ],
    )


def test_the_graph_comes_without_the_manifest(tmp_path: Path) -> None:
    path = write_varied_model(tmp_path / "one.onnx", 1)
    model = read_source_model(path)
    data, manifest = read_model_file(path)
    assert model.manifest == manifest
    assert data.startswith(model.graph)
    assert len(model.graph) == manifest.graph_bytes < len(data)
    assert model.split_table is None


def test_a_run_brings_its_split_table(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [("NORMAL/a.png", "train", "1"), ("SICK/b.png", "val", "2")])
    for source in (run, run / "model.onnx"):
        model = read_source_model(source)
        assert model.file == run / "model.onnx"
        assert model.split_table is not None
        assert [film.split for film in model.split_table.films] == ["train", "val"]


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "unfinished").mkdir()
    with pytest.raises(UnknownModelError, match=r"is no run"):
        read_source_model(tmp_path / "unfinished")
    with pytest.raises(UnknownModelError):
        read_source_model("mobilenet-of-nowhere")


Rows = list[tuple[str, str, str]]


def prepared(root: Path, rows: Rows) -> PreparedFilms:
    """Films whose pixels follow from their names."""
    table = table_of(root, rows)
    noise = [np.random.default_rng(list(film.path.encode())) for film in table.films]
    pixels = np.stack([rng.integers(0, 256, (SIZE, SIZE), np.uint8) for rng in noise])
    return PreparedFilms(table, pixels, np.arange(len(rows)), ())


TRAINED: Rows = [("NORMAL/a.png", "train", "1"), ("SICK/b.png", "val", "2")]
JUDGED: list[tuple[Rows, int]] = [
    ([("NORMAL/x.png", "val", "8"), ("SICK/b.png", "val", "2")], 0),
    ([("NORMAL/a.png", "val", "8"), ("SICK/b.png", "val", "2")], 1),  # the same film
    ([("NORMAL/x.png", "val", "1"), ("SICK/b.png", "val", "1")], 2),  # the same patient
]


@pytest.mark.parametrize(("rows", "learned"), JUDGED)
def test_films_that_a_model_learned_from_are_told(tmp_path: Path, rows: Rows, learned: int) -> None:
    run = make_run(tmp_path / "run", TRAINED)
    seen = seen_films(prepared(tmp_path, TRAINED))
    write_varied_model(run / "model.onnx", 1, seen=seen)
    films = prepared(tmp_path, rows)
    if learned:
        with pytest.raises(DatasetError, match=f"trained on {learned} of the 2 films"):
            check_held_out([read_source_model(run)], films)
    else:
        assert check_held_out([read_source_model(run)], films) == ()


def test_a_file_alone_tells_its_films_unless_it_is_older(tmp_path: Path) -> None:
    seen = seen_films(prepared(tmp_path, TRAINED))
    alone = read_source_model(write_varied_model(tmp_path / "alone.onnx", 1, seen=seen))
    older = read_source_model(write_varied_model(tmp_path / "older.onnx", 2))
    films = prepared(tmp_path, JUDGED[1][0])
    assert check_held_out([older], films) == (str(tmp_path / "older.onnx"),)
    with pytest.raises(DatasetError, match=r"alone\.onnx was trained on 1 of the 2 films"):
        check_held_out([older, alone], films)
