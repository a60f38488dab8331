"""The frame that all reports share: facts on top, a table of contents, and sections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from pneumoscope.report.html import render_page, write_page
from pneumoscope.report.plot import ReportPlot

REPORT_FILE = "report.html"
PLOTS = "figures"
REPORT_FILES = (REPORT_FILE, *(f"{PLOTS}/*.{kind}" for kind in ("png", "svg", "csv")))
"""Patterns of what `write_report` writes into a folder."""


@dataclass(frozen=True)
class Section:
    """A section of a report. `anchor` is its address on the page, unique there; `body` its HTML,
    which `render_part` makes from a template; `plots` are those inside it. Sections in a row that
    are of one `group` are one entry of the table of contents, which folds."""

    anchor: str
    title: str
    body: Markup
    plots: tuple[ReportPlot, ...] = ()
    group: str = ""

    @property
    def entry(self) -> str:
        """The title without its group, for the table of contents."""
        return self.title.removeprefix(f"{self.group}: ")


def contents(sections: Sequence[Section]) -> list[tuple[str, list[Section]]]:
    """The entries of a table of contents: groups, whose name is empty for a section alone."""
    entries: list[tuple[str, list[Section]]] = []
    for section in sections:
        if section.group and entries and entries[-1][0] == section.group:
            entries[-1][1].append(section)
        else:
            entries.append((section.group, [section]))
    return entries


def write_report(
    folder: Path,
    sections: Sequence[Section],
    *,
    title: str,
    facts: Iterable[tuple[str, str]] = (),
    cautions: Sequence[str] = (),
) -> Path:
    """Write `report.html` into a folder, and its plots as files into `figures/` there.

    Returns the page's path. `facts` are terms and their explanations; `cautions` what a reader must
    know before anything else. Raises `PneumoscopeError` where a file cannot be written.
    """
    page = render_page(
        "report.html.j2",
        title=title,
        facts=list(facts),
        cautions=cautions,
        sections=sections,
        contents=contents(sections),
    )
    path = folder / REPORT_FILE
    write_page(path, page)
    for section in sections:
        for plot in section.plots:
            plot.save(folder / PLOTS)
    return path
