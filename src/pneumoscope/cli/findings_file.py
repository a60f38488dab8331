"""The file that `predict --out` writes: it grows row by row, and a stopped job can go on with it.

A row goes to the file in one piece once its film is judged, and its overlay is written. Whatever
stops the job, the file holds whole rows and at most the beginning of one more, which is dropped
when the job goes on. In the end the rows are in the order of the films.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Self

from pneumoscope.cli.finding_rows import Row, RowFormat, job_settings
from pneumoscope.cli.prediction_job import JudgedFilm, PredictionJob, digest
from pneumoscope.errors import PneumoscopeError, writing
from pneumoscope.files import write_bytes
from pneumoscope.inference.batch import StandardInput

_OTHERWISE = (
    "Repeat the command that began it, choose another file, or begin anew with --overwrite."
)


class FindingsFile:
    """A file of findings, open for more rows. `kept` are rows of an earlier job, as lines, by the
    places of their films.

    As a context it ends with all rows in order and on the disk, unless it is left by an error.
    Raises `PneumoscopeError` where the file cannot be written.
    """

    def __init__(self, path: Path, rows: RowFormat, kept: Mapping[int, str]) -> None:
        self._path, self._rows = path, rows
        self._lines = dict(kept)
        with writing("findings", path.parent):
            self._write_all()
            self._file: BinaryIO = path.open("ab", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error_type: type[BaseException] | None, *raised: object) -> None:
        with self._file:
            if error_type is None:
                self._finish()

    def add(self, film: JudgedFilm) -> None:
        """Append the row of a film."""
        line = self._rows.line(film.outcome, film.sha256)
        with writing("findings", self._path.parent):
            self._file.write(_encoded(line))
        self._lines[film.place] = line

    def _finish(self) -> None:
        with writing("findings", self._path.parent):
            os.fsync(self._file.fileno())
            if list(self._lines) != sorted(self._lines):
                self._write_all()

    def _write_all(self) -> None:
        self._lines = dict(sorted(self._lines.items()))
        lines = [self._rows.head, *self._lines.values()]
        write_bytes(self._path, b"".join(map(_encoded, lines)), recorded=False)


def kept_rows(path: Path, rows: RowFormat, job: PredictionJob) -> dict[int, Row]:
    """The rows of an earlier job that need not be made again, by the places of their films.

    A film's row is kept where it has the film's name and the digest of its bytes, and where its
    heatmap was written if there was to be one. Of a batch that was not finished none is kept, so
    that the same films go through the network together as without the interruption: its numbers
    depend, in their last digits, on the batch.

    Raises `PneumoscopeError` where the file cannot be read, is none of findings, was written with
    another model, operating point or folder of heatmaps, or holds other films.
    """
    names = [
        rows.film_name(film.name if isinstance(film, StandardInput) else str(film))
        for film in job.films
    ]
    written = {(row.film, row.sha256): row for row in _read(path, rows, job, frozenset(names))}
    there = {name for name, _ in written}
    leading = next((place for place, name in enumerate(names) if name not in there), len(names))
    whole = leading if leading == len(names) else leading - leading % job.batch_size
    kept = {}
    for place, (film, name, overlay) in enumerate(zip(job.films, names, job.overlays, strict=True)):
        if name not in there or whole <= place < leading:
            continue
        row = written.get((name, digest(film)))
        if row is None or not row.sha256 or row.heatmap_error:
            continue
        if row.readable and row.heatmap != rows.film_name(str(overlay or "")):
            raise PneumoscopeError(
                f"{path} was written with {_heatmap(row.heatmap)} of {name}, and now "
                f"{_heatmap(overlay)} is wanted.",
                _OTHERWISE,
            )
        kept[place] = row
    return kept


def _read(path: Path, rows: RowFormat, job: PredictionJob, names: frozenset[str]) -> Iterator[Row]:
    """The rows of a file, which are of this job's model, operating point and films."""
    if not path.exists():
        return
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeError) as error:
        raise PneumoscopeError(f"{path} cannot be read: {error}.", _OTHERWISE) from error
    whole_lines = text.split("\n")[:-1]  # after the last line end is nothing, or half a row
    if not whole_lines:
        return
    head, *lines = whole_lines
    if not rows.accepts_head(head):
        raise PneumoscopeError(f"{path} holds no findings of this model's classes.", _OTHERWISE)
    wanted = job_settings(job.predictor.manifest, job.operating_point)
    _check_settings(path, rows.settings_of_head(head), wanted)
    for number, line in enumerate(lines, start=2):
        try:
            row = rows.read(line)
        except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
            raise PneumoscopeError(f"Line {number} of {path} is damaged.", _OTHERWISE) from error
        _check_settings(path, row.settings, wanted)
        if row.film not in names:
            raise PneumoscopeError(
                f"{path} holds the film {row.film}, which is not among those given.", _OTHERWISE
            )
        yield row


def _check_settings(path: Path, written: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    if not written:
        return
    names = ("graph", "operating point", "prevalence")
    for what, was, now in zip(names, written, wanted, strict=True):
        if was != now:
            raise PneumoscopeError(
                f"{path} was written with the {what} {was[:12]} of a model, and not with "
                f"{now[:12]}.",
                _OTHERWISE,
            )


def _heatmap(file: str | Path | None) -> str:
    return f"the heatmap {file}" if file else "no heatmap"


def _encoded(line: str) -> bytes:
    return f"{line}\n".encode()
