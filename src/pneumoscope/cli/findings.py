"""Findings as text: a table for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pneumoscope.cli.options import UNREADABLE_STATUS
from pneumoscope.wording import NOTICE, count_films, printable

if TYPE_CHECKING:
    from pneumoscope.imaging.film import FilmTags
    from pneumoscope.inference.finding import Finding, Findings
    from pneumoscope.modelfile.manifest import ModelManifest

_NAMED = 3  # films in a line that speaks of many


def exit_status(findings: Findings) -> int:
    """0 when every film was read, 3 when some were not, 1 when none was."""
    if not findings.unreadable:
        return 0
    return UNREADABLE_STATUS if findings.readable else 1


def print_json(findings: Findings) -> None:
    """One JSON document on standard output."""
    print(json.dumps(findings.document(), indent=2))


def print_csv(findings: Findings) -> None:
    """One line a film on standard output, unreadable ones last, with the reason in `error`.

    `warnings` are those of the film, parted by `; `.
    """
    class_names = findings.manifest.class_names
    writer = csv.writer(sys.stdout, lineterminator="\n")
    probabilities = [f"probability_{name}" for name in class_names]
    writer.writerow(
        ["film", "finding", *probabilities, "milliseconds", "heatmap", "error", "warnings"]
    )
    for finding in findings.readable:
        values = [f"{finding.probabilities[name]:.6f}" for name in class_names]
        heatmap = finding.heatmap["file"] if finding.heatmap else ""
        milliseconds = f"{_time(finding):.1f}"
        warnings = "; ".join(finding.tags.warnings)
        writer.writerow(
            [printable(finding.film), finding.finding, *values, milliseconds, heatmap, "", warnings]
        )
    for film in findings.unreadable:
        empty = [""] * (len(class_names) + 3)
        writer.writerow([printable(film.path), *empty, film.reason, ""])
    print(NOTICE, file=sys.stderr)


def print_table(findings: Findings, *, verbose: bool = False) -> None:
    """A table on standard output, below it warnings and unreadable films.

    `verbose` adds how the values of each film became gray levels.
    """
    # Only people pay for importing rich.
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from pneumoscope.cli.terminal import output_console

    console = output_console()
    if findings.readable:
        table = Table(box=SIMPLE_HEAD)
        table.add_column("Film", overflow="fold")
        table.add_column("Finding", overflow="fold")
        positive = _positive_class(findings.manifest)
        table.add_column(f"P({positive or 'finding'})", justify="right", no_wrap=True)
        table.add_column("Time", justify="right", no_wrap=True)
        for finding in findings.readable:
            normal = finding.finding == findings.manifest.normal_class
            table.add_row(
                Text(printable(finding.film)),
                Text(finding.finding, style="" if normal else "bold"),
                f"{finding.probabilities[positive or finding.finding]:.3f}",
                f"{_time(finding):.0f} ms",
            )
        console.print(table)
    for line in _summary(findings, verbose):
        console.print(Text(line), soft_wrap=True)


def _time(finding: Finding) -> float:
    """Milliseconds from the film's file to its prediction."""
    return sum(finding.milliseconds.values())


def warning_lines(films: Iterable[tuple[str, FilmTags]]) -> Iterator[str]:
    """Why answers about films, named each, may be wrong: a line for each reason."""
    by_warning: dict[str, list[str]] = {}
    for name, tags in films:
        for warning in tags.warnings:
            by_warning.setdefault(warning, []).append(printable(name))
    if by_warning:
        yield "These answers may be wrong:"
    for warning, names in by_warning.items():
        rest = len(names) - _NAMED
        also = f" and {rest:,} more" if rest > 0 else ""
        yield f"  {', '.join(names[:_NAMED])}{also}: {warning}."


def _readings(findings: Findings) -> Iterator[str]:
    yield "How the films were read:"
    for finding in findings.readable:
        yield f"  {printable(finding.film)}: {finding.tags.rendering}."
        yield from (f"    note: {note}." for note in finding.tags.notes)


def _summary(findings: Findings, verbose: bool) -> Iterator[str]:
    if findings.readable:
        yield from warning_lines((finding.film, finding.tags) for finding in findings.readable)
        if verbose:
            yield from _readings(findings)
        labels = [finding.finding for finding in findings.readable]
        counts = [f"{labels.count(name)} {name}" for name in findings.manifest.class_names]
        point = findings.operating_point
        yield f"{count_films(len(labels))}: {', '.join(counts)}. Model {findings.manifest.name}."
        if positive := _positive_class(findings.manifest):
            threshold = findings.manifest.operating_points[point][positive]
            yield f"Operating point {point}: {positive} from a probability of {threshold:.3f}."
        else:
            yield f"Operating point {point}. P(finding) is the probability of the class called."
    if findings.unreadable:
        yield f"{count_films(len(findings.unreadable))} could not be read:"
        yield from (f"  {printable(film.path)}: {film.reason}" for film in findings.unreadable)
    yield NOTICE


def _positive_class(manifest: ModelManifest) -> str | None:
    """The class that a model of two classes looks for; `None` for more classes."""
    return manifest.class_names[1] if len(manifest.class_names) == 2 else None
