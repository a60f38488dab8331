"""Localisation: does the map find opacities whose place is known?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmap_checks.positive_evidence import positive_evidence, share_inside
from pneumoscope.heatmaps.mapper import Mapper
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.intervals import bootstrap_means
from pneumoscope.metrics.records import Figure, Record

# Evidence this strong, relative to the film's strongest, is what the map marks.
MARKED = 0.5


class Localisation(Record):
    """How well maps of the films' own class find the boxes of their opacities.

    `pointing` is the share of films whose strongest point lies in a box (pointing game, Zhang et
    al. 2016), `pointing_centre` the same of the middle of the square. `evidence_share` is the mean
    share of the positive evidence inside the boxes (energy-based pointing game, Wang et al. 2020)
    and `area_share` that of the area, what evidence spread evenly would have and a random point
    would hit. `overlap` is the mean intersection over union of the boxes and of where the evidence
    is at least half its maximum, `overlap_lungs`, where lung fields are known, that of boxes and
    lungs. A film without any evidence for its class counts as missed: 0 in the figures of the map.
    """

    films: int
    pointing: Figure
    pointing_centre: Figure
    evidence_share: Figure
    area_share: Figure
    overlap: Figure
    overlap_lungs: Figure | None


def measure_localisation(
    films: AssessedFilms,
    predictor: Predictor,
    mapper: Mapper,
    *,
    rng: np.random.Generator,
    replicates: int,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Localisation:
    """Measure how well maps find the boxes of the films that have some.

    Points that are equally strong share a hit among them. `progress` is told films done and films
    in all. Raises `DatasetError` where no film has a box.
    """
    if films.boxes is None or not films.boxes.any():
        raise DatasetError(
            "None of the films has a box, so nobody knows where opacities are.",
            "Give the file boxes.csv that `pneumoscope data phantom` writes.",
        )
    boxed = np.flatnonzero(films.boxes.any(axis=(1, 2)))
    chosen, boxes = films.select(boxed), films.boxes[boxed]
    evidence = positive_evidence(
        chosen, mapper, predictor.manifest.preprocess, batch_size=batch_size, progress=progress
    )
    found = [
        _find(film[label], box)
        for film, label, box in zip(evidence, chosen.y_true, boxes, strict=True)
    ]
    middle = boxes.shape[1] // 2
    figures = {name: np.array([film[name] for film in found]) for name in found[0]}
    figures["pointing_centre"] = boxes[:, middle, middle].astype(np.float64)
    figures["area_share"] = boxes.mean(axis=(1, 2))
    if chosen.lungs is not None and chosen.lungs.any():
        known = chosen.lungs.any(axis=(1, 2))
        overlaps = [_overlap(lungs, box) for lungs, box in zip(chosen.lungs, boxes, strict=True)]
        figures["overlap_lungs"] = np.where(known, overlaps, np.nan)
    intervals = bootstrap_means(figures, chosen.patients, rng=rng, replicates=replicates)
    return Localisation(
        films=len(chosen),
        pointing=intervals["pointing"],
        pointing_centre=intervals["pointing_centre"],
        evidence_share=intervals["evidence_share"],
        area_share=intervals["area_share"],
        overlap=intervals["overlap"],
        overlap_lungs=intervals.get("overlap_lungs"),
    )


def _find(evidence: NDArray[np.float32], boxes: NDArray[np.bool_]) -> dict[str, float]:
    """How well the positive evidence `(S, S)` of one film finds its boxes `(S, S)`."""
    strongest = evidence.max()
    if strongest == 0:
        return {"pointing": 0.0, "evidence_share": 0.0, "overlap": 0.0}
    return {
        "pointing": float(boxes[evidence == strongest].mean()),
        "evidence_share": share_inside(evidence, boxes),
        "overlap": _overlap(evidence >= MARKED * strongest, boxes),
    }


def _overlap(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Intersection over union of two regions, of which at least one is not empty."""
    return float((first & second).sum() / (first | second).sum())
