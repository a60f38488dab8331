"""The films that models do not call alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pneumoscope.evaluation.evaluation import Evaluation


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
    shown = np.ones_like(calls) if len(first.class_names) == 2 else calls
    films = [
        DisputedFilm(
            path=film.path,
            label=film.label,
            patient_id=film.patient_id,
            split=film.split,
            spread=float(spread[row]),
            probabilities={
                name: float(scores[place, row, shown[place, row]])
                for place, name in enumerate(evaluations)
            },
            calls={
                name: first.class_names[calls[place, row]] for place, name in enumerate(evaluations)
            },
        )
        for row, film in enumerate(first.films)
        if (calls[:, row] != calls[0, row]).any()
    ]
    return tuple(sorted(films, key=lambda film: (-film.spread, film.path)))
