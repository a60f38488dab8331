"""An assessment of heatmaps as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from pneumoscope.cli.terminal import output_console
from pneumoscope.heatmap_checks.anatomy import Anatomy
from pneumoscope.heatmap_checks.assessment import Assessment
from pneumoscope.heatmap_checks.faithfulness import Faithfulness
from pneumoscope.heatmap_checks.localisation import Localisation
from pneumoscope.heatmap_checks.probes import Probes
from pneumoscope.heatmap_checks.questions import QUESTIONS
from pneumoscope.heatmap_checks.sanity import Sanity
from pneumoscope.heatmap_checks.shares import share_text
from pneumoscope.heatmap_checks.stability import Stability
from pneumoscope.heatmap_checks.verdicts import explain_assessment
from pneumoscope.wording import NOTICE, count_films, printable, share

# Wider paragraphs are hard to read, in a pipe too.
_READING_WIDTH = 100


def print_assessment(assessment: Assessment) -> None:
    """Everything a person wants to see of an assessment, on standard output."""
    console = output_console()
    verdicts = explain_assessment(assessment)
    tables = _tables(assessment)
    console.print(_heading(assessment))
    for name, asked in QUESTIONS.items():
        needs = "" if name in tables else f" It needs {asked.needs}."
        console.print("", Text(f"{asked.title}: {asked.question}", style="bold"), sep="\n")
        console.print(
            Text(printable(verdicts[name]) + needs), width=min(console.width, _READING_WIDTH)
        )
        if name in tables:
            console.print(tables[name])
    console.print("", *_notes(assessment), NOTICE, sep="\n")


def _heading(assessment: Assessment) -> Text:
    split = f", split {assessment.split}" if assessment.split else ""
    counts = ", ".join(f"{count} {name}" for name, count in assessment.films.items())
    rows, columns = assessment.grid
    return Text.assemble(
        (f"Heatmaps of {printable(assessment.model)}", "bold"),
        f" ({assessment.mapper}, {rows} x {columns} cells) on "
        f"{printable(assessment.data)}{split}\n",
        f"{count_films(sum(assessment.films.values()))} of {assessment.patients} patients: "
        f"{counts}",
    )


def _tables(assessment: Assessment) -> dict[str, Table]:
    """A table for every part that was measured."""
    tables = {
        "faithfulness": _faithfulness(assessment.faithfulness),
        "stability": _stability(assessment.stability),
    }
    if assessment.sanity is not None:
        tables["sanity"] = _sanity(assessment.sanity)
    if assessment.anatomy is not None:
        tables["anatomy"] = _anatomy(assessment.anatomy)
    if assessment.localisation is not None:
        tables["localisation"] = _localisation(assessment.localisation)
    if assessment.probes is not None:
        tables["probes"] = _probes(assessment.probes, assessment.class_names)
    return tables


def _faithfulness(faithfulness: Faithfulness) -> Table:
    table = _table("the map is better than", "", "a random order by", "the centre first by")
    for group, figures in faithfulness.groups.items():
        title = "all films" if group == "all" else f"called {group}"
        for game, gains in figures.gains.items():
            films = f"{title} ({figures.films})"
            table.add_row(films, game, str(gains["random"]), str(gains["centre"]))
    return table


def _sanity(sanity: Sanity) -> Table:
    table = _table("weights shuffled", "share of all", "agreement of maps")
    for stage in sanity.stages:
        table.add_row(stage.name, share(stage.weights_share), str(stage.agreement))
    table.add_row("none, two films", "", str(sanity.between_films))
    return table


def _stability(stability: Stability) -> Table:
    table = _table("change", "agreement of maps", "probability moves by", "calls that change")
    for change in stability.changes:
        table.add_row(
            change.name,
            str(change.agreement),
            str(change.probability_change),
            share_text(change.calls_changed),
        )
    return table


def _anatomy(anatomy: Anatomy) -> Table:
    table = _table("evidence for", "films", "inside the lungs", "area of the lungs")
    for group in anatomy.groups:
        plural = " films" if group.outcome == "all" else "s"
        table.add_row(
            group.evidence_for,
            f"{group.outcome}{plural} ({group.films})",
            share_text(group.evidence_share),
            share_text(group.area_share),
        )
    return table


def _localisation(localisation: Localisation) -> Table:
    table = _table(f"{count_films(localisation.films)} with boxes", "map", "without a map", "")
    found = localisation
    shares = {
        "strongest point in a box": (found.pointing, found.pointing_centre, "middle of the film"),
        "evidence in the boxes": (found.evidence_share, found.area_share, "spread evenly"),
    }
    for name, (own, without, what) in shares.items():
        table.add_row(name, share_text(own), share_text(without), what)
    lungs = () if found.overlap_lungs is None else (str(found.overlap_lungs), "both lungs")
    table.add_row("overlap with the boxes", str(found.overlap), *lungs)
    return table


def _probes(probes: Probes, class_names: tuple[str, ...]) -> Table:
    table = _table("films", "ROC-AUC", "accuracy", *(f"called\n{name}" for name in class_names))
    for probe in probes.conditions:
        called = (share(probe.called[name]) for name in class_names)
        table.add_row(probe.name, str(probe.roc_auc), str(probe.accuracy), *called)
    return table


def _notes(assessment: Assessment) -> Iterator[Text]:
    yield Text(
        f"Faithfulness, sanity and stability: on {count_films(assessment.perturbed_films)}. "
        f"Intervals: 95 %, from {assessment.replicates} bootstrap replicates drawn by patient "
        f"(seed {assessment.seed}).",
        style="dim",
    )
    if assessment.unreadable:
        yield Text(f"{count_films(assessment.unreadable)} could not be read.", style="yellow")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table
