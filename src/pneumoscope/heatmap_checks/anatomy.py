"""Anatomy: how much of the evidence lies in the lungs?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmap_checks.positive_evidence import positive_evidence, share_inside
from pneumoscope.heatmaps.mapper import Mapper
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.intervals import bootstrap_means
from pneumoscope.metrics.operating_points import decide
from pneumoscope.metrics.records import Figure, Record


class LungShare(Record):
    """Where the evidence for one class lies, on a group of films.

    `outcome` is `all`, or with regard to `evidence_for`: `true positive`, `false positive`, `false
    negative`, `true negative`. `evidence_share` is the mean share of the positive evidence inside
    the lung fields, `area_share` that of the square's area, `excess` their difference on the same
    films. Films without any positive evidence are not in `films`.
    """

    evidence_for: str
    outcome: str
    films: int
    evidence_share: Figure
    area_share: Figure
    excess: Figure


class Anatomy(Record):
    """Films `with_lungs` have a lung field, those `without` were left out."""

    with_lungs: int
    without: int
    groups: tuple[LungShare, ...]


def measure_anatomy(
    films: AssessedFilms,
    predictor: Predictor,
    mapper: Mapper,
    *,
    rng: np.random.Generator,
    replicates: int,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Anatomy:
    """Measure how much of the evidence for each class lies in the lungs.

    Calls are made at the operating point `balanced`; outcomes that no film has are left out.
    `progress` is told films done and films in all. Raises `DatasetError` where no film has a lung
    field.
    """
    chosen, lungs = films.with_lungs()
    manifest = predictor.manifest
    evidence = positive_evidence(
        chosen, mapper, manifest.preprocess, batch_size=batch_size, progress=progress
    )
    inside = np.array(
        [
            [share_inside(one_class, field) for one_class in film]
            for film, field in zip(evidence, lungs, strict=True)
        ]
    )
    area = lungs.mean(axis=(1, 2))
    probabilities = [
        predictor.answer(chosen.images[rows]).probabilities for rows in chosen.batches(batch_size)
    ]
    called = decide(np.concatenate(probabilities), manifest.thresholds("balanced"))
    groups = []
    # Findings come first: it is their place that people ask for.
    for name in sorted(manifest.class_names, key=lambda name: name == manifest.normal_class):
        index = manifest.class_names.index(name)
        for outcome, members in _outcomes(chosen.y_true == index, called == index).items():
            rows = np.flatnonzero(members & ~np.isnan(inside[:, index]))
            if not rows.size:
                continue
            figures = bootstrap_means(
                {
                    "evidence_share": inside[rows, index],
                    "area_share": area[rows],
                    "excess": inside[rows, index] - area[rows],
                },
                [chosen.patients[row] for row in rows],
                rng=rng,
                replicates=replicates,
            )
            groups.append(LungShare(evidence_for=name, outcome=outcome, films=rows.size, **figures))
    return Anatomy(with_lungs=len(chosen), without=len(films) - len(chosen), groups=tuple(groups))


def _outcomes(actual: NDArray[np.bool_], called: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Which films, bool `(N,)`, have each outcome with regard to one class."""
    return {
        "all": np.ones_like(actual),
        "true positive": actual & called,
        "false positive": ~actual & called,
        "false negative": actual & ~called,
        "true negative": ~actual & ~called,
    }
