"""An evaluation as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from rich.table import Table
from rich.text import Text

from pneumoscope.cli.group_tables import worst_groups
from pneumoscope.cli.terminal import output_console, plain_table
from pneumoscope.evaluation.evaluation import (
    Bootstrap,
    EvaluatedFilms,
    Evaluation,
    OperatingPointEvaluation,
)
from pneumoscope.evaluation.meanings import SCORE_MEANINGS, decision_meanings
from pneumoscope.evaluation.prevalence_words import prevalence_sentences
from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import NOTICE, count_films, printable


def print_tables(evaluation: Evaluation) -> None:
    """Everything a person wants to see of an evaluation, on standard output."""
    console = output_console()
    tables = [
        _scores(evaluation.metrics, "Probabilities, before any threshold"),
        _decisions(evaluation, evaluation.operating_points, "Decisions at each operating point"),
        *(
            table
            for point in evaluation.operating_points
            for table in (_confusion(evaluation, point), _classes(evaluation, point))
        ),
    ]
    if beside := evaluation.all_films:
        of_all = f"of all {sum(beside.films.values()):,} films, those seen too"
        tables += [
            _scores(beside.metrics, f"Probabilities {of_all}"),
            _decisions(evaluation, beside.operating_points, f"Decisions {of_all}"),
        ]
    console.print(_heading(evaluation))
    for table in tables:
        console.print("", table, sep="\n")
    if evaluation.groups:
        console.print(*worst_groups(evaluation.groups), sep="\n")
    console.print("", *_notes(evaluation), NOTICE, sep="\n")


def _heading(evaluation: Evaluation) -> Text:
    data = evaluation.data
    split = f", split {data.split}" if data.split else ""
    counts = ", ".join(f"{count} {name}" for name, count in data.films.items())
    seen = evaluation.seen_sentence()
    return Text.assemble(
        (evaluation.model.name, "bold"),
        f" on {printable(data.source)}{split}\n",
        f"{data.whose}\n{counts}\n",
        prevalence_sentences(evaluation),
        (f"\n{seen}" if seen else "", "yellow"),
    )


def _scores(metrics: Mapping[str, Interval], title: str) -> Table:
    table = plain_table(title)
    table.add_column("")
    table.add_column("value (95 % interval)", no_wrap=True)
    table.add_column("", style="dim")
    for name, (heading, meaning) in SCORE_MEANINGS.items():
        if name in metrics:  # files of the first versions have fewer
            table.add_row(heading, str(metrics[name]), meaning)
    return table


def _decisions(
    evaluation: Evaluation, points: Mapping[str, OperatingPointEvaluation], title: str
) -> Table:
    table = plain_table(title)
    table.add_column("")
    for name in points:
        table.add_column(name, no_wrap=True)
    table.add_column("", style="dim")
    positive = evaluation.class_names[-1]
    if len(evaluation.class_names) == 2:
        thresholds = [f"{point.thresholds[positive]:.4f}" for point in points.values()]
        table.add_row("Threshold", *thresholds, f"least probability called {positive}")
    else:
        for label in evaluation.class_names:
            thresholds = [f"{point.thresholds[label]:.4f}" for point in points.values()]
            table.add_row(f"Threshold of {label}", *thresholds, "called: most over its threshold")
    for name, (heading, meaning) in decision_meanings(evaluation.class_names).items():
        table.add_row(heading, *(str(point.metrics[name]) for point in points.values()), meaning)
    return table


def _confusion(evaluation: Evaluation, point: str) -> Table:
    table = plain_table(f"Films at {point}")
    table.add_column("")
    for name in evaluation.class_names:
        table.add_column(f"called {name}", justify="right")
    rows = zip(evaluation.class_names, evaluation.operating_points[point].confusion, strict=True)
    for row, (name, counts) in enumerate(rows):
        cells = (
            Text(str(count), style="bold" if row == column else "")
            for column, count in enumerate(counts)
        )
        table.add_row(f"is {name}", *cells)
    return table


def _classes(evaluation: Evaluation, point: str) -> Table:
    """A row for every class, and the means of all: what is known as a classification report."""
    metrics = evaluation.operating_points[point].metrics
    films = {name: evaluation.data.films.get(name, 0) for name in evaluation.class_names}
    rows = [(name, f"{{}}[{name}]", films[name]) for name in evaluation.class_names]
    rows += [
        ("macro average", "macro_{}", sum(films.values())),
        ("weighted average", "weighted_{}", sum(films.values())),
    ]
    table = plain_table(f"Classes at {point}")
    table.add_column("")
    for title in ("precision", "recall", "F1", "films"):
        table.add_column(title, justify="right")
    for title, metric, count in rows:
        figures = (metrics[metric.format(name)].value for name in ("precision", "recall", "f1"))
        cells = ("undefined" if math.isnan(figure) else f"{figure:.3f}" for figure in figures)
        table.add_row(title, *cells, f"{count:,}")
    return table


def _notes(evaluation: Evaluation) -> Iterator[Text]:
    yield bootstrap_note(evaluation.bootstrap)
    yield from unreadable_notes(evaluation.data)


def bootstrap_note(bootstrap: Bootstrap) -> Text:
    """What the intervals of figures are."""
    return Text(
        f"Intervals: 95 %, from {bootstrap.replicates} bootstrap replicates drawn by patient "
        f"(seed {bootstrap.seed}).",
        style="dim",
    )


def unreadable_notes(films: EvaluatedFilms) -> Iterator[Text]:
    """Films that were set aside, one a line, where there are any."""
    if films.unreadable:
        yield Text(f"{count_films(len(films.unreadable))} could not be read:", style="yellow")
    for film in films.unreadable:
        yield Text(f"  {printable(film.path)}: {film.reason}")
