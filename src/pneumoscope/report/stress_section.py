"""The section of a report on a stress test: in words, as a picture and a table, and one film under
each stress."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from pneumoscope.errors import ImageReadError
from pneumoscope.evaluation.comparison_verdicts import signed
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.evaluation.stress import changed_film
from pneumoscope.evaluation.stress_test import STRESS_FILE, StressTest, read_stress_test
from pneumoscope.evaluation.stress_words import (
    MOST_FLIPPED,
    reduced_sentence,
    stress_verdicts,
)
from pneumoscope.heatmap_checks.measure_table import FigureText, difference, share
from pneumoscope.metrics.intervals import Interval
from pneumoscope.pictures.data_uri import data_uri
from pneumoscope.report.film_pictures import ShownFilm
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part
from pneumoscope.report.stress_plots import draw_stresses
from pneumoscope.report.whereabouts import find_films_folder

_SIDE = 256


def stress_sections_beside(
    folder: Path, evaluation: Evaluation, films: Path | None = None
) -> list[Section]:
    """The section of the stress test in a folder, if there is one, for the report of the evaluation
    there. The film that it shows is read from where it lay at the time, or from `films`.

    A stress test of another model or other films is not shown, and the section says so. Raises
    `DatasetError` where it is damaged, and as `find_films_folder`.
    """
    if not (folder / STRESS_FILE).is_file():
        return []
    test = read_stress_test(folder)
    title = "When films are changed"
    if not test.matches(evaluation):
        return [Section("stress", title, render_part("evaluation/other_stress.html.j2", test=test))]
    plot = draw_stresses(test)
    body = render_part(
        "evaluation/stress.html.j2",
        test=test,
        verdicts=stress_verdicts(test),
        most_flipped=MOST_FLIPPED,
        reduced=reduced_sentence(test),
        plot=plot,
        points=tuple(test.stresses[0].flips),
        ways=test.model.normal_class is not None,
        area_difference=_area_difference,
        difference=difference,
        share_of=share,
        films=_pictured(test, find_films_folder(evaluation, films)),
    )
    return [Section("stress", title, body, (plot,))]


def _pictured(test: StressTest, folder: Path | None) -> list[ShownFilm]:
    """The film of a stress test unchanged and under each stress; nothing where it is not found."""
    if folder is None:
        return []
    try:
        pictures = changed_film(folder, test.pictured, test.square)
    except ImageReadError:
        return []
    return [
        ShownFilm(test.pictured.path, data_uri(_small(Image.fromarray(pixels))), name)
        for name, pixels in pictures.items()
    ]


def _area_difference(interval: Interval) -> FigureText:
    value, _, ends = signed(interval, 3).partition(" (")
    return FigureText(value, ends.removesuffix(")"))


def _small(picture: Image.Image) -> Image.Image:
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    return picture
