"""Films of an evaluation with their heatmaps: errors first, then clear and close calls."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pneumoscope.evaluation.results import Evaluation, ScoredFilm
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.findings_page import FilmCard, heat_scale
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part
from pneumoscope.results import UnreadableFilm

MOST_ERRORS = 12
MOST_RIGHT = 6

# Large films need not be decoded in full for pictures of 400 pixels.
_TARGET = 400


@dataclass(frozen=True)
class FilmGroup:
    """Films of one kind, in the order in which they are shown."""

    title: str
    reading: str
    films: tuple[ScoredFilm, ...]


def choose_films(evaluation: Evaluation, operating_point: str) -> tuple[FilmGroup, ...]:
    """At most 12 errors, the surest first; then about 6 films that were called right with most
    certainty, as many of each class, and 6 with least.

    `certainty` orders them. No film is in two groups; a group may be empty.
    """
    thresholds = evaluation.operating_points[operating_point].thresholds
    surest_first = sorted(
        evaluation.films, key=lambda film: (-certainty(film.probabilities, thresholds), film.path)
    )
    wrong = [film for film in surest_first if film.decisions[operating_point] != film.label]
    right = [film for film in surest_first if film.decisions[operating_point] == film.label]
    each = max(1, MOST_RIGHT // len(evaluation.class_names))
    surest = [
        film
        for name in evaluation.class_names
        for film in [film for film in right if film.label == name][:each]
    ]
    others = [film for film in right if film not in surest]
    return (
        FilmGroup(
            _title("Wrong, the surest first", wrong[:MOST_ERRORS], wrong),
            "Look whether the colour lies where a finding could be, or on what is not lung.",
            tuple(wrong[:MOST_ERRORS]),
        ),
        FilmGroup(
            _title("Right and most certain, of each class", surest, right),
            "What the model holds to be clear cases.",
            tuple(surest),
        ),
        FilmGroup(
            _title("Right, but closest to the threshold", others[-MOST_RIGHT:], right),
            "A slightly different threshold or film, and they would have been called otherwise.",
            tuple(reversed(others[-MOST_RIGHT:])),
        ),
    )


def certainty(probabilities: Mapping[str, float], thresholds: Mapping[str, float]) -> float:
    """How far a call is from being another one.

    The class called is the one with the highest probability relative to its threshold; this is the
    logarithm of how many times higher that is than the next. It is 0 on the threshold.
    """
    # A probability of 0 comes from rounding, and has no logarithm.
    relative = sorted(
        math.log(max(probabilities[name], sys.float_info.min) / thresholds[name])
        for name in probabilities
    )
    return relative[-1] - relative[-2]


def gallery_section(
    evaluation: Evaluation,
    predictor: Predictor,
    films: Path | None,
    *,
    title: str = "Films with heatmaps",
    prefix: str = "",
) -> Section:
    """Films of an evaluation with their heatmaps.

    `predictor` is the model that was evaluated, `films` the folder that the films' paths are
    relative to; with `None`, where they are gone, the section says so. `prefix` goes before
    anchors, for pages with several evaluations. Films that can no longer be read are listed.
    """
    names = list(evaluation.operating_points)
    point = "balanced" if "balanced" in names else names[0]
    groups = choose_films(evaluation, point)
    cards: dict[str, FilmCard] = {}
    unreadable: list[UnreadableFilm] = []
    if films is not None:
        chosen = [film for group in groups for film in group.films]
        for film, card in zip(chosen, _cards(predictor, films, chosen), strict=True):
            if isinstance(card, UnreadableFilm):
                unreadable.append(card)
            else:
                cards[film.path] = card
    body = render_part(
        "gallery.html.j2",
        groups=groups,
        cards=cards,
        unreadable=unreadable,
        operating_point=point,
        manifest=predictor.manifest,
        films_found=films is not None,
        heat_scale=heat_scale(),
        prefix=prefix,
    )
    return Section(f"{prefix}gallery", title, body)


def _cards(
    predictor: Predictor, folder: Path, films: Sequence[ScoredFilm]
) -> list[FilmCard | UnreadableFilm]:
    outcomes = predictor.predict_many([folder / film.path for film in films])
    cards: list[FilmCard | UnreadableFilm] = []
    for film, outcome in zip(films, outcomes, strict=True):
        if isinstance(outcome, UnreadableFilm):
            cards.append(UnreadableFilm(film.path, outcome.reason))
            continue
        pixels = read_image(folder / film.path, target=_TARGET).pixels
        # The folder is nobody's business.
        prediction = replace(outcome, film=film.path)
        cards.append(FilmCard.of(prediction, pixels, film.label))
    return cards


def _title(what: str, shown: Sequence[ScoredFilm], of: Sequence[ScoredFilm]) -> str:
    return f"{what}: {len(shown)}" + (f" of {len(of)}" if len(shown) < len(of) else "")
