"""The page of an explanation: the films worth looking at first, with the evidence on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
from PIL import Image

from pneumoscope.heatmaps.explain import Explanation
from pneumoscope.heatmaps.explained_film import ExplainedFilm
from pneumoscope.heatmaps.explanation_folder import map_path, panel_path
from pneumoscope.heatmaps.selection import group_films
from pneumoscope.pictures.overlay import blend
from pneumoscope.report.frame import Section, write_report
from pneumoscope.report.html import PICTURE_SIZE, data_uri, render_part


@dataclass(frozen=True)
class EvidenceCard:
    """One film on the page: addresses that hold its pictures, and that of its panel's file.

    `evidence` has a picture of the film with the evidence for each class shown, by class.
    """

    film: ExplainedFilm
    picture: str
    evidence: dict[str, str]
    panel: str


def write_explained_films_page(explanation: Explanation) -> Path:
    """Write `report.html` beside the panels and maps of an explanation; returns its path.

    It shows at most two dozen films (see `group_films`), drawn from the maps in the folder, and
    leads to the contact sheets and panels of all. Raises `PneumoscopeError` where it cannot be
    written.
    """
    films = {film.call.path: film for film in explanation.films}
    groups = group_films(
        [film.call for film in films.values()], explanation.drawing.manifest.class_names
    )
    cards = {
        call.path: _card(explanation, films[call.path]) for group in groups for call in group.films
    }
    body = render_part(
        "explained_films/films.html.j2",
        groups=[group for group in groups if group.films],
        cards=cards,
    )
    sections = [_reading(explanation, len(cards)), Section("films", "Films", body)]
    if explanation.unreadable:
        body = render_part("explained_films/unreadable.html.j2", films=explanation.unreadable)
        sections.append(Section("unreadable", "Films that could not be read", body))
    drawing = explanation.drawing
    return write_report(
        explanation.out,
        sections,
        title=f"Evidence seen by {drawing.manifest.name}",
        facts=_facts(explanation),
        cautions=[*drawing.manifest.warnings]
        + ([] if drawing.is_absolute else [drawing.scale_note]),
    )


def _reading(explanation: Explanation, shown: int) -> Section:
    """What the colours mean, and where the other films are."""
    drawing = explanation.drawing
    body = render_part(
        "explained_films/reading.html.j2",
        drawing=drawing,
        shown=shown,
        total=len(explanation.films),
        sheets=[sheet.name for sheet in explanation.sheets],
    )
    return Section("reading", "How to read the colours", body)


def _facts(explanation: Explanation) -> Sequence[tuple[str, str]]:
    drawing = explanation.drawing
    manifest = drawing.manifest
    calls = [film.call for film in explanation.films]
    counts = [sum(call.called == name for call in calls) for name in manifest.class_names]
    called = ", ".join(
        f"{count:,} {name}" for count, name in zip(counts, manifest.class_names, strict=True)
    )
    facts = [
        ("Model", f"{manifest.name}, graph {manifest.graph_sha256[:12]}"),
        ("Films", f"{len(calls):,} shown of {explanation.readable:,} that could be read"),
        ("Called", f"{called} at {drawing.point}"),
        ("Maps", "cam, out of the model file" if drawing.is_absolute else drawing.method),
    ]
    if any(call.actual is not None for call in calls):
        right = sum(call.is_right is True for call in calls)
        facts.insert(3, ("Right", f"{right:,} of {len(calls):,} calls shown"))
    return facts


def _card(explanation: Explanation, film: ExplainedFilm) -> EvidenceCard:
    drawing, out = explanation.drawing, explanation.out
    raw = np.load(map_path(out, film))
    long_side = min(PICTURE_SIZE[0], max(film.prediction.film_shape))
    pixels, evidence = drawing.film_and_evidence(film, raw, long_side)
    panel = panel_path(out, film).relative_to(out).as_posix()
    return EvidenceCard(
        film,
        data_uri(Image.fromarray(pixels)),
        {
            shown.class_name: data_uri(
                Image.fromarray(blend(pixels, shown.evidence, drawing.colours))
            )
            for shown in evidence
        },
        quote(panel),
    )
