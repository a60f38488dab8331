"""The report of a comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import Image

from pneumoscope.errors import ImageReadError
from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.evaluation.comparison_verdicts import (
    SIGNIFICANCE,
    exposure_notes,
    family_words,
    found_differences,
    measure_title,
    p_number,
    signed,
    verdict,
)
from pneumoscope.evaluation.disagreements import DisputedFilm
from pneumoscope.evaluation.latency import RUNS
from pneumoscope.evaluation.pairs import MAIN_MEASURES
from pneumoscope.imaging.reading import read_image
from pneumoscope.metrics.intervals import Interval
from pneumoscope.report.comparison_plots import (
    draw_curves,
    draw_differences,
    draw_models,
)
from pneumoscope.report.frame import Section, write_report
from pneumoscope.report.html import PICTURE_SIZE, data_uri, render_part
from pneumoscope.report.net_benefit_section import compared_net_benefit
from pneumoscope.report.whereabouts import find_films_folder
from pneumoscope.wording import count_films, duration, printable, shown_place

# The rest are in disagreements.csv.
SHOWN_FILMS = 24
MOST_NAMES = 3
MOST_VERDICTS = 8


def write_comparison_report(
    comparison: Comparison, folder: Path, films: Path | None = None
) -> Path:
    """Write `report.html` and `figures/` into the folder of a comparison; return the page's path.

    Pictures of films on which models disagree are on the page where the films are found: in
    `films`, or where they lay when the models were compared. Raises `DatasetError` where `films`
    holds none of them, and `PneumoscopeError` where a file cannot be written.
    """
    sections = [_summary(comparison), _figures(comparison), _curves(comparison)]
    sections += compared_net_benefit(comparison)
    if comparison.pairs:
        sections += [_pairs(comparison), _disputed(comparison, films)]
    sections.append(_costs(comparison))
    return write_report(
        folder,
        sections,
        title=_title(comparison),
        facts=_facts(comparison),
        cautions=_cautions(comparison),
    )


def _title(comparison: Comparison) -> str:
    names = [printable(model.name) for model in comparison.models]
    if len(names) > MOST_NAMES:
        return f"Comparison of {len(names)} models"
    *others, last = names
    return f"Comparison of {', '.join(others)} and {last}" if others else f"Comparison of {last}"


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    data = comparison.data
    counts = ", ".join(f"{count:,} {name}" for name, count in data.films.items())
    return [
        ("Data", printable(shown_place(data.source))),
        ("Split", data.split or "all films"),
        ("Films", counts),
        ("Patients", data.whose),
        ("Calls", f"at the operating point {comparison.operating_point}"),
        (
            "Intervals",
            f"95 %; of figures from {comparison.bootstrap.replicates:,} bootstrap replicates drawn "
            "by patient",
        ),
    ]


def _cautions(comparison: Comparison) -> list[str]:
    cautions = [printable(note) for note in exposure_notes(comparison)]
    if comparison.data.patients_warning:
        cautions.append(comparison.data.patients_warning)
    if unreadable := len(comparison.data.unreadable):
        cautions.append(
            f"{count_films(unreadable)} could not be read and are in no figure of any model; "
            "comparison.json lists them."
        )
    return cautions


def _summary(comparison: Comparison) -> Section:
    found = found_differences(comparison)
    body = render_part(
        "comparison/summary.html.j2",
        comparison=comparison,
        best={measure_title(measure): _best(comparison, measure) for measure in MAIN_MEASURES},
        verdicts=[verdict(pair, measure) for pair, measure in found[:MOST_VERDICTS]],
        found=len(found),
    )
    return Section("summary", "In short", body)


def _best(comparison: Comparison, measure: str) -> tuple[str, Interval] | None:
    """The model with the highest figure, and the figure; `None` where it is undefined."""
    figures = {model.name: model.figures[measure] for model in comparison.models}
    defined = {name: figure for name, figure in figures.items() if not math.isnan(figure.value)}
    return max(defined.items(), key=lambda entry: entry[1].value, default=None)


def _figures(comparison: Comparison) -> Section:
    drawing = draw_models(comparison)
    notes = list(dict.fromkeys(row.note for row in comparison.reported if row.note))
    body = render_part(
        "comparison/figures.html.j2", comparison=comparison, notes=notes, drawing=drawing
    )
    return Section("figures", "Figures of all models", body, (drawing,))


def _curves(comparison: Comparison) -> Section:
    plots = draw_curves(comparison)
    body = render_part("comparison/curves.html.j2", comparison=comparison, plots=plots)
    return Section("curves", "Every threshold at once", body, plots)


def _pairs(comparison: Comparison) -> Section:
    drawing = draw_differences(comparison)
    body = render_part(
        "comparison/pairs.html.j2",
        comparison=comparison,
        drawing=drawing,
        measures={measure: comparison.columns[measure].title for measure in MAIN_MEASURES},
        family=family_words(comparison),
        sentences=[verdict(pair, measure) for pair in comparison.pairs for measure in pair.tests],
        significance=SIGNIFICANCE,
        signed=signed,
        p_number=p_number,
    )
    return Section("pairs", "Is one better than another?", body, (drawing,))


@dataclass(frozen=True)
class _DisputedCard:
    """A disputed film and its picture, an address that holds it; or why it cannot be read."""

    film: DisputedFilm
    picture: str = ""
    reason: str = ""

    @property
    def name(self) -> str:
        """The film's name without its folders."""
        return PurePath(self.film.path).name

    @property
    def wrong(self) -> int:
        """How many models call the film wrong."""
        return sum(call.finding != self.film.label for call in self.film.calls.values())


def _disputed(comparison: Comparison, films: Path | None) -> Section:
    folder = find_films_folder(comparison.first, films)
    disputed = comparison.disagreements
    body = render_part(
        "comparison/disputed.html.j2",
        comparison=comparison,
        cards=[_card(film, folder) for film in disputed[:SHOWN_FILMS]],
        total=len(disputed),
        films_found=folder is not None,
    )
    return Section("disagreements", "Films on which they disagree", body)


def _card(film: DisputedFilm, folder: Path | None) -> _DisputedCard:
    if folder is None:
        return _DisputedCard(film)
    try:
        pixels = read_image(folder / film.path, target=max(PICTURE_SIZE)).pixels
    except ImageReadError as error:
        return _DisputedCard(film, reason=error.reason)
    picture = Image.fromarray(pixels)
    picture.thumbnail(PICTURE_SIZE, Image.Resampling.LANCZOS)
    return _DisputedCard(film, picture=data_uri(picture))


def _costs(comparison: Comparison) -> Section:
    body = render_part(
        "comparison/costs.html.j2", comparison=comparison, runs=RUNS, duration=duration
    )
    return Section("costs", "Size, speed and training", body)
