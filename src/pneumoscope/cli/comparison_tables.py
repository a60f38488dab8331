"""A comparison as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from pneumoscope.cli.evaluation_tables import bootstrap_note, unreadable_notes
from pneumoscope.cli.terminal import output_console, plain_table
from pneumoscope.evaluation.comparison import ComparedModel, Comparison
from pneumoscope.evaluation.comparison_verdicts import (
    exposure_notes,
    family_words,
    found_differences,
    p_number,
    signed,
    verdict,
)
from pneumoscope.evaluation.latency import RUNS
from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import NOTICE, counted, duration, printable, share

LISTED_FILMS = 10
LISTED_VERDICTS = 8


def print_comparison(comparison: Comparison) -> None:
    """Everything a person wants to see of a comparison, on standard output."""
    console = output_console()
    decided = [
        name
        for name, column in comparison.columns.items()
        if column.decides and not column.is_weighted
    ]
    weighted = [name for name, column in comparison.columns.items() if column.is_weighted]
    scored = [name for name, column in comparison.columns.items() if not column.decides]
    tables = [
        _figures(comparison, f"Calls at {comparison.operating_point}", decided),
        _figures(comparison, "Averages of all classes, weighted by their films", weighted),
        _figures(comparison, "Probabilities, before any threshold", scored),
        _costs(comparison),
    ]
    if comparison.reported:
        tables.append(_reported(comparison))
    if comparison.pairs:
        tables.append(_pairs(comparison))
    console.print(_heading(comparison))
    for table in tables:
        console.print("", table, sep="\n")
    console.print("", *_verdicts(comparison), sep="\n")
    if len(comparison.models) > 1:
        console.print("", *_disputed(comparison), sep="\n")
    console.print("", *_notes(comparison), NOTICE, sep="\n")


def _heading(comparison: Comparison) -> Text:
    data = comparison.data
    split = f", split {data.split}" if data.split else ""
    counts = ", ".join(f"{count} {name}" for name, count in data.films.items())
    return Text.assemble(
        (counted(len(comparison.models), "model"), "bold"),
        f" on {printable(data.source)}{split}\n",
        f"{data.whose}\n{counts}",
    )


def _figures(comparison: Comparison, title: str, names: Sequence[str]) -> Table:
    table = plain_table(title)
    table.add_column("")
    for name in names:
        table.add_column(comparison.columns[name].title, justify="right")
    for model in comparison.models:
        table.add_row(printable(model.name), *(_stacked(model.figures[name]) for name in names))
    return table


def _stacked(interval: Interval) -> Text:
    """A figure above its interval, so that many fit beside each other."""
    if math.isnan(interval.value):
        return Text("undefined")
    if math.isnan(interval.low):
        return Text(f"{interval.value:.3f}")
    ends = f"\n{interval.low:.3f} to {interval.high:.3f}"
    return Text.assemble((f"{interval.value:.3f}", "bold"), (ends, "dim"))


def _costs(comparison: Comparison) -> Table:
    table = plain_table("Size and speed")
    table.add_column("")
    for title in ("File", "Time a film", "Training"):
        table.add_column(title, justify="right")
    for model in comparison.models:
        table.add_row(
            printable(model.name),
            f"{model.file_bytes / 1e6:.1f} MB",
            f"{model.latency_ms:.1f} ms",
            _training(model),
        )
    return table


def _training(model: ComparedModel) -> str:
    if model.training_seconds is None:
        return "not known"
    hardware = f", {model.training_hardware}" if model.training_hardware else ""
    return duration(model.training_seconds) + hardware


def _reported(comparison: Comparison) -> Table:
    table = plain_table("Reported by others for their models, on other films or splits than these")
    names = [
        name
        for name in comparison.columns
        if any(row.figure(name) is not None for row in comparison.reported)
    ]
    table.add_column("")
    table.add_column("films")
    for name in names:
        table.add_column(comparison.columns[name].title, justify="right")
    for row in comparison.reported:
        figures = (row.figure(name) for name in names)
        table.add_row(
            row.title,
            row.split,
            *("" if figure is None else f"{figure:.3f}" for figure in figures),
            style="dim",
        )
    return table


def _pairs(comparison: Comparison) -> Table:
    table = plain_table("Every two models, first minus second, p after Holm's correction")
    table.add_column("")
    for title in ("ROC-AUC (DeLong)", "p", "Accuracy (McNemar)", "p", "Right alone", "Kappa"):
        table.add_column(title, justify="right")
    for pair in comparison.pairs:
        area, accuracy = pair.tests["roc_auc"], pair.tests["accuracy"]
        table.add_row(
            f"{printable(pair.first)} − {printable(pair.second)}",
            signed(area.difference),
            p_number(area.p_corrected),
            signed(accuracy.difference),
            p_number(accuracy.p_corrected),
            f"{pair.only_first_right} : {pair.only_second_right}",
            "undefined" if math.isnan(pair.kappa) else f"{pair.kappa:.3f}",
        )
    return table


def _verdicts(comparison: Comparison) -> Iterator[Text]:
    found = found_differences(comparison)
    for pair, measure in found[:LISTED_VERDICTS]:
        yield Text(printable(verdict(pair, measure)))
    if len(found) > LISTED_VERDICTS:
        yield Text(f"... and {len(found) - LISTED_VERDICTS} more in pairs.csv", style="dim")
    if comparison.pairs and not found:
        yield Text("No difference between any two models could be shown on these films.")


def _disputed(comparison: Comparison) -> Iterator[Text]:
    films = comparison.disagreements
    yield Text(
        f"{share(comparison.share_called_alike)} of the films are called alike by all models"
        + (f"; {len(films)} are not. The widest apart:" if films else ".")
    )
    for film in films[:LISTED_FILMS]:
        calls = ", ".join(
            f"{name} says {call.finding} ({call.short_reading})"
            for name, call in film.calls.items()
        )
        yield Text(printable(f"  {film.path} is {film.label}: {calls}"))
    if len(films) > LISTED_FILMS:
        yield Text(f"  ... and {len(films) - LISTED_FILMS} more in disagreements.csv", style="dim")


def _notes(comparison: Comparison) -> Iterator[Text]:
    yield bootstrap_note(comparison.bootstrap)
    if comparison.pairs:
        yield Text(f"The {family_words(comparison)}", style="dim")
    yield Text(
        f"Time a film: of the network alone, the median of {RUNS} runs on {comparison.machine}.",
        style="dim",
    )
    for note in exposure_notes(comparison):
        yield Text(printable(note), style="yellow")
    for note in dict.fromkeys(row.note for row in comparison.reported if row.note):
        titles = " and ".join(row.title for row in comparison.reported if row.note == note)
        yield Text(f"Reported for {titles}: {note}", style="dim")
    yield from unreadable_notes(comparison.data)
