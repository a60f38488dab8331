"""A few films of each class with their heatmaps: what an assessment is about."""

from __future__ import annotations

import numpy as np

from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.findings_page import FilmCard
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part
from pneumoscope.report.labelled_cards import labelled_cards

FILMS_OF_A_CLASS = 2
OPERATING_POINT = "balanced"


def samples_section(predictor: Predictor, films: FilmTable) -> Section:
    """Films of each class with the heatmaps of `predictor`: spread evenly over the table, and
    chosen neither for their calls nor for their maps. Those that cannot be read are listed.
    """
    chosen = [film for name in films.class_names for film in _spread(films, name)]
    outcomes = list(
        labelled_cards(
            predictor,
            films.root,
            ((film.path, film.label) for film in chosen),
            OPERATING_POINT,
        )
    )
    body = render_part(
        "heatmap_checks/samples.html.j2",
        cards=[card for card in outcomes if isinstance(card, FilmCard)],
        unreadable=[film for film in outcomes if isinstance(film, UnreadableFilm)],
        manifest=predictor.manifest,
        operating_point=OPERATING_POINT,
    )
    return Section("heatmap-samples", "What heatmaps look like", body)


def _spread(films: FilmTable, class_name: str) -> list[FilmRecord]:
    """Some films of a class, at even distances in the table."""
    of_class = [film for film in films.films if film.label == class_name]
    count = min(FILMS_OF_A_CLASS, len(of_class))
    places = np.linspace(0, len(of_class), count, endpoint=False).astype(int)
    return [of_class[place] for place in places.tolist()]
