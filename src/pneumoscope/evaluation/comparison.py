"""A comparison of models on the same films, and the files it is kept in."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pneumoscope.errors import PneumoscopeError
from pneumoscope.evaluation.candidates import Exposure
from pneumoscope.evaluation.comparison_columns import Column, comparison_columns
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.evaluation.latency import Machine
from pneumoscope.evaluation.reported import ReportedResult
from pneumoscope.metrics.checks import Integers
from pneumoscope.metrics.intervals import Interval

COMPARISON_FILE = "comparison.json"
EVALUATIONS = "evaluations"


@dataclass(frozen=True)
class ComparedModel:
    """One model of a comparison.

    `given` is the file, run folder or packaged name that it was asked for by, `latency`
    milliseconds of the network for one film, `training_seconds` and `training_hardware` tell how
    long and on what it was trained, where that is known.
    """

    name: str
    given: str
    file_bytes: int
    latency: float
    training_seconds: float | None
    training_hardware: str | None
    exposure: Exposure
    evaluation: Evaluation


@dataclass(frozen=True)
class CorrectedTest:
    """First minus second, and the p-value of no difference before and after Holm's correction for
    all pairs. Undefined figures are `nan`."""

    difference: Interval
    p_value: float
    p_corrected: float


@dataclass(frozen=True)
class ComparedPair:
    """Two models on the same films.

    `tests` are DeLong's of `roc_auc` (with more than two classes the mean, and `roc_auc[NORMAL]`
    and so on beside it) and McNemar's of `accuracy`. `only_first_right` counts films that only the
    first model calls right. `same_calls` is the share of films that both call alike, `kappa`
    Cohen's, `nan` where both call a single class.
    """

    first: str
    second: str
    tests: Mapping[str, CorrectedTest]
    only_first_right: int
    only_second_right: int
    same_calls: float
    kappa: float


@dataclass(frozen=True)
class DisputedFilm:
    """A film that not all models call alike.

    `probabilities` and `calls` go by model. With two classes, probabilities are of the positive
    one; with more, of the class that the model calls. `spread` is how far the models' probabilities
    of one class lie apart, at most, over all classes; in 0 to 1.
    """

    path: str
    label: str
    patient_id: str
    split: str | None
    spread: float
    probabilities: Mapping[str, float]
    calls: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """Models, judged on the same films at one operating point.

    Films, their order, and classes are the same in all evaluations, except for the case of class
    names; those of the first model are used. `reported` are figures of others, from other films.
    """

    models: tuple[ComparedModel, ...]
    pairs: tuple[ComparedPair, ...]
    operating_point: str
    machine: Machine
    reported: tuple[ReportedResult, ...]

    @property
    def films(self) -> Evaluation:
        """The first model's evaluation, for what all share: films, classes, data and bootstrap."""
        return self.models[0].evaluation

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, as the first model names them."""
        return self.films.class_names

    @cached_property
    def columns(self) -> dict[str, Column]:
        """What models are compared by, by name; see `comparison_columns`."""
        return comparison_columns(self.class_names)

    def figure(self, model: ComparedModel, name: str) -> Interval:
        """A model's figure in one of the `columns`."""
        column = self.columns[name]
        evaluation = model.evaluation
        point = evaluation.operating_points[self.operating_point]
        return (point.metrics if column.decides else evaluation.metrics)[column.metric]

    @cached_property
    def calls(self) -> Integers:
        """The class index that each of M models calls for each of N films, int64 `(M, N)`."""
        return np.stack([called_classes(m.evaluation, self.operating_point) for m in self.models])

    @property
    def share_called_alike(self) -> float:
        """The share of films that all models call alike."""
        return float((self.calls == self.calls[0]).all(axis=0).mean())

    @cached_property
    def disputed_films(self) -> tuple[DisputedFilm, ...]:
        """The films that not all models call alike, the widest apart first."""
        scores = np.stack([model.evaluation.y_score for model in self.models])
        spread = (scores.max(axis=0) - scores.min(axis=0)).max(axis=1)
        shown = np.ones_like(self.calls) if len(self.class_names) == 2 else self.calls
        films = []
        for row in np.flatnonzero((self.calls != self.calls[0]).any(axis=0)):
            film = self.films.films[row]
            films.append(
                DisputedFilm(
                    path=film.path,
                    label=film.label,
                    patient_id=film.patient_id,
                    split=film.split,
                    spread=float(spread[row]),
                    probabilities={
                        model.name: float(scores[place, row, shown[place, row]])
                        for place, model in enumerate(self.models)
                    },
                    calls={
                        model.name: self.class_names[self.calls[place, row]]
                        for place, model in enumerate(self.models)
                    },
                )
            )
        return tuple(sorted(films, key=lambda film: (-film.spread, film.path)))

    def to_dict(self) -> dict[str, Any]:
        """Everything but the scores of single films, as it goes into JSON; undefined is `None`."""
        shared = self.films.to_dict()
        document = {
            "data": shared["data"],
            "class_names": list(self.class_names),
            "operating_point": self.operating_point,
            "bootstrap": shared["bootstrap"],
            "machine": asdict(self.machine),
            "models": [
                {
                    "name": model.name,
                    "given": model.given,
                    "file_bytes": model.file_bytes,
                    "latency_ms": model.latency,
                    "training_seconds": model.training_seconds,
                    "training_hardware": model.training_hardware,
                    "exposure": asdict(model.exposure),
                    "figures": {name: asdict(self.figure(model, name)) for name in self.columns},
                }
                for model in self.models
            ],
            "pairs": [asdict(pair) for pair in self.pairs],
            "share_called_alike": self.share_called_alike,
            "disputed_films": len(self.disputed_films),
            "reported": [row.model_dump() for row in self.reported],
        }
        plain: dict[str, Any] = _without_nan(document)
        return plain

    def write(self, folder: Path) -> None:
        """Write `comparison.json`, tables of it (`comparison.csv`, `pairs.csv`,
        `disagreements.csv`), and each model's evaluation as `evaluations/<model>/`.

        The folder is made if needed; `read_comparison` reads it. Raises `PneumoscopeError` where
        that cannot be done.
        """
        for model in self.models:
            model.evaluation.write(folder / EVALUATIONS / model.name)
        try:
            text = json.dumps(self.to_dict(), indent=2, allow_nan=False)
            (folder / COMPARISON_FILE).write_text(text + "\n", encoding="utf-8")
            _write_table(folder / "comparison.csv", self._figure_rows())
            _write_table(folder / "pairs.csv", self._pair_rows())
            _write_table(folder / "disagreements.csv", self._disputed_rows())
        except OSError as error:
            raise PneumoscopeError(
                f"The comparison could not be written to {folder}: {error.strerror}."
            ) from error

    def _figure_rows(self) -> Iterator[Sequence[object]]:
        yield (
            ["model", "kind", "films"]
            + [f"{name}{end}" for name in self.columns for end in ("", "_low", "_high")]
            + ["file_bytes", "latency_ms", "training_seconds", "source", "note"]
        )
        count = f"{len(self.films.films)}, split {self.films.split or 'all'}"
        for model in self.models:
            figures = [self.figure(model, name) for name in self.columns]
            yield (
                [model.name, "measured", count]
                + [end for figure in figures for end in (figure.value, figure.low, figure.high)]
                + [model.file_bytes, model.latency, model.training_seconds, model.given, ""]
            )
        for row in self.reported:
            given = [row.figure(name) for name in self.columns]
            yield (
                [row.title, "reported", row.split]
                + [end for figure in given for end in (figure, None, None)]
                + [None, None, None, row.source, row.note]
            )

    def _pair_rows(self) -> Iterator[Sequence[object]]:
        yield (
            *("first", "second", "measure", "difference", "low", "high", "p_value", "p_corrected"),
            *("only_first_right", "only_second_right", "same_calls", "kappa"),
        )
        for pair in self.pairs:
            counts = (pair.only_first_right, pair.only_second_right, pair.same_calls, pair.kappa)
            for measure, test in pair.tests.items():
                ends = (test.difference.value, test.difference.low, test.difference.high)
                chances = (test.p_value, test.p_corrected)
                yield (pair.first, pair.second, measure, *ends, *chances, *counts)

    def _disputed_rows(self) -> Iterator[Sequence[object]]:
        names = [model.name for model in self.models]
        yield (
            ["path", "label", "patient_id", "split", "spread"]
            + [f"probability_{name}" for name in names]
            + [f"call_{name}" for name in names]
        )
        for film in self.disputed_films:
            yield (
                [film.path, film.label, film.patient_id, film.split, film.spread]
                + [film.probabilities[name] for name in names]
                + [film.calls[name] for name in names]
            )


def called_classes(evaluation: Evaluation, operating_point: str) -> Integers:
    """The class index called for each film at an operating point, int64 `(N,)`."""
    index = {name: place for place, name in enumerate(evaluation.class_names)}
    return np.array(
        [index[film.decisions[operating_point]] for film in evaluation.films], dtype=np.int64
    )


def _write_table(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """A CSV in which missing and undefined cells are empty."""
    # surrogateescape: names of files need not be valid text.
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(map(_without_nan, rows))


def _without_nan(value: Any) -> Any:
    """The same document with `None` for `nan`, at any depth."""
    if isinstance(value, Mapping):
        return {key: _without_nan(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value
