"""What reports of runs and of audits say of films: counts, samples, findings and shortcuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from pneumoscope.data.table import FilmTable
from pneumoscope.report.audit_plots import draw_class_counts
from pneumoscope.report.film_pictures import ShownFilm, show_films
from pneumoscope.report.html import render_part
from pneumoscope.report.plot import ReportPlot

SAMPLES_PER_CLASS = 6


def counts_part(table: FilmTable) -> tuple[Markup, ReportPlot]:
    """Films and patients per split and class, as a table and as the plot that is below it."""
    counts = table.counts()
    plot = ReportPlot(
        "class-counts",
        "Films per split and class",
        "The network learns from train. Its best epoch comes from val, and so do calibration and "
        "operating points, unless folds set these; test is read last.",
        draw_class_counts(counts, table.class_names),
        ("split", *table.class_names),
        tuple((split or "", *of_class.values()) for split, of_class in counts.items()),
    )
    splits = [
        {
            "name": split or "no split",
            "classes": list(of_class.values()),
            "films": sum(of_class.values()),
            "patients": len({film.patient_id for film in table.films if film.split == split}),
        }
        for split, of_class in counts.items()
    ]
    body = render_part(
        "data/counts.html.j2",
        table=table,
        whose=table.patients().sentence(),
        splits=splits,
        counts=plot,
    )
    return body, plot


def samples_part(table: FilmTable) -> Markup:
    """Some films of each class, spread over all that there are."""
    samples: dict[str, list[ShownFilm]] = {}
    for name in table.class_names:
        films = [film.path for film in table.films if film.label == name]
        places = np.linspace(0, len(films) - 1, min(SAMPLES_PER_CLASS, len(films)), dtype=int)
        samples[name] = show_films(table.root, ((films[place], "") for place in places))
    return render_part("data/samples.html.j2", samples=samples)


def findings_part(findings: Sequence[Mapping[str, Any]]) -> Markup:
    """The findings of an audit, as `Audit.to_dict` has them."""
    return render_part("data/findings.html.j2", findings=findings)


def shortcuts_part(shortcuts: Mapping[str, Any], class_names: Sequence[str]) -> Markup:
    """The shortcuts of an audit, as `Audit.to_dict` has them."""
    return render_part("data/shortcuts.html.j2", shortcuts=shortcuts, class_names=class_names)
