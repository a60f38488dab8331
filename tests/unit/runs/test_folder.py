"""The files of a run keep their names, so that runs of earlier versions are still read."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.runs.folder import RunFolder


def test_files_have_the_names_that_they_always_had() -> None:
    run = RunFolder("runs/mine")
    assert run.path == Path("runs/mine")
    files = {name: str(path.relative_to(run.path)) for name, path in vars(run).items()}
    assert files == {
        "path": ".",
        "lock": "training.lock",
        "recipe": "recipe.yaml",
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
    }
    assert run.evaluation("val") == Path("runs/mine/evaluation/val")
