"""Films of an audit that stand out: the darkest, brightest, smallest, and oddest in shape."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pneumoscope.data.audit import Audit
from pneumoscope.data.measures import FilmMeasures
from pneumoscope.report.film_pictures import ShownFilm, show_films

SHOWN_FILMS = 4


def outliers_to_show(audit: Audit) -> dict[str, list[ShownFilm]]:
    """A few films at each end, by what is odd about them. A measure that is the same for all films
    has no ends."""
    middle = float(np.median([film.aspect for film in audit.measures])) if audit.measures else 1.0
    ends: dict[str, tuple[Callable[[FilmMeasures], float], Callable[[FilmMeasures], str]]] = {
        "Darkest": (lambda film: film.mean, lambda film: f"mean gray {film.mean:.0f} of 255"),
        "Brightest": (lambda film: -film.mean, lambda film: f"mean gray {film.mean:.0f} of 255"),
        "Smallest": (lambda film: film.width * film.height, _size),
        "Oddest in shape": (
            lambda film: -abs(math.log(film.aspect / middle)),
            lambda film: f"{_size(film)}, width / height {film.aspect:.2f}; median {middle:.2f}",
        ),
    }
    shown = {}
    for title, (order, note) in ends.items():
        if len({order(film) for film in audit.measures}) > 1:
            films = sorted(audit.measures, key=lambda film: (order(film), film.path))
            shown[title] = show_films(
                audit.table.root, ((film.path, note(film)) for film in films[:SHOWN_FILMS])
            )
    return {title: films for title, films in shown.items() if films}


def _size(film: FilmMeasures) -> str:
    return f"{film.width} × {film.height} pixels"
