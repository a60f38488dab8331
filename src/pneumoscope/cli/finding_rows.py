"""Findings as rows that can be written one after the other: CSV and JSON lines.

A row is one line, whatever a film is called, and tells enough to be found again: the film's name,
the SHA-256 of its bytes, the model, the operating point and the prevalence.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pneumoscope.cli.findings import spent
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.finding import Finding, head_document, unreadable_document
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.wording import NOTICE, csv_cell, from_csv_cell, json_text, printable


@dataclass(frozen=True)
class Row:
    """What a row says of its film, read back; `line` is the row itself.

    `heatmap` is the overlay's file, `heatmap_error` why there is none; `settings` is that
    of `job_settings`, and empty where only the head has it.
    """

    line: str
    film: str
    sha256: str
    readable: bool
    heatmap: str
    heatmap_error: str
    settings: tuple[str, ...]


def job_settings(manifest: ModelManifest, operating_point: str) -> tuple[str, ...]:
    """What all rows of a file agree in: graph, operating point, and prevalence if it is known."""
    return manifest.graph_sha256, operating_point, _share_text(manifest.finding_share)


class RowFormat(Protocol):
    """How findings become lines, and lines rows; lines come without their ends."""

    @property
    def head(self) -> str:
        """The line before all rows."""

    def accepts_head(self, line: str) -> bool:
        """Whether a file that begins with this line holds rows of this format."""

    def settings_of_head(self, line: str) -> tuple[str, ...]:
        """The settings of all rows, by a head that is accepted; empty if rows have them."""

    def film_name(self, film: str) -> str:
        """What a row calls a film."""

    def line(self, outcome: Finding | UnreadableFilm, sha256: str) -> str:
        """The row of a film."""

    def read(self, line: str) -> Row:
        """A row. Raises `ValueError`, `KeyError` or `TypeError` where the line is none."""


_SETTINGS = ("graph_sha256", "operating_point", "prevalence")


class CsvRows:
    """One line of CSV a film; columns that do not apply are empty. `error` says why a film could
    not be read or its heatmap not be written, `warnings` are parted by `; `."""

    def __init__(self, manifest: ModelManifest, operating_point: str) -> None:
        self._class_names = manifest.class_names
        self._settings = [manifest.name, *job_settings(manifest, operating_point)]
        self._columns = [
            *("film", "finding", "class_of_interest", "probability", "threshold"),
            *(f"probability_{name}" for name in manifest.class_names),
            *("milliseconds", "heatmap", "error", "warnings"),
            *("sha256", "model", *_SETTINGS),
        ]

    @property
    def head(self) -> str:
        return _csv_line(self._columns)

    def accepts_head(self, line: str) -> bool:
        return line == self.head

    def settings_of_head(self, line: str) -> tuple[str, ...]:
        return ()

    def film_name(self, film: str) -> str:
        return printable(film)

    def line(self, outcome: Finding | UnreadableFilm, sha256: str) -> str:
        if isinstance(outcome, UnreadableFilm):
            empty = [""] * (len(self._class_names) + 6)
            cells = [outcome.path, *empty, outcome.reason, ""]
        else:
            cells = [
                outcome.film,
                outcome.call.finding,
                outcome.call.class_of_interest,
                f"{outcome.call.probability:.6f}",
                f"{outcome.call.threshold:.6f}",
                *(f"{outcome.probabilities[name]:.6f}" for name in self._class_names),
                f"{spent(outcome):.1f}",
                outcome.heatmap_file,
                outcome.heatmap_error,
                "; ".join(outcome.tags.warnings),
            ]
        return _csv_line([*cells, sha256, *self._settings])

    def read(self, line: str) -> Row:
        (cells,) = csv.reader([line])
        values = dict(zip(self._columns, map(from_csv_cell, cells), strict=True))
        return Row(
            line=line,
            film=values["film"],
            sha256=values["sha256"],
            readable=bool(values["finding"]),
            heatmap=values["heatmap"],
            heatmap_error=values["error"] if values["finding"] else "",
            settings=tuple(values[name] for name in _SETTINGS),
        )


class JsonRows:
    """JSON lines: the job's head, and then a document a film."""

    def __init__(self, manifest: ModelManifest, operating_point: str) -> None:
        self._head = {**head_document(manifest, operating_point), "notice": NOTICE}

    @property
    def head(self) -> str:
        return json_text(self._head)

    def accepts_head(self, line: str) -> bool:
        try:
            head = json.loads(line)
        except ValueError:
            return False
        return (
            isinstance(head, dict)
            and head.keys() == self._head.keys()
            and head["schema_version"] == self._head["schema_version"]
            and isinstance(head["model"], dict)
        )

    def settings_of_head(self, line: str) -> tuple[str, ...]:
        head = json.loads(line)
        return (
            str(head["model"].get("graph_sha256")),
            str(head["operating_point"]),
            _share_text(head["prevalence"]),
        )

    def film_name(self, film: str) -> str:
        return film

    def line(self, outcome: Finding | UnreadableFilm, sha256: str) -> str:
        document = (
            unreadable_document(outcome)
            if isinstance(outcome, UnreadableFilm)
            else outcome.document()
        )
        return json_text({**document, "sha256": sha256})

    def read(self, line: str) -> Row:
        document = json.loads(line)
        heatmap = document.get("heatmap") or {}
        return Row(
            line=line,
            film=document["film"],
            sha256=document["sha256"],
            readable="finding" in document,
            heatmap=heatmap.get("file", ""),
            heatmap_error=heatmap.get("error", ""),
            settings=(),
        )


FORMATS: dict[str, type[CsvRows] | type[JsonRows]] = {".csv": CsvRows, ".jsonl": JsonRows}
"""The formats of `predict --out`, by the suffix of the file."""


def row_format(path: Path, manifest: ModelManifest, operating_point: str) -> RowFormat:
    """The format of a file with a suffix of `FORMATS`."""
    return FORMATS[path.suffix.lower()](manifest, operating_point)


def _share_text(share: float | None) -> str:
    return "" if share is None else f"{share:.6g}"


def _csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    # No cell breaks the line, and none is a formula.
    csv.writer(text, lineterminator="").writerow([csv_cell(printable(cell)) for cell in cells])
    return text.getvalue()
