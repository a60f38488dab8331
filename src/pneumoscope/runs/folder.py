"""The folder of a training run: what the files in it are called."""

from __future__ import annotations

from pathlib import Path


class RunFolder:
    """Where everything of a run lies, or will lie once the run has come that far.

    `lock` is there while a process trains. `recipe` is the recipe as used, `split_table` the films
    with their division, `unreadable` those that could not be read, `log` has a row for every epoch
    (see `runs.log`), `last` and `best` are the checkpoints of two epochs. A finished run also has
    its `model` file, an evaluation for each held-out split, and a report. `audit` and
    `explanations` are of the films and the heatmaps.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.lock = self.path / "training.lock"
        self.recipe = self.path / "recipe.yaml"
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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunFolder) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def evaluation(self, split: str) -> Path:
        """The folder of the evaluation on one held-out split."""
        return self.path / "evaluation" / split
