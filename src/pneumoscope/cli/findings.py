"""Findings as text once all are there: a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pneumoscope.cli import outputs
from pneumoscope.cli.options import UNREADABLE_STATUS
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.modelfile.calibration_words import prevalence_in_words
from pneumoscope.wording import NOTICE, count_films, counted, json_text, percent, printable

if TYPE_CHECKING:
    from pneumoscope.imaging.film import FilmTags
    from pneumoscope.inference.finding import Finding, Findings

_NAMED = 3  # films in a line that speaks of many


@dataclass
class Tally:
    """How many films were read and were not, and how many heatmaps could not be written."""

    readable: int = 0
    unreadable: int = 0
    heatmap_errors: int = 0

    def count(self, *, readable: bool, heatmap_error: str) -> None:
        """Count one more film."""
        self.readable += readable
        self.unreadable += not readable
        self.heatmap_errors += bool(heatmap_error)

    def count_outcome(self, outcome: Finding | UnreadableFilm) -> None:
        """Count one more film by what came of it."""
        if isinstance(outcome, UnreadableFilm):
            self.count(readable=False, heatmap_error="")
        else:
            self.count(readable=True, heatmap_error=outcome.heatmap_error)

    @property
    def status(self) -> int:
        """The exit status: 0 when all went well, 1 when no film was read, 3 otherwise."""
        if self.unreadable and not self.readable:
            return 1
        return UNREADABLE_STATUS if self.unreadable or self.heatmap_errors else 0


def exit_status(findings: Findings) -> int:
    """As `Tally.status`."""
    failed = sum(bool(finding.heatmap_error) for finding in findings.readable)
    return Tally(len(findings.readable), len(findings.unreadable), failed).status


def print_json(findings: Findings) -> None:
    """One JSON document on standard output."""
    outputs.print_json(json_text(findings.document(), indent=2))


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
        table.add_column("Probability and threshold", overflow="fold")
        table.add_column("Time", justify="right", no_wrap=True)
        for finding in findings.readable:
            call = finding.call
            normal = call.finding == findings.manifest.normal_class
            table.add_row(
                Text(printable(finding.film)),
                Text(call.finding, style="" if normal else "bold"),
                Text(call.short_reading),
                f"{spent(finding):.0f} ms",
            )
        console.print(table)
    for line in _summary(findings, verbose):
        console.print(Text(printable(line)), soft_wrap=True)


def spent(finding: Finding) -> float:
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
        labels = [finding.call.finding for finding in findings.readable]
        counts = [f"{labels.count(name)} {name}" for name in findings.manifest.class_names]
        point = findings.operating_point
        yield f"{count_films(len(labels))}: {', '.join(counts)}. Model {findings.manifest.name}."
        yield f"Operating point {point}: {_rule(findings)}."
        yield prevalence_in_words(findings.manifest)
    failed = [finding for finding in findings.readable if finding.heatmap_error]
    if failed:
        yield f"{counted(len(failed), 'heatmap')} could not be written:"
        yield from (f"  {printable(one.film)}: {one.heatmap_error}" for one in failed)
    if findings.unreadable:
        yield f"{count_films(len(findings.unreadable))} could not be read:"
        yield from (f"  {printable(film.path)}: {film.reason}" for film in findings.unreadable)
    yield NOTICE


def _rule(findings: Findings) -> str:
    """How the operating point makes a call of probabilities."""
    names = findings.manifest.class_names
    thresholds = [
        percent(limit) for limit in findings.manifest.thresholds(findings.operating_point)
    ]
    if len(names) == 2:
        return f"{names[1]} from a probability of {thresholds[1]}"
    limits = ", ".join(map(" ".join, zip(names, thresholds, strict=True)))
    return f"the class whose probability is highest relative to its threshold ({limits})"
