"""The audit of a collection of films as text for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pneumoscope.data.audit import Audit
from pneumoscope.data.audit_rules import AuditFinding
from pneumoscope.data.shortcuts import ShortcutProbe
from pneumoscope.data.table import FilmTable
from pneumoscope.wording import percent, printable

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_UNITS = {
    "width": "width in pixels",
    "height": "height in pixels",
    "aspect": "width / height",
    "file_size": "file size in bytes",
}
_MOST_GROUPS = 3


def print_audit(audit: Audit) -> None:
    """Print counts, sizes, shortcut probes and findings."""
    console = Console()
    print_counts(audit.table)
    _print_ranges(audit, console)
    _print_probes(audit, console)
    if audit.group_shares:
        _print_groups(audit, console)
    for finding in audit.findings:
        _print_finding(finding, console)
    if not audit.findings:
        console.print("[green]Nothing to complain about.[/green]")


def print_counts(table: FilmTable) -> None:
    """Print how many films there are of how many patients, and the films per split and class."""
    console = Console()
    console.print(escape(table.patients().sentence()), style="bold", highlight=False)
    grid = _grid("", "split")
    for name in (*table.class_names, "all"):
        grid.add_column(escape(name), justify="right")
    for split, counts in table.counts().items():
        cells = [*counts.values(), sum(counts.values())]
        grid.add_row(split or "none", *(f"{cell:,}" for cell in cells))
    console.print(grid)


def _print_ranges(audit: Audit, console: Console) -> None:
    grid = _grid("Sizes", "class", "measure")
    for heading in ("least", "median", "most"):
        grid.add_column(heading, justify="right")
    for name, ranges in audit.ranges().items():
        for measure, values in ranges.items():
            pattern = "{:.2f}" if measure == "aspect" else "{:,.0f}"
            cells = (pattern.format(value) for value in values.values())
            grid.add_row(escape(name), _UNITS[measure], *cells)
    console.print(grid)
    for name, counts in audit.formats().items():
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
        console.print(f"{escape(name)}: {kinds or 'no readable film'}", highlight=False)


def _print_probes(audit: Audit, console: Console) -> None:
    which = "training films" if audit.probed_split == "train" else "all films"
    grid = _grid(f"Shortcuts: what trivial statistics tell ({which})", "statistic", "AUC")
    grid.add_column("higher in")
    for name in audit.table.class_names:
        grid.add_column(f"median\n{escape(name)}", justify="right")
    for probe in audit.probes:
        medians = (probe.medians.get(name, float("nan")) for name in audit.table.class_names)
        grid.add_row(
            probe.statistic.replace("_", " "),
            str(probe.auc),
            escape(_higher_class(probe, audit.table.class_names)),
            *(f"{value:,.0f}" if value >= 1000 else f"{value:.4g}" for value in medians),
        )
    console.print(grid)


def _print_groups(audit: Audit, console: Console) -> None:
    names = audit.table.class_names
    grid = _grid("Acquisition groups: films that were made alike", "group")
    for name in names:
        grid.add_column(escape(name), justify="right")
    grid.add_column("with a finding", justify="right")
    for row in sorted(audit.group_shares, key=lambda row: -row.finding_share.value):
        share = row.finding_share
        grid.add_row(
            escape(row.group),
            *(f"{row.films[name]:,}" for name in names),
            f"{percent(share.value)} ({percent(share.low)} to {percent(share.high)})",
        )
    console.print(grid)


def _higher_class(probe: ShortcutProbe, class_names: Sequence[str]) -> str:
    if probe.direction == "higher":
        return probe.class_name
    others = [name for name in class_names if name != probe.class_name]
    return others[0] if len(others) == 1 else f"not {probe.class_name}"


def _grid(title: str, *headings: str) -> Table:
    grid = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for heading in headings:
        grid.add_column(heading)
    return grid


def _print_finding(finding: AuditFinding, console: Console) -> None:
    style = _STYLES[finding.severity]
    console.print(f"[{style}]{finding.severity}[/{style}] {escape(printable(finding.message))}")
    for group in finding.groups[:_MOST_GROUPS]:
        for place, film in enumerate(group):
            console.print(f"  {' ' if place else '-'} {escape(printable(film))}", highlight=False)
    if len(finding.groups) > _MOST_GROUPS:
        console.print(f"  - and {len(finding.groups) - _MOST_GROUPS:,} more")
