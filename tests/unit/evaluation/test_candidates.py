"""The models of a comparison: how they are found and named, and what they have seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, UnknownModelError
from pneumoscope.evaluation.candidates import Candidate, find_candidates
from tiny_model import write_tiny_model

FILMS = ["train/NORMAL/a.png", "train/ILL/b.png", "val/NORMAL/c.png", "test/ILL/d.png", "ILL/e.png"]
SPLITS = ["train", "train", "val", "test", ""]


def table(root: Path, paths: list[str] = FILMS, splits: list[str] = SPLITS) -> FilmTable:
    rows = [
        {"path": path, "label": Path(path).parent.name, "split": split}
        for path, split in zip(paths, splits, strict=True)
    ]
    return FilmTable.from_rows(root, rows)


def write_run(folder: Path, films: FilmTable | None = None) -> Path:
    folder.mkdir(parents=True)
    write_tiny_model(folder / "model.onnx")
    if films is not None:
        films.write_csv(folder / "split.csv")
    return folder


def only(*models: str | Path) -> Candidate:
    (candidate,) = find_candidates(models)
    return candidate


def test_models_are_named_after_runs_and_files(tmp_path: Path) -> None:
    films = table(tmp_path)
    run = write_run(tmp_path / "runs" / "a-resnet50", films)
    same_name = write_run(tmp_path / "other" / "a-resnet50", films)
    file = write_tiny_model(tmp_path / "mine.onnx")
    given = [run, same_name / "model.onnx", file, "mobilenetv2-pediatric"]
    candidates = find_candidates(given)
    assert [c.name for c in candidates] == [
        "a-resnet50",
        "a-resnet50-2",
        "mine",
        "mobilenetv2-pediatric",
    ]
    assert [c.run and c.run.path for c in candidates] == [run, same_name, None, None]
    assert candidates[0].file == run / "model.onnx"


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    (tmp_path / "unfinished").mkdir()
    with pytest.raises(UnknownModelError, match=r"holds neither model\.onnx"):
        find_candidates([run, tmp_path / "unfinished"])
    with pytest.raises(UnknownModelError, match="no model file and no packaged model"):
        find_candidates(["missing"])
    with pytest.raises(DatasetError, match="given twice"):
        find_candidates([run, run / "model.onnx"])
    with pytest.raises(DatasetError, match="no models"):
        find_candidates([])


def test_models_of_other_classes_are_named(tmp_path: Path) -> None:
    two = write_tiny_model(tmp_path / "two.onnx")
    lower = write_tiny_model(tmp_path / "lower.onnx", ("normal", "Pneumonia"))
    three = write_tiny_model(tmp_path / "three.onnx", ("NORMAL", "BACTERIA", "VIRUS"))
    assert len(find_candidates([two, lower])) == 2
    with pytest.raises(DatasetError, match="two knows NORMAL, PNEUMONIA, three NORMAL, BACTERIA"):
        find_candidates([two, lower, three])


def test_training_time_and_hardware(tmp_path: Path) -> None:
    told = write_tiny_model(
        tmp_path / "told.onnx", training={"seconds": 90, "hardware": {"name": "A processor"}}
    )
    assert only(told).training_seconds == 90.0
    assert only(told).training_hardware == "A processor"
    untold = write_tiny_model(tmp_path / "untold.onnx", training={})
    assert (only(untold).training_seconds, only(untold).training_hardware) == (None, None)
