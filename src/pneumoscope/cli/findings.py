"""Findings as text: a table for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import dataclasses
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.wording import NOTICE, count_films, printable

if TYPE_CHECKING:
    from pneumoscope.inference.prediction import Prediction
    from pneumoscope.modelfile.file import ModelManifest


@dataclass(frozen=True)
class Finding:
    """What is told of one film, once its maps need not be held any more."""

    film: str
    label: str
    probabilities: dict[str, float]
    shape: tuple[int, int]
    tags: dict[str, Any]
    timings: dict[str, float]
    heatmap: Path | None
    heatmap_class: str

    @classmethod
    def of(cls, prediction: Prediction, operating_point: str, heatmap: Path | None) -> Finding:
        """The finding of a prediction at an operating point; `heatmap` is where its overlay is."""
        return cls(
            film=prediction.film,
            label=prediction.decide(operating_point),
            probabilities=dict(prediction.probabilities),
            shape=prediction.film_shape,
            tags=dataclasses.asdict(prediction.tags),
            timings=dict(prediction.timings),
            heatmap=heatmap,
            heatmap_class=prediction.evidence_class,
        )

    @property
    def milliseconds(self) -> float:
        """Time spent on this film, from its file to its prediction."""
        return sum(self.timings.values())


@dataclass
class Findings:
    """The outcome of one job: what was found, and which films could not be read."""

    manifest: ModelManifest
    operating_point: str
    readable: list[Finding] = field(default_factory=list)
    unreadable: list[UnreadableFilm] = field(default_factory=list)

    @property
    def exit_status(self) -> int:
        """0 when every film was read, 3 when some were not, 1 when none was."""
        if not self.unreadable:
            return 0
        return 3 if self.readable else 1


def print_json(findings: Findings) -> None:
    """One JSON document on standard output."""
    document = {
        "model": {"name": findings.manifest.name, "graph_sha256": findings.manifest.graph_sha256},
        "operating_point": findings.operating_point,
        "films": [_as_json(finding) for finding in findings.readable],
        "unreadable": [{"film": film.path, "reason": film.reason} for film in findings.unreadable],
        "notice": NOTICE,
    }
    print(json.dumps(document, indent=2))


def _as_json(finding: Finding) -> dict[str, Any]:
    document = {
        "film": finding.film,
        "finding": finding.label,
        "probabilities": finding.probabilities,
        "height": finding.shape[0],
        "width": finding.shape[1],
        "tags": finding.tags,
        "milliseconds": {name: round(value, 3) for name, value in finding.timings.items()},
    }
    if finding.heatmap:
        document["heatmap"] = {"file": str(finding.heatmap), "class": finding.heatmap_class}
    return document


def print_csv(findings: Findings) -> None:
    """One line a film on standard output, unreadable ones last, with the reason in `error`."""
    class_names = findings.manifest.class_names
    writer = csv.writer(sys.stdout, lineterminator="\n")
    probabilities = [f"probability_{name}" for name in class_names]
    writer.writerow(["film", "finding", *probabilities, "milliseconds", "heatmap", "error"])
    for finding in findings.readable:
        values = [f"{finding.probabilities[name]:.6f}" for name in class_names]
        heatmap = finding.heatmap or ""
        milliseconds = f"{finding.milliseconds:.1f}"
        writer.writerow(
            [printable(finding.film), finding.label, *values, milliseconds, heatmap, ""]
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
            normal = finding.label == findings.manifest.normal_class
            table.add_row(
                Text(printable(finding.film)),
                Text(finding.label, style="" if normal else "bold"),
                f"{finding.probabilities[positive or finding.label]:.3f}",
                f"{finding.milliseconds:.0f} ms",
            )
        console.print(table)
    for line in _summary(findings):
        console.print(line)


def _summary(findings: Findings) -> Iterator[str]:
    if findings.readable:
        labels = [finding.label for finding in findings.readable]
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
