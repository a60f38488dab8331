"""`/v1/export`: records as one file, as CSV or as JSON."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from pneumoscope.serving.answers import service_of
from pneumoscope.serving.documents import listed_document
from pneumoscope.serving.filters import Filters
from pneumoscope.serving.openapi import problems
from pneumoscope.serving.service import Service
from pneumoscope.wording import csv_cell, json_text, printable

router = APIRouter(prefix="/v1/export", tags=["predictions"])

_LINES = 100  # of the file, sent at once

_COLUMNS = (
    "id",
    "created_at",
    "film",
    "sha256",
    "status",
    "finding",
    "class_of_interest",
    "probability",
    "threshold",
    "operating_point",
    "prevalence",
    "model",
    "graph_sha256",
    "warnings",
    "reason",
    "verdict",
    "note",
    "reviewer",
    "reviewed_at",
    "opinion",
    "blind",
    "reviewed_finding",
    "reviewed_operating_point",
)


class ExportFilters(Filters):
    """Which records, and the form of the file."""

    format: Literal["csv", "json"] = "csv"


@router.get(
    "",
    response_class=Response,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            }
        },
        **problems(400, 401, 404, 422, 429, 503),
    },
)
async def export(request: Request, filters: Annotated[ExportFilters, Query()]) -> Response:
    """All records that fit, in one file. `limit` and `cursor` say where it begins and how many
    records are looked up at a time."""
    service = service_of(request)
    service.models.check_point(filters.operating_point)
    as_csv = filters.format == "csv"
    documents = _documents(service, filters)
    # What is wrong with the question comes to light before the answer begins.
    first = await asyncio.to_thread(next, documents, None)
    lines = _csv(first, documents) if as_csv else _json(first, documents)
    return StreamingResponse(
        _in_pieces(lines),
        media_type="text/csv; charset=utf-8" if as_csv else "application/json",
        headers={
            "Content-Disposition": f'attachment; filename="findings.{filters.format}"',
        },
    )


def _documents(service: Service, filters: ExportFilters) -> Iterator[dict[str, Any]]:
    query, cursor = filters.query(), filters.cursor
    while True:
        page = service.history.search(query, limit=filters.limit, cursor=cursor)
        for record in page.items:
            yield listed_document(record, service.history, filters.operating_point)
        if page.next is None:
            return
        cursor = page.next


def _in_pieces(lines: Iterator[str]) -> Iterator[str]:
    """Many lines at once: for each piece the event loop and a thread wait for one another."""
    while piece := "".join(itertools.islice(lines, _LINES)):
        yield piece


def _json(first: dict[str, Any] | None, rest: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield "["
    if first is not None:
        yield json_text(first)
    for document in rest:
        yield ",\n" + json_text(document)
    yield "]\n"


def _csv(first: dict[str, Any] | None, rest: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield _line(_COLUMNS)
    if first is not None:
        yield _line(_cells(first))
    for document in rest:
        yield _line(_cells(document))


def _cells(document: dict[str, Any]) -> list[object]:
    review, model = document["review"] or {}, document.get("model", {})
    values = {
        **review,
        **document,  # whose finding is the one at the operating point that was asked for
        "reviewed_finding": review.get("finding"),
        "reviewed_operating_point": review.get("operating_point"),
        "model": model.get("name"),
        "graph_sha256": model.get("graph_sha256"),
        "warnings": "; ".join(document.get("tags", {}).get("warnings", ())),
    }
    return ["" if values.get(name) is None else values[name] for name in _COLUMNS]


def _line(cells: object) -> str:
    text = io.StringIO()
    assert isinstance(cells, list | tuple)
    safe = [csv_cell(printable(cell)) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(text).writerow(safe)
    return text.getvalue()
