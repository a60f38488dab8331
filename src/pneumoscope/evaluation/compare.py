"""Which of several models is better? All are judged on the same films and compared pair by pair.

Patients, not films, are the units of every interval and test, as in `evaluate`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pneumoscope.data.labelled_films import find_labelled_films, source_of
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.candidates import Candidate, find_candidates
from pneumoscope.evaluation.comparison import ComparedModel, Comparison
from pneumoscope.evaluation.disagreements import find_disagreements
from pneumoscope.evaluation.evaluation import Bootstrap, Evaluation
from pneumoscope.evaluation.exposure import Exposure
from pneumoscope.evaluation.judging import judge_all
from pneumoscope.evaluation.latency import measure_latencies, this_machine
from pneumoscope.evaluation.meanings import comparison_columns
from pneumoscope.evaluation.pairs import compare_pairs
from pneumoscope.evaluation.reported import reported_results
from pneumoscope.evaluation.scoring import ScoredFilms, score_films
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.intervals import Interval


def compare(
    models: Sequence[str | Path],
    data: FilmTable | str | Path,
    *,
    splits: Path | None = None,
    split: str | None = None,
    labels: Labels = "folder",
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    operating_point: str = "balanced",
    reported: bool = False,
    replicates: int = 1000,
    seed: int = 0,
    batch_size: int = 16,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Judge several models on the same labelled films, and test every pair for a difference.

    `models` are model files, names of packaged models, or folders of training runs. `data`,
    `splits`, `split`, `labels`, `patients` and `tables` are those of `find_labelled_films`.
    `operating_point` decides the calls. `reported` adds what others reported for models that tell
    the same classes apart. Other settings are those of `evaluate`, but that
    `progress` counts the films of all models.

    Films that any model has learned from, as its file tells, are left out for all, and so are films
    that cannot be read. Raises `DatasetError` where no film of a class is left, or the models tell
    different classes apart, and what `find_candidates`, `find_labelled_films` and `evaluate` raise.
    """
    candidates = find_candidates(models)
    for candidate in candidates:
        candidate.manifest.thresholds(operating_point)
    table = find_labelled_films(
        data, splits=splits, split=split, labels=labels, patients=patients, tables=tables
    )
    predictors = [Predictor.load(candidate.file) for candidate in candidates]
    scored = [
        score_films(
            predictor,
            table,
            [operating_point],
            source=source_of(data, table),
            split=split,
            batch_size=batch_size,
            progress=_share_of(progress, place, len(candidates)),
        )
        for place, predictor in enumerate(predictors)
    ]
    _check_same_films(dict(zip((candidate.name for candidate in candidates), scored, strict=True)))
    roles = [[film.role for film in own.films] for own in scored]
    kept = ["train" not in of_film for of_film in zip(*roles, strict=True)]
    _check_that_films_are_left(candidates, scored, kept)
    bootstrap = Bootstrap(replicates=replicates, seed=seed)
    evaluations = {
        candidate.name: judge_all(own.select(kept), bootstrap)
        for candidate, own in zip(candidates, scored, strict=True)
    }
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
                exposure=Exposure.of(own),
                figures=_figures(evaluations[candidate.name], operating_point),
                warnings=candidate.manifest.warnings,
            )
            for candidate, own, latency in zip(
                candidates, roles, measure_latencies(predictors), strict=True
            )
        ),
        pairs=compare_pairs(evaluations, operating_point),
        left_out=kept.count(False),
        share_called_alike=(len(first.films) - disputed) / len(first.films),
        disputed_films=disputed,
        reported=reported_results(first.class_names) if reported else (),
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


def _check_that_films_are_left(
    candidates: Sequence[Candidate], scored: Sequence[ScoredFilms], kept: Sequence[bool]
) -> None:
    """Raise `DatasetError` where a class has no film but those that a model has learned from."""
    labels = [film.label for film in scored[0].films]
    gone = set(labels) - set(itertools.compress(labels, kept))
    if not gone:
        return
    counts = [
        (candidate.name, sum(film.role == "train" for film in own.films))
        for candidate, own in zip(candidates, scored, strict=True)
    ]
    learned = ", ".join(f"{name} has learned from {count:,}" for name, count in counts if count)
    raise DatasetError(
        f"Of the {len(labels):,} films, {learned}. Without them, no film of "
        f"{', '.join(sorted(gone))} is left to compare on.",
        "A model looks better on films that it has learned from: choose others, for example with "
        "--splits RUN/split.csv --split val.",
    )


def _check_same_films(scored: Mapping[str, ScoredFilms]) -> None:
    """Films are read anew for every model, and may change or vanish in the meantime."""
    films = {name: [film.path for film in own.films] for name, own in scored.items()}
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
