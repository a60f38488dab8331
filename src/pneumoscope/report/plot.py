"""A plot of a report: drawn once, saved as PNG, SVG and CSV, and set into a page.

Figures are drawn in a few fixed inks. On a page the inks become the colours of its style sheet, so
that one SVG serves light, dark and paper.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import matplotlib
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pneumoscope.errors import writing
from pneumoscope.files import whole_file, write_text
from pneumoscope.wording import csv_cell

LineStyle = Literal["-", "--", "-.", ":"] | tuple[float, tuple[float, ...]]

# Okabe & Ito (2008), which colour-blind readers can tell apart; those with the most contrast to
# both white and black first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "v", "P")
LINE_STYLES: tuple[LineStyle, ...] = (
    "-",
    "--",
    "-.",
    ":",
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (8, 3)),
)
DOTS: LineStyle = (0, (1, 2))

INK, QUIET, LINE, PAPER = "#1b1d21", "#565c66", "#d4d8de", "#ffffff"
_PAGE_COLOURS = {
    INK: "var(--text)",
    QUIET: "var(--quiet)",
    LINE: "var(--line)",
    PAPER: "var(--card)",
    # The one colour of the data that is too dark on a dark page.
    COLOURS[0].lower(): "var(--plot-blue)",
}

_DPI = 150
# Shown on a page a little larger than on paper, which makes 9 points about as large as its text.
_PIXELS_PER_INCH = 112

_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "text.color": INK,
    # Names of classes, models and films may hold dollar signs.
    "text.parse_math": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
}


@contextmanager
def house_style() -> Iterator[None]:
    """The style of all plots: decorate a drawing function with `@house_style()`."""
    with matplotlib.rc_context(_STYLE):
        yield


def new_axes(width: float = 4.6, height: float = 4.2) -> tuple[Figure, Axes]:
    """An empty figure with one pair of axes; `width` and `height` are inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def colour(place: int) -> str:
    """The colour of the class, model or series at `place`; after the last the first comes again."""
    return COLOURS[place % len(COLOURS)]


def line_style(place: int) -> LineStyle:
    """The line style of the series at `place`, so that no two of 36 share colour and style."""
    return LINE_STYLES[(place + place // len(COLOURS)) % len(LINE_STYLES)]


def marker(place: int) -> str:
    """The marker of the operating point or series at `place`."""
    return MARKERS[place % len(MARKERS)]


def file_stem(name: str) -> str:
    """A name as part of a file's name: letters, digits and hyphens, in lower case."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


@dataclass(frozen=True)
class ReportPlot:
    """A drawing, how to read it, and the numbers in it.

    `name` is the stem of its files and unique on a page, `caption` a reading in plain words.
    `columns` and `rows` are the data drawn. The figure is laid out once, here, so that all of its
    files show the same.
    """

    name: str
    title: str
    caption: str
    figure: Figure
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def __post_init__(self) -> None:
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")

    def save(self, folder: Path) -> None:
        """Write `<name>.png`, `<name>.svg` and `<name>.csv` into a folder, made if missing.

        Raises `PneumoscopeError` where that cannot be done.
        """
        with writing(f"figure {self.name}", folder):
            with whole_file(folder / f"{self.name}.png") as part:
                self.figure.savefig(part, dpi=_DPI)
            write_text(folder / f"{self.name}.svg", self._svg)
            with (
                whole_file(folder / f"{self.name}.csv") as part,
                part.open("w", encoding="utf-8", newline="") as file,
            ):
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(map(csv_cell, self.columns))
                writer.writerows(map(csv_cell, row) for row in self.rows)

    def inline_svg(self) -> Markup:
        """The figure as an SVG element for a page: inks and background from the page's style sheet,
        identifiers that start with the figure's name, text as text. The same figure gives the same
        bytes.
        """
        drawing = self._svg
        body = drawing[drawing.index("<defs>") :]
        body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
        body = re.sub(r"<[^>]+>", self._for_page, body)
        width, height = self.figure.get_size_inches()
        return Markup(
            f'<svg role="img" aria-labelledby="{self.name}-title {self.name}-caption" '
            f'viewBox="0 0 {72 * width:g} {72 * height:g}" '
            f'style="max-width: {_PIXELS_PER_INCH * width:.0f}px">'
            f'<title id="{self.name}-title">{escape(self.title)}</title>'
            f'<desc id="{self.name}-caption">{escape(self.caption)}</desc>'
            f"{body}"
        )

    @cached_property
    def _svg(self) -> str:
        file = io.StringIO()
        # Text stays text. The salt makes the identifiers of two drawings the same.
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": self.name}):
            self.figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()

    def _for_page(self, tag: re.Match[str]) -> str:
        """One tag of the drawing, with the page's colours and identifiers of its own."""
        text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{self.name}-", tag[0])
        text = re.sub(
            r"\b(fill|stroke): (#[0-9a-f]{6})",
            lambda style: f"{style[1]}: {_PAGE_COLOURS.get(style[2], style[2])}",
            text,
        )
        return text.replace("xlink:href", "href")
