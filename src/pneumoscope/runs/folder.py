"""The folder of a training run: what the files in it are called."""

from __future__ import annotations

import os
from pathlib import Path


class RunFolder:
    """Where everything of a run lies, or will lie once the run has come that far.

    `lock` is there while a process trains. `recipe` is the recipe as used, `start` what else the
    run was started with (see `runs.start`), `split_table` the films with their division,
    `unreadable` those that could not be read, `log` has a row for every epoch (see `runs.log`),
    `last` and `best` are the checkpoints of two epochs. A finished run also has
    its `model` file, an evaluation for each held-out split, and a report. `audit` and
    `explanations` are of the films and the heatmaps. `groups` are the films'
    acquisition groups, where they play a part. `folds` holds the runs of folds, which come
    before the run's own training, and `fold_figures` what they tell.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.lock = self.path / "training.lock"
        self.recipe = self.path / "recipe.yaml"
        self.start = self.path / "start.json"
        self.split_table = self.path / "split.csv"
        self.unreadable = self.path / "unreadable.csv"
        self.log = self.path / "metrics.csv"
        self.tensorboard = self.path / "tensorboard"
        self.checkpoints = self.path / "checkpoints"
        self.last = self.checkpoints / "last.ckpt"
        self.best = self.checkpoints / "best.ckpt"
        self.model = self.path / "model.onnx"
        self.audit = self.path / "audit.json"
        self.explanations = self.path / "explanations"
        self.report = self.path / "report.html"
        self.groups = self.path / "groups.csv"
        self.folds = self.path / "folds"
        self.fold_figures = self.folds / "folds.json"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunFolder) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def name(self) -> str:
        """What the run, and the model that comes out of it, are called: as its folder."""
        return self.path.resolve().name

    def results(self) -> tuple[Path, ...]:
        """What is there once a run has come to something, or is at it: another must not begin in
        its folder."""
        return self.lock, self.folds, self.log, self.last, self.best, self.model

    @property
    def can_go_on(self) -> bool:
        """Whether there is something to go on from: an epoch, or a fold that was begun."""
        return self.last.is_file() or self.folds.is_dir()

    def evaluation(self, split: str) -> Path:
        """The folder of the evaluation on one held-out split."""
        return self.path / "evaluation" / split


RUNS = Path("runs")
"""The folder of runs whose own folders nobody has named."""


def newest_run(name: str) -> RunFolder:
    """Of the runs `runs/<name>`, `runs/<name>-2` and so on the last one that there is; where there
    is none, the first."""
    folder, number = RunFolder(RUNS / name), 2
    while (following := RunFolder(RUNS / f"{name}-{number}")).path.is_dir():
        folder, number = following, number + 1
    return folder


def next_run(name: str) -> RunFolder:
    """The first of `runs/<name>`, `runs/<name>-2` and so on that is free for a new run.

    A folder is free as well where a run ended before its first epoch did.
    """
    number = 1
    while True:
        folder = RunFolder(RUNS / (name if number == 1 else f"{name}-{number}"))
        if not any(os.path.lexists(path) for path in folder.results()):
            return folder
        number += 1
