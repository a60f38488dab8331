"""What an evaluation found, and the files it is kept in."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from pydantic import Field, model_validator

from pneumoscope.data.patients import whose_films
from pneumoscope.errors import DatasetError, writing
from pneumoscope.evaluation.exposure import Exposure
from pneumoscope.evaluation.group_table import GroupTable
from pneumoscope.evaluation.traits import TRAIT_COLUMNS, UNKNOWN_TRAITS, FilmTraits
from pneumoscope.files import whole_file
from pneumoscope.folders.account import FolderNote
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.call import Call
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.records import Figure, Record, reading
from pneumoscope.modelfile.manifest import SEEN, Role
from pneumoscope.wording import csv_cell, from_csv_cell

FIGURES_FILE = "evaluation.json"
SCORES_FILE = "scores.csv"
EVALUATION_FILES = (FIGURES_FILE, SCORES_FILE)
"""What `Evaluation.write` writes into a folder."""
CARD_ROWS = 3
"""How many groups of each class a model file names, the worst."""


@dataclass(frozen=True)
class ScoredFilm:
    """What a model says of one labelled film.

    `label` is the true class under the model's name for it, `probabilities` are calibrated,
    `logits` come before calibration, `decisions` hold the class called at each operating point.
    `role` is what the film was in the model's training, `traits` what else is known of it.
    """

    path: str
    label: str
    patient_id: str
    split: str | None
    probabilities: Mapping[str, float]
    logits: tuple[float, ...]
    decisions: Mapping[str, str]
    role: Role = "unknown"
    traits: FilmTraits = UNKNOWN_TRAITS


class EvaluatedModel(Record):
    """Which model was judged: its name, the hash of its graph, and the `prevalence` that its
    probabilities were for, the share of each class; `None` where that is not known.

    `normal_class` and `warnings` are those of its manifest, `thresholds` tells its thresholds with
    their bounds in words, or is empty.
    """

    name: str
    graph_sha256: str
    normal_class: str | None = None
    prevalence: dict[str, float] | None = None
    warnings: tuple[str, ...] = ()
    thresholds: str = ""

    @model_validator(mode="before")
    @classmethod
    def _without_temperature(cls, document: Any) -> Any:
        """Earlier versions wrote the model's temperature, which nobody read."""
        if isinstance(document, dict):
            document = {name: value for name, value in document.items() if name != "temperature"}
        return document


class EvaluatedFilms(Record):
    """Which films models were judged on.

    `source` says where they came from, `digest` is the hash of their table. `films` counts those of
    each class that could be read and were judged, `patients` whose films these are.
    `patients_sentence` says how that is known, and `patients_warning` what follows where it is not;
    both are empty in older files. `exposure` is what the model has seen of all that could be read;
    `None` in older files. `folder_notes` say what was passed over in their folder.
    """

    source: str
    digest: str
    split: str | None
    patients: int
    films: dict[str, int]
    unreadable: tuple[UnreadableFilm, ...]
    patients_sentence: str = ""
    patients_warning: str = ""
    exposure: Exposure | None = None
    folder_notes: tuple[FolderNote, ...] = ()

    @property
    def count(self) -> int:
        """All films that could be read."""
        return sum(self.films.values())

    @property
    def whose(self) -> str:
        """How many films of how many patients were judged, and how these were recognised."""
        return whose_films(self.count, self.patients, self.patients_sentence)


class Bootstrap(Record):
    """How the intervals of figures were drawn."""

    unit: Literal["patient"] = "patient"
    replicates: int
    seed: int


class OperatingPointEvaluation(Record):
    """How decisions at one operating point turn out.

    `confusion[i][j]` counts films of class `i` called class `j`. `metrics` has the names of
    `metrics.classification.decision_metrics`.
    """

    thresholds: dict[str, float]
    confusion: tuple[tuple[int, ...], ...]
    metrics: dict[str, Figure]


class FiguresOfAll(Record):
    """Figures of all films that could be read, those that the model has seen among them.

    The fields are those of `EvaluatedFilms` and `Evaluation`.
    """

    films: dict[str, int]
    patients: int
    metrics: dict[str, Figure]
    operating_points: dict[str, OperatingPointEvaluation]


class Evaluation(Record):
    """A model's figures on a set of labelled films, and the scores that they come from.

    `class_names` are the model's, in its order. `metrics` need no threshold and have the names of
    `metrics.classification.score_metrics`. An undefined figure is `nan`. `films` are those that
    were judged: those that could be read or, where the model has seen some of these and enough are
    left without them, the others. Then `seen_films` are the rest, and `all_films` has the figures
    of all. Films have a file of their own.

    `groups` tells for which of the films that were judged the model fails; `None` in older files.

    With `findings_share`, figures are for films of which this share has a finding: those of the
    evaluation count by weights. Else they are for these films as they are.
    """

    model: EvaluatedModel
    data: EvaluatedFilms
    class_names: tuple[str, ...]
    bootstrap: Bootstrap
    findings_share: float | None = None
    metrics: dict[str, Figure]
    operating_points: dict[str, OperatingPointEvaluation]
    groups: GroupTable | None = None
    all_films: FiguresOfAll | None = None
    films: tuple[ScoredFilm, ...] = Field((), exclude=True)
    seen_films: tuple[ScoredFilm, ...] = Field((), exclude=True)

    def seen_sentence(self) -> str:
        """How many films the model has seen, and what the figures are of; empty for none."""
        return self.data.exposure.sentence(self.data.count) if self.data.exposure else ""

    def warnings(self) -> tuple[str, ...]:
        """What makes figures doubtful: films that the model has seen, patients not recognised, and
        groups told of few films."""
        seen = self.data.exposure.warning(self.data.count) if self.data.exposure else ""
        groups = self.groups.warning() if self.groups else ""
        return tuple(text for text in (seen, self.data.patients_warning, groups) if text)

    @model_validator(mode="before")
    @classmethod
    def _of_an_earlier_version(cls, settings: Any) -> Any:
        """Evaluations used not to name the healthy class, which was known where it was called
        normal."""
        model = settings.get("model") if isinstance(settings, dict) else None
        if not isinstance(model, dict) or "normal_class" in model:
            return settings
        names = settings.get("class_names", ())
        normal = next((name for name in names if str(name).casefold() == "normal"), None)
        return {**settings, "model": {**model, "normal_class": normal}}

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

    def y_pred(self, operating_point: str) -> Integers:
        """The class index that is called for each film, int64 `(N,)`."""
        called = [film.decisions[operating_point] for film in self.films]
        return np.array([self.class_names.index(name) for name in called], dtype=np.int64)

    def call(self, film: ScoredFilm, operating_point: str) -> Call:
        """What is called of a film, with the probability that is told beside it."""
        return Call.of(
            film.decisions[operating_point],
            film.probabilities,
            self.operating_points[operating_point].thresholds,
            self.model.normal_class,
        )

    def card_figures(self) -> dict[str, Any]:
        """The figures for a model file, as JSON: without what it says elsewhere, and without
        paths. Of groups of films it has the worst."""
        whole = self.model_dump(mode="json")
        figures = {
            "films": whole["data"]["films"],
            "patients": whole["data"]["patients"],
            "metrics": whole["metrics"],
            "operating_points": whole["operating_points"],
        }
        if self.groups:
            figures["groups"] = self.groups.worst(CARD_ROWS).model_dump(mode="json")
        return figures

    def write(self, folder: Path) -> None:
        """Write `evaluation.json` and `scores.csv` (one row a film) into a folder, made if needed.

        `read_evaluation` reads them. Raises `PneumoscopeError` where they cannot be written.
        """
        with writing("evaluation", folder):
            self.write_json(folder / FIGURES_FILE)
            write_table(folder / SCORES_FILE, self._score_rows())

    def _score_rows(self) -> Iterator[Sequence[object]]:
        yield (
            ["path", "label", "patient_id", "split", "role", *TRAIT_COLUMNS]
            + [f"probability_{name}" for name in self.class_names]
            + [f"logit_{name}" for name in self.class_names]
            + [
                f"{what}_{name}"
                for name in self.operating_points
                for what in ("decision", "class_of_interest", "threshold")
            ]
            + ["model", "graph_sha256"]
        )
        for film in (*self.films, *self.seen_films):
            calls = [self.call(film, point) for point in self.operating_points]
            yield (
                [film.path, film.label, film.patient_id, film.split, film.role]
                + film.traits.cells()
                + [film.probabilities[name] for name in self.class_names]
                + list(film.logits)
                + [
                    cell
                    for call in calls
                    for cell in (call.finding, call.class_of_interest, call.threshold)
                ]
                + [self.model.name, self.model.graph_sha256]
            )


def write_table(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV in which missing and undefined cells are empty; raises `OSError`."""
    # surrogateescape: names of files need not be valid text.
    with (
        whole_file(path) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        # Only what is undefined differs from itself.
        writer.writerows([csv_cell(cell) if cell == cell else None for cell in row] for row in rows)


def read_evaluation(folder: str | Path) -> Evaluation:
    """The evaluation that `Evaluation.write` left in a folder.

    Raises `DatasetError` where `evaluation.json` or `scores.csv` is missing, is not what an
    evaluation writes, or where the two do not belong together.
    """
    figures, scores = Path(folder) / FIGURES_FILE, Path(folder) / SCORES_FILE
    hint = "A run or `pneumoscope evaluate --out` writes both of an evaluation's files."
    with reading("evaluation", figures, hint):
        evaluation = Evaluation.read_json(figures)
    with (
        reading("evaluation", scores, hint),
        scores.open(encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        scored = [_film(row, evaluation) for row in csv.DictReader(file)]
    left_out = SEEN if evaluation.all_films is not None else ()
    films = tuple(film for film in scored if film.role not in left_out)
    seen = tuple(film for film in scored if film.role in left_out)
    if Counter(film.label for film in films) != Counter(evaluation.data.films):
        raise DatasetError(
            f"{FIGURES_FILE} and {SCORES_FILE} in {folder} are not of one evaluation: the numbers "
            "of films differ.",
            "Evaluate the model again into this folder.",
        )
    return evaluation.model_copy(update={"films": films, "seen_films": seen})


def _film(row: Mapping[str, str], evaluation: Evaluation) -> ScoredFilm:
    if None in row.values():
        raise ValueError(f"the row of {row['path']} is cut off")
    row = {column: from_csv_cell(cell) for column, cell in row.items()}
    return ScoredFilm(
        path=row["path"],
        label=row["label"],
        patient_id=row["patient_id"],
        split=row["split"] or None,
        role=_role(row.get("role", "unknown")),
        traits=FilmTraits.read(row),
        probabilities={name: float(row[f"probability_{name}"]) for name in evaluation.class_names},
        logits=tuple(float(row[f"logit_{name}"]) for name in evaluation.class_names),
        decisions={point: row[f"decision_{point}"] for point in evaluation.operating_points},
    )


def _role(text: str) -> Role:
    role: Role | None = next((role for role in get_args(Role) if role == text), None)
    if role is None:
        raise ValueError(f"no film has the role {text!r}")
    return role
