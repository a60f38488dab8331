"""Which of several models is better? All are judged on the same films and compared pair by pair.

Patients, not films, are the units of every interval and test, as in `evaluate`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.candidates import (
    Candidate,
    Exposure,
    Role,
    film_roles,
    find_candidates,
)
from pneumoscope.evaluation.comparison import ComparedModel, Comparison
from pneumoscope.evaluation.disagreements import find_disagreements
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.evaluation.latency import measure_latencies, this_machine
from pneumoscope.evaluation.meanings import comparison_columns
from pneumoscope.evaluation.pairs import compare_pairs
from pneumoscope.evaluation.reported import reported_results
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.intervals import Interval


def compare(
    models: Sequence[str | Path],
    data: FilmTable | str | Path,
    *,
    splits: Path | None = None,
    split: str | None = None,
    held_out: bool = False,
    labels: Labels = "folder",
    operating_point: str = "balanced",
    replicates: int = 1000,
    seed: int = 0,
    batch_size: int = 16,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Judge several models on the same labelled films, and test every pair for a difference.

    `models` are model files, names of packaged models, or folders of training runs. `data`,
    `splits`, `split` and `labels` are those of `find_labelled_films`.
    `held_out` leaves out films that any model is known to have learned from, for models that were
    trained with different splits; otherwise such films are an error.
    `operating_point` decides the calls. Other settings are those of `evaluate`, but that
    `progress` counts the films of all models.

    Films that cannot be read are set aside for all models alike. Raises `DatasetError` where a
    model has learned from any of the films or the models tell different classes apart, and what
    `find_candidates`, `find_labelled_films` and `evaluate` raise.
    """
    candidates = find_candidates(models)
    for candidate in candidates:
        candidate.manifest.thresholds(operating_point)
    table = find_labelled_films(data, splits=splits, labels=labels)
    films = [film for film in table.films if split is None or film.split == split]
    roles = [film_roles(candidate, films, table) for candidate in candidates]
    learned = ["train" in of_film for of_film in zip(*roles, strict=True)]
    if any(learned) and (all(learned) or not held_out):
        raise _learned_from(candidates, roles)
    kept = [not known for known in learned]
    left_out = {film.path for film in itertools.compress(films, learned)}
    table = replace(table, films=tuple(film for film in table.films if film.path not in left_out))

    predictors = [Predictor.load(candidate.file) for candidate in candidates]
    evaluations = {
        candidate.name: evaluate(
            predictor,
            table,
            split=split,
            operating_points=[operating_point],
            replicates=replicates,
            seed=seed,
            batch_size=batch_size,
            progress=_share_of(progress, place, len(candidates)),
        )
        for place, (candidate, predictor) in enumerate(zip(candidates, predictors, strict=True))
    }
    _check_same_films(evaluations)
    first = evaluations[candidates[0].name]
    disputed = len(find_disagreements(evaluations, operating_point))
    return Comparison(
        data=first.data,
        class_names=first.class_names,
        operating_point=operating_point,
        bootstrap=first.bootstrap,
        machine=this_machine(),
        models=tuple(
            ComparedModel(
                name=candidate.name,
                given=candidate.given,
                file_bytes=candidate.file.stat().st_size,
                latency_ms=latency,
                training_seconds=candidate.training_seconds,
                training_hardware=candidate.training_hardware,
                exposure=Exposure.of(tuple(itertools.compress(own, kept))),
                figures=_figures(evaluations[candidate.name], operating_point),
                warnings=candidate.manifest.warnings,
            )
            for candidate, own, latency in zip(
                candidates, roles, measure_latencies(predictors), strict=True
            )
        ),
        pairs=compare_pairs(evaluations, operating_point),
        share_called_alike=(len(first.films) - disputed) / len(first.films),
        disputed_films=disputed,
        reported=reported_results(len(first.class_names)),
        evaluations=evaluations,
    )


def _figures(evaluation: Evaluation, operating_point: str) -> dict[str, Interval]:
    """A model's figures by the names of `comparison_columns`."""
    point = evaluation.operating_points[operating_point]
    figures = evaluation.metrics | point.metrics
    return {
        name: figures[column.metric]
        for name, column in comparison_columns(evaluation.class_names).items()
    }


def _learned_from(
    candidates: Sequence[Candidate], roles: Sequence[tuple[Role, ...]]
) -> DatasetError:
    learned = ", ".join(
        f"{candidate.name} has learned from {own.count('train')}"
        for candidate, own in zip(candidates, roles, strict=True)
        if "train" in own
    )
    return DatasetError(
        f"Of the {len(roles[0])} films, {learned}. A model looks better on films that it has "
        "learned from, so this would be no comparison.",
        "Choose other films, for example with --splits RUN/split.csv --split val, or with "
        "--held-out all those that no model has learned from.",
    )


def _check_same_films(evaluations: Mapping[str, Evaluation]) -> None:
    """Films are read anew for every model, and may change or vanish in the meantime."""
    films = {name: [film.path for film in judged.films] for name, judged in evaluations.items()}
    first = next(iter(films))
    for name, own in films.items():
        if own != films[first]:
            raise DatasetError(
                f"Other films could be read for {name} than for {first}.",
                "Films must not change during a comparison; repeat it.",
            )


def _share_of(
    progress: Callable[[int, int], None] | None, place: int, parts: int
) -> Callable[[int, int], None] | None:
    """Progress of one of several equal parts, told as progress of the whole."""
    if progress is None:
        return None
    return lambda done, total: progress(place * total + done, parts * total)
