"""A comparison of models on the same films, and the files it is kept in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field, field_validator

from pneumoscope.errors import DatasetError, writing
from pneumoscope.evaluation.disagreements import DisputedFilm, find_disagreements
from pneumoscope.evaluation.evaluation import (
    EVALUATION_FILES,
    Bootstrap,
    EvaluatedFilms,
    Evaluation,
    read_evaluation,
    write_table,
)
from pneumoscope.evaluation.exposure import Exposure
from pneumoscope.evaluation.latency import Machine
from pneumoscope.evaluation.meanings import Column, comparison_columns
from pneumoscope.evaluation.pairs import ComparedPair, correct_together
from pneumoscope.evaluation.reported import ReportedResult
from pneumoscope.metrics.records import Figure, Record, reading

COMPARISON_FILE = "comparison.json"
EVALUATIONS = "evaluations"
FIGURES_TABLE, PAIRS_TABLE, DISPUTED_TABLE = "comparison.csv", "pairs.csv", "disagreements.csv"
COMPARISON_FILES = (
    COMPARISON_FILE,
    FIGURES_TABLE,
    PAIRS_TABLE,
    DISPUTED_TABLE,
    *(f"{EVALUATIONS}/*/{name}" for name in EVALUATION_FILES),
)
"""Patterns of what `Comparison.write` writes into a folder."""


class ComparedModel(Record):
    """One model of a comparison.

    `given` is the file, run folder or packaged name that it was asked for by, `latency_ms` the time
    of the network for one film, `training_seconds` and `training_hardware` tell how long and on
    what it was trained, where that is known. `exposure` is to all films that could be read, those
    left out too. `figures` go by the names of `comparison_columns`, `warnings` are those of the
    manifest.
    """

    name: str
    given: str
    file_bytes: int
    latency_ms: float
    training_seconds: float | None
    training_hardware: str | None
    exposure: Exposure
    figures: dict[str, Figure]
    warnings: tuple[str, ...] = ()


class Comparison(Record):
    """Models, judged on the same films at one operating point.

    Films, their order, and classes are the same in all evaluations, except for the case of class
    names; those of the first model are used. `left_out` films are in no figure, since a model has
    learned from them. `share_called_alike` is of the films that all models
    call alike, `disputed_films` counts the others. `reported` are figures of others, from other
    films. `evaluations` go by model, in the same order; they have files of their own.
    """

    data: EvaluatedFilms
    class_names: tuple[str, ...]
    operating_point: str
    bootstrap: Bootstrap
    machine: Machine
    models: tuple[ComparedModel, ...]
    pairs: tuple[ComparedPair, ...]
    left_out: int = 0
    share_called_alike: float
    disputed_films: int
    reported: tuple[ReportedResult, ...]
    evaluations: dict[str, Evaluation] = Field({}, exclude=True)

    @field_validator("pairs")
    @classmethod
    def _corrected(cls, pairs: tuple[ComparedPair, ...]) -> tuple[ComparedPair, ...]:
        """Earlier versions corrected the p-values of each measure by itself."""
        return correct_together(pairs)

    @property
    def first(self) -> Evaluation:
        """The first model's evaluation, for what all share."""
        return next(iter(self.evaluations.values()))

    @property
    def columns(self) -> dict[str, Column]:
        """What models are compared by, by name; see `comparison_columns`. Files of earlier versions
        have fewer figures."""
        columns = comparison_columns(self.class_names)
        return {name: columns[name] for name in columns if name in self.models[0].figures}

    @property
    def disagreements(self) -> tuple[DisputedFilm, ...]:
        """The films that not all models call alike, the widest apart first."""
        return find_disagreements(self.evaluations, self.operating_point)

    def write(self, folder: Path) -> None:
        """Write `comparison.json`, tables of it (`comparison.csv`, `pairs.csv`,
        `disagreements.csv`), and each model's evaluation as `evaluations/<model>/`.

        The folder is made if needed; `read_comparison` reads it. Raises `PneumoscopeError` where
        that cannot be done.
        """
        for name, evaluation in self.evaluations.items():
            evaluation.write(folder / EVALUATIONS / name)
        with writing("comparison", folder):
            self.write_json(folder / COMPARISON_FILE)
            write_table(folder / FIGURES_TABLE, self._figure_rows())
            write_table(folder / PAIRS_TABLE, self._pair_rows())
            write_table(folder / DISPUTED_TABLE, self._disputed_rows())

    def _figure_rows(self) -> Iterator[Sequence[object]]:
        yield (
            ["model", "kind", "films"]
            + [f"{name}{end}" for name in self.columns for end in ("", "_low", "_high")]
            + ["file_bytes", "latency_ms", "training_seconds", "source", "note"]
        )
        count = f"{self.data.count}, split {self.data.split or 'all'}"
        for model in self.models:
            figures = [model.figures[name] for name in self.columns]
            yield (
                [model.name, "measured", count]
                + [end for figure in figures for end in (figure.value, figure.low, figure.high)]
                + [model.file_bytes, model.latency_ms, model.training_seconds, model.given, ""]
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
        names = list(self.evaluations)
        yield (
            ["path", "label", "patient_id", "split", "spread"]
            + [
                f"{what}_{name}"
                for what in ("call", "class_of_interest", "probability", "threshold")
                for name in names
            ]
        )
        for film in self.disagreements:
            calls = [film.calls[name] for name in names]
            yield (
                [film.path, film.label, film.patient_id, film.split, film.spread]
                + [call.finding for call in calls]
                + [call.class_of_interest for call in calls]
                + [call.probability for call in calls]
                + [call.threshold for call in calls]
            )


def read_comparison(folder: str | Path) -> Comparison:
    """The comparison that `Comparison.write` left in a folder.

    Raises `DatasetError` where a file is missing or is not what a comparison writes.
    """
    path = Path(folder) / COMPARISON_FILE
    with reading("comparison", path, "`pneumoscope compare --out` writes one."):
        comparison = Comparison.read_json(path)
    evaluations = {
        model.name: read_evaluation(path.parent / EVALUATIONS / model.name)
        for model in comparison.models
    }
    for name, evaluation in evaluations.items():
        if (evaluation.data.digest, evaluation.data.count) != (
            comparison.data.digest,
            comparison.data.count,
        ):
            raise DatasetError(
                f"{path} and the evaluation of {name} beside it are not of the same films.",
                "Compare the models again into this folder.",
            )
    return comparison.model_copy(update={"evaluations": evaluations})
