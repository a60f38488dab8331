"""Findings as text: a table for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pneumoscope.cli.options import UNREADABLE_STATUS
from pneumoscope.wording import NOTICE, count_films, printable

if TYPE_CHECKING:
    from pneumoscope.inference.finding import Finding, Findings
    from pneumoscope.modelfile.manifest import ModelManifest


def exit_status(findings: Findings) -> int:
    """0 when every film was read, 3 when some were not, 1 when none was."""
    if not findings.unreadable:
        return 0
    return UNREADABLE_STATUS if findings.readable else 1


def print_json(findings: Findings) -> None:
    """One JSON document on standard output."""
    print(json.dumps(findings.document(), indent=2))


def print_csv(findings: Findings) -> None:
    """One line a film on standard output, unreadable ones last, with the reason in `error`."""
    class_names = findings.manifest.class_names
    writer = csv.writer(sys.stdout, lineterminator="\n")
    probabilities = [f"probability_{name}" for name in class_names]
    writer.writerow(["film", "finding", *probabilities, "milliseconds", "heatmap", "error"])
    for finding in findings.readable:
        values = [f"{finding.probabilities[name]:.6f}" for name in class_names]
        heatmap = finding.heatmap["file"] if finding.heatmap else ""
        milliseconds = f"{_time(finding):.1f}"
        writer.writerow(
            [printable(finding.film), finding.finding, *values, milliseconds, heatmap, ""]
        )
    for film in findings.unreadable:
        empty = [""] * (len(class_names) + 3)
        writer.writerow([printable(film.path), *empty, film.reason])
    print(NOTICE, file=sys.stderr)


def print_table(findings: Findings) -> None:
    """A table on standard output, unreadable films below it."""
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
    for line in _summary(findings):
        console.print(line)


def _time(finding: Finding) -> float:
    """Milliseconds from the film's file to its prediction."""
    return sum(finding.milliseconds.values())


def _summary(findings: Findings) -> Iterator[str]:
    if findings.readable:
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
