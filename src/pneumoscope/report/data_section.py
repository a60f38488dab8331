"""The films of a run: counts, samples, and what the audit found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from PIL import Image

from pneumoscope.data.audit import audit_films
from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.errors import ImageReadError, PneumoscopeError
from pneumoscope.files import write_text
from pneumoscope.imaging.reading import read_image
from pneumoscope.report.audit_plots import draw_class_counts
from pneumoscope.report.frame import Section
from pneumoscope.report.html import data_uri, render_part
from pneumoscope.report.plot import ReportPlot
from pneumoscope.wording import json_text

SAMPLES_PER_CLASS = 6
_SAMPLE_SIZE = (224, 224)


@dataclass(frozen=True)
class SampleFilm:
    """A film as it is shown among the samples; `picture` is an address that holds it."""

    name: str
    picture: str


def data_section(
    table: FilmTable, audit: Mapping[str, Any] | None, *, films_found: bool
) -> Section:
    """Films per split and class, samples of each class, and the findings of an audit.

    `audit` is what `Audit.to_dict` says of these films, where there has been one. With
    `films_found`, samples are read from the table's root.
    """
    counts = _counts_figure(table)
    splits = [
        {
            "name": split or "no split",
            "classes": list(of_class.values()),
            "films": sum(of_class.values()),
            "patients": len({film.patient_id for film in table.films if film.split == split}),
        }
        for split, of_class in table.counts().items()
    ]
    body = render_part(
        "data.html.j2",
        table=table,
        whose=table.patients().sentence(),
        splits=splits,
        counts=counts,
        films_found=films_found,
        samples=_samples(table) if films_found else {},
        audit=audit,
    )
    return Section("data", "Data", body, (counts,))


def find_audit(
    path: Path,
    table: FilmTable,
    *,
    films_found: bool,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any] | None:
    """The audit of these films, as JSON: the one at `path` or, where that is missing or of other
    films, a new one, which is written there.

    For a new one every film is read: 5,000 take some ten seconds on two processors. Without
    `films_found` there is none. Raises `PneumoscopeError` where the file cannot be read or written.
    """
    try:
        if path.is_file():
            kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if kept["table_digest"] == table.digest:
                return kept
        if not films_found:
            return None
        text = json_text(audit_films(table, progress=progress).to_dict(), indent=2)
        write_text(path, text + "\n")
        made: dict[str, Any] = json.loads(text)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PneumoscopeError(
            f"The audit {path} could not be read or written: {type(error).__name__}: {error}.",
            "If the file is damaged, remove it: the report makes a new one.",
        ) from error
    return made


def _counts_figure(table: FilmTable) -> ReportPlot:
    counts = table.counts()
    return ReportPlot(
        "class-counts",
        "Films per split and class",
        "The network learns from train. Its best epoch, its calibration and its operating points "
        "come from val; test is read last.",
        draw_class_counts(counts, table.class_names),
        ("split", *table.class_names),
        tuple((split or "", *of_class.values()) for split, of_class in counts.items()),
    )


def _samples(table: FilmTable) -> dict[str, list[SampleFilm]]:
    """Some films of each class, spread over all that there are."""
    samples = {}
    for name in table.class_names:
        films = [film for film in table.films if film.label == name]
        places = np.linspace(0, len(films) - 1, min(SAMPLES_PER_CLASS, len(films)), dtype=int)
        shown = [_sample(table.root, films[place]) for place in places]
        samples[name] = [sample for sample in shown if sample is not None]
    return samples


def _sample(root: Path, film: FilmRecord) -> SampleFilm | None:
    """A film's picture; none where it cannot be read, which is among the audit's findings."""
    try:
        picture = Image.fromarray(read_image(root / film.path, target=_SAMPLE_SIZE[0]).pixels)
    except ImageReadError:
        return None
    picture.thumbnail(_SAMPLE_SIZE, Image.Resampling.LANCZOS)
    return SampleFilm(PurePath(film.path).name, data_uri(picture))
