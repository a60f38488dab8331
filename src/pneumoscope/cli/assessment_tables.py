"""An assessment of heatmaps as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from pneumoscope.cli.terminal import output_console
from pneumoscope.heatmap_checks.assessment import MEASURES, ON_SOME_FILMS, Assessment
from pneumoscope.heatmap_checks.measure_table import MeasureTable
from pneumoscope.wording import NOTICE, count_films, printable

# Wider paragraphs are hard to read, in a pipe too.
_READING_WIDTH = 100


def print_assessment(assessment: Assessment) -> None:
    """Everything a person wants to see of an assessment, on standard output."""
    console = output_console()
    console.print(_heading(assessment))
    for measure in MEASURES:
        console.print("", Text(f"{measure.title}: {measure.question}", style="bold"), sep="\n")
        answer = Text(printable(assessment.answer(measure)))
        console.print(answer, width=min(console.width, _READING_WIDTH))
        found = assessment.found(measure)
        if found is not None:
            console.print(_drawn(found.table()))
    console.print("", *_notes(assessment), NOTICE, sep="\n")


def _heading(assessment: Assessment) -> Text:
    split = f", split {assessment.split}" if assessment.split else ""
    counts = ", ".join(f"{count} {name}" for name, count in assessment.films.items())
    rows, columns = assessment.grid
    seen = assessment.seen_sentence()
    return Text.assemble(
        (f"Heatmaps of {printable(assessment.model)}", "bold"),
        f" ({assessment.mapper}, {rows} x {columns} cells) on "
        f"{printable(assessment.data)}{split}\n",
        f"{assessment.whose}\n{counts}",
        (f"\n{seen}" if seen else "", "yellow"),
    )


def _notes(assessment: Assessment) -> Iterator[Text]:
    yield Text(
        f"{ON_SOME_FILMS.capitalize()}: on {count_films(assessment.perturbed_films)}. "
        f"Intervals: 95 %, from {assessment.replicates} bootstrap replicates drawn by patient "
        f"(seed {assessment.seed}).",
        style="dim",
    )
    if assessment.unreadable:
        yield Text(f"{count_films(assessment.unreadable)} could not be read.", style="yellow")


def _drawn(table: MeasureTable) -> Table:
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for row in table.rows:
        shown = {name: cell for name, cell in row.items() if name not in table.pages_only}
        if not drawn.columns:
            for name in shown:
                drawn.add_column(name, no_wrap=True)
        drawn.add_row(*map(str, shown.values()))
    return drawn
