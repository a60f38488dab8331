"""Anatomy: how much of the evidence lies in the lungs?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pneumoscope.heatmap_checks.measure import Bench, Measure
from pneumoscope.heatmap_checks.measure_table import MeasureTable, count, difference, share
from pneumoscope.heatmap_checks.positive_evidence import positive_evidence, share_inside
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.wording import count_films, listed


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

    @property
    def films_title(self) -> str:
        """What its films are called: all films, true positives."""
        return f"{self.outcome} films" if self.outcome == "all" else f"{self.outcome}s"


class Anatomy(Measure):
    """Films `with_lungs` have a lung field, those `without` were left out."""

    name = "anatomy"
    title = "Anatomy"
    question = "Does the evidence lie in the lungs?"
    needs = "a folder of lung masks"
    reading = (
        "What is positive and negative is told with regard to the class that the evidence speaks "
        "for: a true positive is a film of that class that was called so, a false positive a film "
        "of another class that was called so. Films without any evidence for the class are not "
        "counted."
    )

    with_lungs: int
    without: int
    groups: tuple[LungShare, ...]

    @classmethod
    def take(cls, bench: Bench) -> Self | None:
        """Measure how much of the evidence for each class lies in the lungs.

        Calls are made at the operating point `balanced`; outcomes that no film has are left out.
        Raises `DatasetError` where masks were given and no film has a lung field.
        """
        if bench.films.lungs is None:
            return None
        chosen, lungs = bench.films.with_lungs()
        inside = np.array(
            [
                [share_inside(one_class, field) for one_class in film]
                for film, field in zip(positive_evidence(bench, chosen), lungs, strict=True)
            ]
        )
        area = lungs.mean(axis=(1, 2))
        called = bench.call(bench.probabilities(chosen.images))
        names, normal = bench.manifest.class_names, bench.manifest.normal_class
        groups = []
        # Findings come first: it is their place that people ask for.
        for name in sorted(names, key=lambda name: name == normal):
            index = names.index(name)
            for outcome, members in _outcomes(chosen.y_true == index, called == index).items():
                rows = np.flatnonzero(members & ~np.isnan(inside[:, index]))
                if not rows.size:
                    continue
                shares = {"evidence_share": inside[rows, index], "area_share": area[rows]}
                shares["excess"] = shares["evidence_share"] - shares["area_share"]
                means = bench.means(shares, [chosen.patients[row] for row in rows])
                groups.append(
                    LungShare(evidence_for=name, outcome=outcome, films=rows.size, **means)
                )
        without = len(bench.films) - len(chosen)
        return cls(with_lungs=len(chosen), without=without, groups=tuple(groups))

    def verdict(self) -> str:
        names = dict.fromkeys(group.evidence_for for group in self.groups)
        if not names:
            return "This could not be told: no film has any evidence for a class."
        sentences = [
            _evidence_in_lungs([group for group in self.groups if group.evidence_for == name])
            for name in names
        ]
        if self.without:
            were = "was" if self.without == 1 else "were"
            sentences.append(f"{count_films(self.without)} without a lung field {were} left out.")
        return " ".join(sentences)

    def table(self) -> MeasureTable:
        return MeasureTable(
            f"Of {count_films(self.with_lungs)} with a lung field; shares inside it, means over "
            "films with 95 % intervals. The difference is that of evidence and area on the same "
            "films, in percentage points",
            [
                {
                    "Evidence for": group.evidence_for,
                    "Films": group.films_title,
                    "Number": count(group.films),
                    "Inside the lungs": share(group.evidence_share),
                    "Area of the lungs": share(group.area_share),
                    "Difference": difference(group.excess),
                }
                for group in self.groups
            ],
            pages_only=("Difference",),
        )

    def card_figures(self, normal_class: str | None) -> dict[str, Any]:
        """Of every finding, on films rightly called so."""
        return {
            group.evidence_for: {
                "films": group.films,
                "evidence_share": group.evidence_share,
                "area_share": group.area_share,
            }
            for group in self.groups
            if group.outcome == "true positive" and group.evidence_for != normal_class
        }

    @staticmethod
    def card_sentences(figures: Mapping[str, Any]) -> Iterator[str]:
        for name, found in figures.items():
            yield (
                f"Share of the evidence for {name} inside the lungs, on {found['films']:,} films "
                f"rightly called so: {share(found['evidence_share'])}; of the area: "
                f"{share(found['area_share'])}."
            )


def _outcomes(actual: NDArray[np.bool_], called: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Which films, bool `(N,)`, have each outcome with regard to one class."""
    return {
        "all": np.ones_like(actual),
        "true positive": actual & called,
        "false positive": ~actual & called,
        "false negative": actual & ~called,
        "true negative": ~actual & ~called,
    }


def _evidence_in_lungs(groups: Sequence[LungShare]) -> str:
    """Of the evidence for one class, how much lies in the lungs; `groups` begins with all films."""
    whole, *outcomes = groups
    if whole.excess.low > 0:
        verdict = "more than if it were spread evenly"
        verdict += ", but most of it lies elsewhere" if whole.evidence_share.high < 0.5 else ""
    elif whole.excess.high < 0:
        verdict = "less than if it were spread evenly"
    else:
        verdict = "not clearly more or less than if it were spread evenly"
    sentence = (
        f"Of the evidence for {whole.evidence_for}, {share(whole.evidence_share)} lies in the "
        f"lungs, which take {share(whole.area_share)} of the area: {verdict}."
    )
    if not outcomes:
        return sentence
    parts = [
        f"{share(group.evidence_share.value)} on {group.films:,} "
        f"{group.outcome if group.films == 1 else group.films_title} "
        f"(area {share(group.area_share.value)})"
        for group in outcomes
    ]
    return f"{sentence} By outcome it is {listed(parts)}."
