"""What an evaluation found, and the files it is kept in."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from pneumoscope.errors import DatasetError, PneumoscopeError
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.intervals import Interval

FIGURES_FILE = "evaluation.json"
SCORES_FILE = "scores.csv"


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
class EvaluatedModel:
    """Which model was judged: its name, the hash of its graph, and the temperature it had."""

    name: str
    graph_sha256: str
    temperature: float


@dataclass(frozen=True)
class Evaluation:
    """A model's figures on a set of labelled films, and the scores that they come from.

    `class_names` are the model's, in its order. `data` says where films came from and
    `data_digest` is the hash of their table. `metrics` need no threshold and have the names of
    `metrics.classification.score_metrics`. An undefined figure is `nan`.
    """

    model: EvaluatedModel
    class_names: tuple[str, ...]
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
    def patient_count(self) -> int:
        """Patients among the films that could be read."""
        return len({film.patient_id for film in self.films})

    @property
    def film_counts(self) -> dict[str, int]:
        """Readable films of each class."""
        labels = [film.label for film in self.films]
        return {name: labels.count(name) for name in self.class_names}

    @property
    def y_true(self) -> Integers:
        """The class index of each film, int64 `(N,)`."""
        return np.array([self.class_names.index(film.label) for film in self.films], dtype=np.int64)

    @property
    def y_score(self) -> Floats:
        """Calibrated probabilities, float64 `(N, C)`."""
        return np.array(
            [[film.probabilities[name] for name in self.class_names] for film in self.films]
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything but the scores of single films, as it goes into JSON; undefined is `None`."""
        return {
            "model": asdict(self.model),
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

        `read_evaluation` reads them. Raises `PneumoscopeError` where they cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(self.to_dict(), indent=2, allow_nan=False)
            (folder / FIGURES_FILE).write_text(text + "\n", encoding="utf-8")
            self._write_scores(folder / SCORES_FILE)
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


def read_evaluation(folder: str | Path) -> Evaluation:
    """The evaluation that `Evaluation.write` left in a folder.

    Raises `DatasetError` where `evaluation.json` or `scores.csv` is missing, is not what an
    evaluation writes, or where the two do not belong together.
    """
    folder = Path(folder)
    with _reading(folder / FIGURES_FILE) as figures:
        document = json.load(figures)
        class_names, points = document["class_names"], document["operating_points"]
        with _reading(folder / SCORES_FILE) as scores:
            films = tuple(_film(row, class_names, points) for row in csv.DictReader(scores))
        evaluation = _evaluation(document, films)
    if evaluation.film_counts != document["data"]["films"]:
        raise DatasetError(
            f"{FIGURES_FILE} and {SCORES_FILE} in {folder} are not of one evaluation: the numbers "
            "of films differ.",
            "Evaluate the model again into this folder.",
        )
    return evaluation


@contextmanager
def _reading(path: Path) -> Iterator[TextIO]:
    """A file to read, and `DatasetError` for what can be wrong with it."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            yield file
    except OSError as error:
        raise DatasetError(
            f"There is no evaluation in {path.parent}: {path.name}: {error.strerror}.",
            "Name a folder that a run or `pneumoscope evaluate --out` has written.",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise DatasetError(
            f"{path} is not what an evaluation writes: {type(error).__name__}: {error}.",
            "Evaluate the model again into this folder.",
        ) from error


def _film(row: Mapping[str, str], class_names: Iterable[str], points: Iterable[str]) -> ScoredFilm:
    if None in row.values():
        raise ValueError(f"the row of {row['path']} is cut off")
    return ScoredFilm(
        path=row["path"],
        label=row["label"],
        patient_id=row["patient_id"],
        split=row["split"] or None,
        probabilities={name: float(row[f"probability_{name}"]) for name in class_names},
        logits=tuple(float(row[f"logit_{name}"]) for name in class_names),
        decisions={point: row[f"decision_{point}"] for point in points},
    )


def _evaluation(document: Any, films: tuple[ScoredFilm, ...]) -> Evaluation:
    data, bootstrap = document["data"], document["bootstrap"]
    return Evaluation(
        model=EvaluatedModel(**document["model"]),
        class_names=tuple(document["class_names"]),
        data=data["source"],
        data_digest=data["digest"],
        split=data["split"],
        films=films,
        unreadable=tuple(UnreadableFilm(**film) for film in data["unreadable"]),
        metrics=_intervals(document["metrics"]),
        operating_points={
            name: OperatingPointEvaluation(
                thresholds=point["thresholds"],
                confusion=tuple(tuple(row) for row in point["confusion"]),
                metrics=_intervals(point["metrics"]),
            )
            for name, point in document["operating_points"].items()
        },
        replicates=bootstrap["replicates"],
        seed=bootstrap["seed"],
    )


def _intervals(metrics: Mapping[str, Mapping[str, float | None]]) -> dict[str, Interval]:
    return {
        name: Interval(
            **{key: math.nan if figure is None else figure for key, figure in interval.items()}
        )
        for name, interval in metrics.items()
    }


def _plain(metrics: Mapping[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            key: None if math.isnan(figure) else figure for key, figure in asdict(interval).items()
        }
        for name, interval in metrics.items()
    }
