"""The films of a run: counts, samples, and what the audit found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pneumoscope.data.audit import audit_films
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import PneumoscopeError
from pneumoscope.files import write_text
from pneumoscope.report.data_parts import counts_part, findings_part, samples_part, shortcuts_part
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part
from pneumoscope.wording import json_text


def data_section(
    table: FilmTable, audit: Mapping[str, Any] | None, *, films_found: bool
) -> Section:
    """Films per split and class, samples of each class, and the findings of an audit.

    `audit` is what `Audit.to_dict` says of these films, where there has been one. With
    `films_found`, samples are read from the table's root.
    """
    body, counts = counts_part(table)
    parts = [body]
    if films_found:
        parts.append(samples_part(table))
    else:
        parts.append(render_part("data/no_films.html.j2", audited=audit is not None))
    if audit is not None:
        parts += [
            Markup("<h3>What the audit found</h3>"),
            findings_part(audit["findings"]),
            shortcuts_part(audit["shortcuts"], table.class_names),
        ]
    return Section("data", "Data", Markup("\n").join(parts), (counts,))


def find_audit(
    path: Path,
    table: FilmTable,
    *,
    films_found: bool,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any] | None:
    """The audit of these films, as JSON: the one at `path` or, where that is missing or of other
    films, a new one, which is written there.

    For a new one every film is read: 5,000 take some ten seconds on two processors. Without
    `films_found` there is none. Raises `PneumoscopeError` where the file cannot be read or written.
    """
    try:
        if path.is_file():
            kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if kept["table_digest"] == table.digest:
                return kept
        if not films_found:
            return None
        text = json_text(audit_films(table, progress=progress).to_dict(), indent=2)
        write_text(path, text + "\n")
        made: dict[str, Any] = json.loads(text)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PneumoscopeError(
            f"The audit {path} could not be read or written: {type(error).__name__}: {error}.",
            "If the file is damaged, remove it: the report makes a new one.",
        ) from error
    return made
