"""What all benchmarks share: both sides in turn, and the page of results with its machine."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path

from pneumoscope.runs.machine import processor_name

HERE = Path(__file__).parent

SPREAD = ("half of all", "all")
"""Headings of the last two columns of `spread`."""

Pairs = list[tuple[float, float]]


def in_turn(first: Callable[[], float], second: Callable[[], float], repeats: int) -> Pairs:
    """What both sides give, taken in turn; who comes first changes, in case that matters."""
    pairs = []
    for repeat in range(repeats):
        if repeat % 2:
            later = second()
            pairs.append((first(), later))
        else:
            earlier = first()
            pairs.append((earlier, second()))
    return pairs


def spread(ratios: Sequence[float], wording: Callable[[float], str]) -> list[str]:
    """Median, middle half and range of ratios, in the given wording."""
    low, _, high = statistics.quantiles(ratios, n=4)
    return [
        wording(statistics.median(ratios)),
        f"{wording(low)} to {wording(high)}",
        f"{wording(min(ratios))} to {wording(max(ratios))}",
    ]


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def load_average() -> str:
    """How busy the machine has been, in a sentence."""
    return f"The machine's load average was {os.getloadavg()[0]:.1f} at the end."


def write_page(
    name: str, title: str, paragraphs: Sequence[str], packages: Sequence[str], arguments: str
) -> None:
    """Write `benchmarks/<name>.md`, and print it: paragraphs under a title; then the machine, the
    versions of some packages, and the command with its `arguments`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{package} {metadata.version(package)}" for package in packages)
    page = "\n\n".join(
        [
            f"# {title}",
            *paragraphs,
            f"Machine: {processor_name()}, {cores} cores, {platform.system()}.\n"
            f"Versions: Python {platform.python_version()}, {versions}.",
            f"Command: `{f'python benchmarks/{name}.py {arguments}'.strip()}`",
        ]
    )
    (HERE / f"{name}.md").write_text(page + "\n", encoding="utf-8")
    print(page)
