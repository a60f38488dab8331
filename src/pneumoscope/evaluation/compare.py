"""Which of several models is better? All are judged on the same films and compared pair by pair.

Patients, not films, are the units of every interval and test, as in `evaluate`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.candidates import (
    Candidate,
    Exposure,
    Role,
    film_roles,
    find_candidates,
)
from pneumoscope.evaluation.comparison import (
    ComparedModel,
    ComparedPair,
    Comparison,
    CorrectedTest,
    called_classes,
)
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.evaluation.latency import measure_latencies, this_machine
from pneumoscope.evaluation.reported import reported_results
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.paired import (
    PairedTest,
    cohens_kappa,
    delong_test,
    delong_tests_by_class,
    holm,
    mcnemar_test,
)


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

    `models` are model files, names of packaged models, or folders of training runs. `data` is a
    table, or anything that `find_films` reads; `splits` a table such as a run's `split.csv`, whose
    paths are relative to the folder `data` and which replaces that folder's own labels and splits.
    `held_out` leaves out films that any model is known to have learned from, for models that were
    trained with different splits; otherwise such films are an error.
    `operating_point` decides the calls. Other settings are those of `evaluate`, but that
    `progress` counts the films of all models.

    Films that cannot be read are set aside for all models alike. Raises `DatasetError` where a
    model has learned from any of the films or the models tell different classes apart, and what
    `find_candidates`, `find_films` and `evaluate` raise.
    """
    candidates = find_candidates(models)
    for candidate in candidates:
        candidate.manifest.thresholds(operating_point)
    table = _find_table(data, splits, labels)
    films = [film for film in table.films if split is None or film.split == split]
    roles = [film_roles(candidate, films, table) for candidate in candidates]
    learned = ["train" in of_film for of_film in zip(*roles, strict=True)]
    if any(learned) and (all(learned) or not held_out):
        raise _learned_from(candidates, roles)
    kept = [not known for known in learned]
    left_out = {film.path for film in itertools.compress(films, learned)}
    table = replace(table, films=tuple(film for film in table.films if film.path not in left_out))

    predictors = [Predictor.load(candidate.file) for candidate in candidates]
    evaluations = [
        evaluate(
            predictor,
            table,
            split=split,
            operating_points=[operating_point],
            replicates=replicates,
            seed=seed,
            batch_size=batch_size,
            progress=_share_of(progress, place, len(candidates)),
        )
        for place, predictor in enumerate(predictors)
    ]
    _check_same_films(candidates, evaluations)
    compared = [
        ComparedModel(
            name=candidate.name,
            given=candidate.given,
            file_bytes=candidate.file.stat().st_size,
            latency=latency,
            training_seconds=candidate.training_seconds,
            training_hardware=candidate.training_hardware,
            exposure=Exposure.of(tuple(itertools.compress(own, kept))),
            evaluation=evaluation,
        )
        for candidate, own, evaluation, latency in zip(
            candidates, roles, evaluations, measure_latencies(predictors), strict=True
        )
    ]
    return Comparison(
        models=tuple(compared),
        pairs=compare_pairs({model.name: model.evaluation for model in compared}, operating_point),
        operating_point=operating_point,
        machine=this_machine(),
        reported=reported_results(len(compared[0].evaluation.class_names)),
    )


def compare_pairs(
    evaluations: Mapping[str, Evaluation], operating_point: str
) -> tuple[ComparedPair, ...]:
    """Every two models, by name, tested on their films, which must be the same in the same order.

    P-values are corrected for all pairs, each measure on its own.
    """
    pairs = [
        _test_pair(evaluations[first], evaluations[second], operating_point)
        for first, second in itertools.combinations(evaluations, 2)
    ]
    corrected = {
        measure: holm([pair.tests[measure].p_value for pair in pairs])
        for measure in (pairs[0].tests if pairs else ())
    }
    return tuple(
        ComparedPair(
            first=first,
            second=second,
            tests={
                measure: CorrectedTest(
                    test.difference, test.p_value, float(corrected[measure][place])
                )
                for measure, test in pair.tests.items()
            },
            only_first_right=pair.only_first_right,
            only_second_right=pair.only_second_right,
            same_calls=pair.same_calls,
            kappa=pair.kappa,
        )
        for place, ((first, second), pair) in enumerate(
            zip(itertools.combinations(evaluations, 2), pairs, strict=True)
        )
    )


class _Pair(NamedTuple):
    """What is found of a pair before other pairs are known."""

    tests: dict[str, PairedTest]
    only_first_right: int
    only_second_right: int
    same_calls: float
    kappa: float


def _test_pair(first: Evaluation, second: Evaluation, operating_point: str) -> _Pair:
    y_true, patients = first.y_true, [film.patient_id for film in first.films]
    scores = first.y_score, second.y_score
    calls = called_classes(first, operating_point), called_classes(second, operating_point)
    accuracy = mcnemar_test(calls[0] == y_true, calls[1] == y_true, patients=patients)
    tests: dict[str, PairedTest] = {"roc_auc": delong_test(y_true, *scores, patients=patients)}
    if len(first.class_names) > 2:
        by_class = delong_tests_by_class(y_true, *scores, patients=patients)
        names = (f"roc_auc[{name}]" for name in first.class_names)
        tests |= dict(zip(names, by_class, strict=True))
    return _Pair(
        tests={**tests, "accuracy": accuracy},
        only_first_right=accuracy.only_first,
        only_second_right=accuracy.only_second,
        same_calls=float((calls[0] == calls[1]).mean()),
        kappa=cohens_kappa(calls[0], calls[1], len(first.class_names)),
    )


def _find_table(data: FilmTable | str | Path, splits: Path | None, labels: Labels) -> FilmTable:
    if isinstance(data, FilmTable):
        return data
    if splits is None:
        return find_films(data, labels)
    folder = Path(data)
    if not folder.is_dir():
        raise DatasetError(
            f"There is no folder {folder}.",
            f"Paths in {splits} are relative to the folder of the films that it was made from.",
        )
    return FilmTable.read_csv(splits, folder).with_labels(labels)


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


def _check_same_films(candidates: Sequence[Candidate], evaluations: Sequence[Evaluation]) -> None:
    """Films are read anew for every model, and may change or vanish in the meantime."""
    films = [[film.path for film in evaluation.films] for evaluation in evaluations]
    for candidate, own in zip(candidates, films, strict=True):
        if own != films[0]:
            raise DatasetError(
                f"Other films could be read for {candidate.name} than for {candidates[0].name}.",
                "Films must not change during a comparison; repeat it.",
            )


def _share_of(
    progress: Callable[[int, int], None] | None, place: int, parts: int
) -> Callable[[int, int], None] | None:
    """Progress of one of several equal parts, told as progress of the whole."""
    if progress is None:
        return None
    return lambda done, total: progress(place * total + done, parts * total)
