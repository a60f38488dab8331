"""What probabilities are worth within groups of films that have a finding, or have none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from pneumoscope.evaluation.evaluation import Bootstrap, ScoredFilm
from pneumoscope.evaluation.group_table import GroupScores
from pneumoscope.metrics import weighted
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.groups_by_chance import Mask
from pneumoscope.metrics.intervals import Interval, bootstrap_intervals

FEWEST_OF_A_KIND = 10
"""Films with a finding, and films without, for an area under the ROC curve."""

_UNDEFINED = Interval(math.nan, math.nan, math.nan)


def group_scores(
    films: Sequence[ScoredFilm],
    groups: Mapping[tuple[tuple[str, str], ...], Mask],
    class_names: tuple[str, ...],
    normal_class: str | None,
    bootstrap: Bootstrap,
    *,
    calibrated: bool = True,
) -> tuple[GroupScores, ...]:
    """ROC-AUC and calibration of each group of N films, `(N,)`, that has some with a finding and
    some without, and not all; those with the lowest area first.

    Without `calibrated`, nothing is said of calibration; and nothing at all for a model of several
    findings and no healthy class.
    """
    healthy = normal_class or (class_names[0] if len(class_names) == 2 else None)
    if healthy is None:
        return ()
    ill = np.array([film.label != healthy for film in films], dtype=np.int64)
    score = np.array([1 - film.probabilities[healthy] for film in films])
    found = []
    for where, mask in groups.items():
        of_a_kind = min(np.bincount(ill[mask], minlength=2))
        if mask.all() or not of_a_kind or mask.sum() < FEWEST_OF_A_KIND:
            continue
        own = [film for film, is_member in zip(films, mask, strict=True) if is_member]
        figures = _figures(ill[mask], score[mask], [film.patient_id for film in own], bootstrap)
        found.append(
            GroupScores(
                where=dict(where),
                films=dict(Counter(film.label for film in own)),
                patients=len({film.patient_id for film in own}),
                roc_auc=figures["roc_auc"] if of_a_kind >= FEWEST_OF_A_KIND else _UNDEFINED,
                calibration=figures["calibration"] if calibrated else _UNDEFINED,
            )
        )
    # What is undefined comes last.
    return tuple(sorted(found, key=lambda group: np.nan_to_num(group.roc_auc.value, nan=2.0)))


def _figures(
    ill: Integers, score: Floats, patients: Sequence[str], bootstrap: Bootstrap
) -> dict[str, Interval]:
    def statistic(weights: Floats) -> Figures[str]:
        with_finding = weights @ ill
        without = weights.sum(axis=1) - with_finding
        return Figures(
            {
                "roc_auc": weighted.roc_auc(ill, score, weights),
                "calibration": weighted.mean(score - ill, weights),
            },
            areas={"roc_auc": weighted.ratio(2 * with_finding * without, with_finding + without)},
        )

    return bootstrap_intervals(
        statistic,
        patients,
        rng=np.random.default_rng(bootstrap.seed),
        replicates=bootstrap.replicates,
    )
