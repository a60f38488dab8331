"""The audit of a collection of films as text for people."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pneumoscope.data.audit import Audit
from pneumoscope.data.audit_rules import Finding
from pneumoscope.data.table import FilmTable

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_MOST_GROUPS = 3


def print_audit(audit: Audit, console: Console) -> None:
    """Print counts, sizes, shortcut probes and findings."""
    print_counts(audit.table, console)
    _print_ranges(audit, console)
    _print_probes(audit, console)
    for finding in audit.findings:
        _print_finding(finding, console)
    if not audit.findings:
        console.print("[green]Nothing to complain about.[/green]")


def print_counts(table: FilmTable, console: Console) -> None:
    """Print the films per split and class."""
    patients = len(set(table.patient_ids.tolist()))
    grid = Table(title=f"{len(table):,} films of {patients:,} patients", title_justify="left")
    grid.add_column("split")
    for name in (*table.class_names, "all"):
        grid.add_column(escape(name), justify="right")
    for split, counts in table.counts().items():
        cells = [*counts.values(), sum(counts.values())]
        grid.add_row(split or "none", *(f"{cell:,}" for cell in cells))
    console.print(grid)


def _print_ranges(audit: Audit, console: Console) -> None:
    grid = Table(title="Least, median and most", title_justify="left")
    grid.add_column("class")
    for heading in ("width", "height", "aspect", "file size in KB", "formats"):
        grid.add_column(heading, justify="right")
    formats = audit.formats()
    for name, ranges in audit.ranges().items():
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(formats[name].items()))
        grid.add_row(
            escape(name),
            *(_range(ranges[measure], "{:.0f}") for measure in ("width", "height")),
            _range(ranges["aspect"], "{:.2f}"),
            _range({word: size / 1000 for word, size in ranges["file_size"].items()}, "{:.1f}"),
            kinds,
        )
    console.print(grid)


def _range(values: dict[str, float], pattern: str) -> str:
    return "  ".join(pattern.format(value) for value in values.values())


def _print_probes(audit: Audit, console: Console) -> None:
    which = "training films" if audit.probed_split == "train" else "all films"
    grid = Table(title=f"Shortcuts: what trivial statistics tell ({which})", title_justify="left")
    grid.add_column("statistic")
    grid.add_column("AUC (95 % interval)")
    grid.add_column("tells")
    grid.add_column("medians")
    for probe in audit.probes:
        medians = ", ".join(f"{name} {value:.4g}" for name, value in probe.medians.items())
        tells = f"{probe.direction} in {probe.class_name}"
        statistic = probe.statistic.replace("_", " ")
        grid.add_row(statistic, str(probe.auc), escape(tells), escape(medians))
    console.print(grid)


def _print_finding(finding: Finding, console: Console) -> None:
    style = _STYLES[finding.severity]
    console.print(f"[{style}]{finding.severity}[/{style}] {escape(finding.message)}")
    for group in finding.groups[:_MOST_GROUPS]:
        console.print("    " + escape(", ".join(group)), overflow="fold")
    if len(finding.groups) > _MOST_GROUPS:
        console.print(f"    and {len(finding.groups) - _MOST_GROUPS:,} more")
