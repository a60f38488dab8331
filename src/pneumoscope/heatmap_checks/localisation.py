"""Localisation: does the map find opacities whose place is known?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.measure import Bench, Measure
from pneumoscope.heatmap_checks.measure_table import FigureText, MeasureTable, figure, share
from pneumoscope.heatmap_checks.positive_evidence import positive_evidence, share_inside
from pneumoscope.metrics.records import Figure
from pneumoscope.wording import count_films

# Evidence this strong, relative to the film's strongest, is what the map marks.
MARKED = 0.5


class Localisation(Measure):
    """How well maps of the films' own class find the boxes of their opacities.

    `pointing` is the share of films whose strongest point lies in a box (pointing game, Zhang et
    al. 2016), `pointing_centre` the same of the middle of the square. `evidence_share` is the mean
    share of the positive evidence inside the boxes (energy-based pointing game, Wang et al. 2020)
    and `area_share` that of the area, what evidence spread evenly would have and a random point
    would hit. `overlap` is the mean intersection over union of the boxes and of where the evidence
    is at least half its maximum, `overlap_lungs`, where lung fields are known, that of boxes and
    lungs. A film without any evidence for its class counts as missed: 0 in the figures of the map.
    """

    name = "localisation"
    title = "Localisation"
    question = "Do maps find opacities whose place is known?"
    needs = "a table of boxes around the opacities, which phantoms come with"

    films: int
    pointing: Figure
    pointing_centre: Figure
    evidence_share: Figure
    area_share: Figure
    overlap: Figure
    overlap_lungs: Figure | None

    @classmethod
    def take(cls, bench: Bench) -> Self | None:
        """Measure how well maps find the boxes of the films that have some.

        Points that are equally strong share a hit among them. Raises `DatasetError` where boxes
        were given and no film has one.
        """
        films = bench.films
        if films.boxes is None:
            return None
        if not films.boxes.any():
            raise DatasetError(
                "None of the films has a box, so nobody knows where opacities are.",
                "Give the file boxes.csv that `pneumoscope data phantom` writes.",
            )
        boxed = np.flatnonzero(films.boxes.any(axis=(1, 2)))
        chosen, boxes = films.select(boxed), films.boxes[boxed]
        evidence = positive_evidence(bench, chosen)
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
            overlaps = [_overlap(*pair) for pair in zip(chosen.lungs, boxes, strict=True)]
            figures["overlap_lungs"] = np.where(known, overlaps, np.nan)
        means = bench.means(figures, chosen.patients, shares=("pointing", "pointing_centre"))
        return cls(films=len(chosen), **({"overlap_lungs": None} | means))

    def verdict(self) -> str:
        guesses = (self.pointing_centre, self.area_share)
        if self.pointing.low > max(guess.high for guess in guesses):
            verdict = "Yes, more often than the middle of the film or a random point does."
        elif self.pointing.high < max(guess.low for guess in guesses):
            verdict = "No: a guess without any map finds them more often."
        else:
            verdict = "It could not be shown that they find them more often than a guess."
        lungs = f"; the lungs as a whole reach {self.overlap_lungs}" if self.overlap_lungs else ""
        return (
            f"{verdict} Of {count_films(self.films)} with known opacities, {share(self.pointing)} "
            "have the strongest point of their map in one; the middle of the film would hit "
            f"{share(self.pointing_centre.value)}, a random point {share(self.area_share.value)}. "
            f"Of the evidence, {share(self.evidence_share)} lies in the boxes. What the map marks "
            f"overlaps with them by {self.overlap}, where 1 is a perfect match{lungs}."
        )

    def table(self) -> MeasureTable:
        columns = (f"{count_films(self.films)} with boxes", "Map", "Without a map", "What that is")
        lungs = figure(self.overlap_lungs) if self.overlap_lungs else "not known"
        pointing = share(self.pointing), share(self.pointing_centre)
        evidence = share(self.evidence_share), share(self.area_share)
        rows: list[tuple[str | FigureText, ...]] = [
            ("strongest point in a box", *pointing, "the middle of the film"),
            ("evidence in the boxes", *evidence, "evidence spread evenly"),
            ("overlap with the boxes", figure(self.overlap), lungs, "both lungs"),
        ]
        return MeasureTable(
            "Shares and means with 95 % intervals. Of the films, the share whose strongest point "
            "lies in a box (pointing game); a random point would hit one as often as evidence "
            "spread evenly. Overlap is what map and boxes share of what they cover together, the "
            "map being where it is at least half its maximum",
            [dict(zip(columns, row, strict=True)) for row in rows],
        )

    def card_figures(self, normal_class: str | None) -> dict[str, Any]:
        return {"pointing": self.pointing, "pointing_centre": self.pointing_centre}

    @staticmethod
    def card_sentences(figures: Mapping[str, Any]) -> Iterator[str]:
        yield (
            f"Strongest point inside an opacity: {share(figures['pointing'])} of the films; middle "
            f"of the film: {share(figures['pointing_centre'])}."
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
