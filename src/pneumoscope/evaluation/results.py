"""What an evaluation found, and the files it is kept in."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pneumoscope.errors import PneumoscopeError
from pneumoscope.modelfile import ModelManifest
from pneumoscope.results import Interval, UnreadableFilm


@dataclass(frozen=True)
class ScoredFilm:
    """What a model says of one labelled film.

    `label` is the true class under the model's name for it, `probabilities` are calibrated,
    `logits` come before the temperature, `decisions` hold the class called at each operating point.
    """

    path: str
    label: str
    patient_id: str
    split: str | None
    probabilities: Mapping[str, float]
    logits: tuple[float, ...]
    decisions: Mapping[str, str]


@dataclass(frozen=True)
class OperatingPointEvaluation:
    """How decisions at one operating point turn out.

    `confusion[i][j]` counts films of class `i` called class `j`. `metrics` has the names of
    `metrics.classification.decision_metrics`.
    """

    thresholds: Mapping[str, float]
    confusion: tuple[tuple[int, ...], ...]
    metrics: Mapping[str, Interval]


@dataclass(frozen=True)
class Evaluation:
    """A model's figures on a set of labelled films, and the scores that they come from.

    `manifest` is the model's; `data` says where films came from and `data_digest` is the hash of
    their table. `metrics` need no threshold and have the names of
    `metrics.classification.score_metrics`. An undefined figure is `nan`.
    """

    manifest: ModelManifest
    data: str
    data_digest: str
    split: str | None
    films: tuple[ScoredFilm, ...]
    unreadable: tuple[UnreadableFilm, ...]
    metrics: Mapping[str, Interval]
    operating_points: Mapping[str, OperatingPointEvaluation]
    replicates: int
    seed: int

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the model, in its order."""
        return self.manifest.class_names

    @property
    def patient_count(self) -> int:
        """Patients among the films that could be read."""
        return len({film.patient_id for film in self.films})

    @property
    def film_counts(self) -> dict[str, int]:
        """Readable films of each class."""
        labels = [film.label for film in self.films]
        return {name: labels.count(name) for name in self.class_names}

    def to_dict(self) -> dict[str, Any]:
        """Everything but the scores of single films, as it goes into JSON; undefined is `None`."""
        return {
            "model": {
                "name": self.manifest.name,
                "graph_sha256": self.manifest.graph_sha256,
                "temperature": self.manifest.temperature,
            },
            "data": {
                "source": self.data,
                "digest": self.data_digest,
                "split": self.split,
                "patients": self.patient_count,
                "films": self.film_counts,
                "unreadable": [asdict(film) for film in self.unreadable],
            },
            "class_names": list(self.class_names),
            "bootstrap": {"unit": "patient", "replicates": self.replicates, "seed": self.seed},
            "metrics": _plain(self.metrics),
            "operating_points": {
                name: {
                    "thresholds": dict(point.thresholds),
                    "confusion": [list(row) for row in point.confusion],
                    "metrics": _plain(point.metrics),
                }
                for name, point in self.operating_points.items()
            },
        }

    def write(self, folder: Path) -> None:
        """Write `evaluation.json` and `scores.csv` (one row a film) into a folder, made if needed.

        Raises `PneumoscopeError` where that cannot be done.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(self.to_dict(), indent=2, allow_nan=False)
            (folder / "evaluation.json").write_text(text + "\n", encoding="utf-8")
            self._write_scores(folder / "scores.csv")
        except OSError as error:
            raise PneumoscopeError(
                f"The evaluation could not be written to {folder}: {error.strerror}."
            ) from error

    def _write_scores(self, path: Path) -> None:
        # surrogateescape: names of files need not be valid text.
        with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(
                ["path", "label", "patient_id", "split"]
                + [f"probability_{name}" for name in self.class_names]
                + [f"logit_{name}" for name in self.class_names]
                + [f"decision_{name}" for name in self.operating_points]
            )
            for film in self.films:
                writer.writerow(
                    [film.path, film.label, film.patient_id, film.split or ""]
                    + [film.probabilities[name] for name in self.class_names]
                    + list(film.logits)
                    + [film.decisions[name] for name in self.operating_points]
                )


def _plain(metrics: Mapping[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            key: None if math.isnan(figure) else figure for key, figure in asdict(interval).items()
        }
        for name, interval in metrics.items()
    }
