"""The files of a run keep their names, so that runs of earlier versions are still read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.runs.folder import RunFolder, newest_run, next_run


def test_files_have_the_names_that_they_always_had() -> None:
    run = RunFolder("runs/mine")
    assert run.path == Path("runs/mine")
    files = {name: str(path.relative_to(run.path)) for name, path in vars(run).items()}
    assert files == {
        "path": ".",
        "lock": "training.lock",
        "recipe": "recipe.yaml",
        "start": "start.json",
        "split_table": "split.csv",
        "unreadable": "unreadable.csv",
        "log": "metrics.csv",
        "tensorboard": "tensorboard",
        "checkpoints": "checkpoints",
        "last": "checkpoints/last.ckpt",
        "best": "checkpoints/best.ckpt",
        "model": "model.onnx",
        "audit": "audit.json",
        "explanations": "explanations",
        "report": "report.html",
        "groups": "groups.csv",
        "folds": "folds",
        "fold_figures": "folds/folds.json",
    }
    assert run.evaluation("val") == Path("runs/mine/evaluation/val")


def test_new_runs_are_numbered_and_the_last_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert next_run("x") == newest_run("x") == RunFolder("runs/x")
    for number, name in enumerate(("x", "x-2"), start=2):
        run = next_run("x")
        assert run == RunFolder(f"runs/{name}")
        run.checkpoints.mkdir(parents=True)
        run.recipe.touch()
        assert next_run("x") == run  # it has not come to anything yet
        run.last.touch()
        assert newest_run("x") == run
        assert next_run("x") == RunFolder(f"runs/x-{number}")
