"""Films of an evaluation with their heatmaps: errors first, then clear and close calls."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.heatmaps.selection import CalledFilm, FilmGroup, certainty, group_films
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.findings_page import FilmCard
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part
from pneumoscope.report.labelled_cards import labelled_cards


def choose_films(evaluation: Evaluation, operating_point: str) -> tuple[FilmGroup, ...]:
    """The films of an evaluation that are worth looking at: see `group_films`."""
    thresholds = evaluation.operating_points[operating_point].thresholds
    called = [
        CalledFilm(
            path=film.path,
            called=film.decisions[operating_point],
            certainty=certainty(film.probabilities, thresholds),
            actual=film.label,
        )
        for film in evaluation.films
    ]
    return group_films(called, evaluation.class_names)


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
        for card in labelled_cards(
            predictor, films, ((film.path, film.actual) for film in chosen), point
        ):
            if isinstance(card, UnreadableFilm):
                unreadable.append(card)
            else:
                cards[card.prediction.film] = card
    body = render_part(
        "gallery.html.j2",
        groups=groups,
        cards=cards,
        unreadable=unreadable,
        operating_point=point,
        manifest=predictor.manifest,
        films_found=films is not None,
        prefix=prefix,
    )
    return Section(f"{prefix}gallery", title, body)
