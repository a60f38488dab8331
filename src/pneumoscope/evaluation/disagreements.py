"""The films that models do not call alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.inference.call import Call


@dataclass(frozen=True)
class DisputedFilm:
    """A film that not all models call alike.

    `calls` go by model, each with the class of interest, its probability and its threshold; classes
    have the names of the first model. `spread` is how far the models' probabilities
    of one class lie apart, at most, over all classes; in 0 to 1.
    """

    path: str
    label: str
    patient_id: str
    split: str | None
    spread: float
    calls: Mapping[str, Call]


def find_disagreements(
    evaluations: Mapping[str, Evaluation], operating_point: str
) -> tuple[DisputedFilm, ...]:
    """The films that not all models, by name, call alike, the widest apart first.

    The models' films, their order, and classes but for case must be the same.
    """
    first = next(iter(evaluations.values()))
    calls = np.stack([judged.y_pred(operating_point) for judged in evaluations.values()])
    scores = np.stack([judged.y_score for judged in evaluations.values()])
    spread = (scores.max(axis=0) - scores.min(axis=0)).max(axis=1)
    films = [
        DisputedFilm(
            path=film.path,
            label=film.label,
            patient_id=film.patient_id,
            split=film.split,
            spread=float(spread[row]),
            calls={
                name: _call(judged, row, operating_point, first.class_names)
                for name, judged in evaluations.items()
            },
        )
        for row, film in enumerate(first.films)
        if (calls[:, row] != calls[0, row]).any()
    ]
    return tuple(sorted(films, key=lambda film: (-film.spread, film.path)))


def _call(
    evaluation: Evaluation, row: int, operating_point: str, class_names: Sequence[str]
) -> Call:
    """A model's call of a film, its classes called by `class_names`."""
    call = evaluation.call(evaluation.films[row], operating_point)
    names = dict(zip(evaluation.class_names, class_names, strict=True))
    return replace(
        call, finding=names[call.finding], class_of_interest=names[call.class_of_interest]
    )
