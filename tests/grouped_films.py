"""Scored films of groups, for one of which the model fails; and their worst-group table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pneumoscope.evaluation.evaluation import Bootstrap, ScoredFilm
from pneumoscope.evaluation.group_table import GroupTable
from pneumoscope.evaluation.groups import group_table
from pneumoscope.evaluation.traits import FilmTraits

NAMES = ("NORMAL", "PNEUMONIA")
CUTS = {"balanced": 0.5, "screening": 0.2}


def film(place: int, label: str, score: float, patient: str, traits: FilmTraits) -> ScoredFilm:
    return ScoredFilm(
        path=f"{label}/{place}.png",
        label=label,
        patient_id=patient,
        split=None,
        probabilities={"NORMAL": 1 - score, "PNEUMONIA": score},
        logits=(0.0, 0.0),
        decisions={point: NAMES[int(score >= cut)] for point, cut in CUTS.items()},
        traits=traits,
    )


def draw(seed: int = 0, films: int = 240, failing: str | None = "C") -> list[ScoredFilm]:
    """Films of groups A to D, of views and sexes; the normal ones of one group look ill."""
    rng = np.random.default_rng(seed)
    drawn = []
    for place in range(films):
        label = NAMES[place % 2]
        group = "ABCD"[int(rng.integers(4))] if place % 10 else "rare"
        fails = label == "NORMAL" and group == failing and rng.random() < 0.5
        score = float(
            np.clip(rng.normal(0.8 if label == "PNEUMONIA" or fails else 0.12, 0.15), 0, 1)
        )
        view = (None, "AP", "PA")[int(rng.integers(3))]
        drawn.append(
            film(place, label, score, f"p{place // 4}", FilmTraits(group=group, view=view, sex="F"))
        )
    return drawn


def table_of(films: Sequence[ScoredFilm], **settings: bool) -> GroupTable:
    return group_table(
        films, NAMES, "NORMAL", list(CUTS), Bootstrap(replicates=200, seed=0), **settings
    )
