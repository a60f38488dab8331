"""`/v1/predictions`: films in, findings out, and what the history keeps of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from pneumoscope.history.records import Record
from pneumoscope.serving import schemas
from pneumoscope.serving.answers import JsonResponse, client_of, service_of
from pneumoscope.serving.awaiting import judged
from pneumoscope.serving.documents import findings_document, listed_document, record_document
from pneumoscope.serving.filters import PageFilters, PredictionQuery
from pneumoscope.serving.openapi import FILM_BODY, problems
from pneumoscope.serving.problems import Problem
from pneumoscope.serving.recording import Asked
from pneumoscope.serving.service import Service
from pneumoscope.serving.uploads import films_of

router = APIRouter(prefix="/v1/predictions", tags=["predictions"])

OperatingPoint = Annotated[
    str | None, Query(max_length=200, description="An operating point of the model.")
]


@router.post(
    "",
    response_model=schemas.Findings,
    responses=problems(400, 401, 403, 404, 408, 413, 415, 422, 429, 503, 507),
    openapi_extra={"requestBody": FILM_BODY},
)
async def predict(request: Request, query: Annotated[PredictionQuery, Query()]) -> Response:
    """Judge one film, sent as it is, or one or more, sent as the files of a form.

    The answer is stored before it is sent. Where no film could be read, the answer is a problem.
    """
    service = service_of(request)
    client = client_of(request)
    prevalence = service.settings.prevalence if query.prevalence is None else query.prevalence
    asked = Asked(
        service.models.get(query.model),
        query.operating_point,
        prevalence,
        client.name if client else "",
    )
    # What cannot be answered is refused before films are read.
    asked.model.manifest.thresholds(query.operating_point)
    if query.prevalence is not None:  # a new one takes its time
        await asyncio.to_thread(asked.model.manifest_at, query.prevalence)
    films = await films_of(request, service.settings.limits, query.name)
    records = await judged(
        request,
        service,
        len(films),
        lambda: [service.pipeline.submit(film, asked) for film in films],
    )
    document = findings_document(records, asked, service.history)
    if not document["films"]:
        raise _none_readable(document["unreadable"])
    return JsonResponse(document)


def _none_readable(unreadable: list[dict[str, Any]]) -> Problem:
    first = unreadable[0]
    others = f" Nor could the {len(unreadable) - 1} others." if len(unreadable) > 1 else ""
    return Problem(
        422,
        "film-unreadable",
        f"{first['film']} could not be read: {first['reason']}{others}",
        "Send films as JPEG, PNG, TIFF, BMP, WebP or DICOM files.",
        more={"unreadable": unreadable},
    )


@router.get("", response_model=schemas.RecordPage, responses=problems(400, 401, 404, 422, 429, 503))
async def search(
    request: Request,
    filters: Annotated[PageFilters, Query()],
) -> Response:
    """The records that fit, a page at a time."""
    service = service_of(request)

    service.models.check_point(filters.operating_point)

    def document() -> dict[str, Any]:
        query = filters.query()
        page = service.history.search(
            query, limit=filters.limit, cursor=filters.cursor, offset=filters.offset
        )
        return {
            "predictions": [
                listed_document(record, service.history, filters.operating_point)
                for record in page.items
            ],
            "next": page.next,
            "total": service.history.count(query),
        }

    return JsonResponse(await asyncio.to_thread(document))


@router.get("/{id}", response_model=schemas.Record, responses=problems(401, 404, 422, 429, 503))
async def get(request: Request, id: str, operating_point: OperatingPoint = None) -> Response:
    """One record, called at the operating point of its judgement or at another one."""
    service = service_of(request)
    record = await record_of(service, id)
    # Its model may be one of earlier days, which is in the database alone.
    document = await asyncio.to_thread(record_document, record, service.history, operating_point)
    return JsonResponse(document)


@router.delete("/{id}", status_code=204, responses=problems(401, 403, 404, 422, 429, 503))
async def delete(request: Request, id: str) -> Response:
    """Delete a record and its film."""
    if not await asyncio.to_thread(service_of(request).history.delete, id):
        raise unknown_record(id)
    return Response(status_code=204)


@router.put(
    "/{id}/review",
    response_model=schemas.Record,
    responses=problems(400, 401, 403, 404, 413, 415, 422, 429, 503, 507),
)
async def review(request: Request, id: str, body: schemas.ReviewRequest) -> Response:
    """Say what a person thinks of a finding, in place of what this person said before."""
    service = service_of(request)
    client = client_of(request)
    reviewer = client.name if client and client.name else body.reviewer

    def document() -> dict[str, Any] | None:
        record = service.history.review(
            id,
            body.verdict,
            body.note,
            reviewer,
            opinion=body.opinion,
            operating_point=body.operating_point,
            blind=body.blind,
            now=datetime.now(UTC),
        )
        return None if record is None else record_document(record, service.history)

    reviewed = await asyncio.to_thread(document)
    if reviewed is None:
        raise unknown_record(id)
    return JsonResponse(reviewed)


async def record_of(service: Service, id: str) -> Record:
    """A record by its id. Raises `Problem` 404."""
    record = await asyncio.to_thread(service.history.get, id)
    if record is None:
        raise unknown_record(id)
    return record


def unknown_record(id: str) -> Problem:
    """There is no record of that id."""
    return Problem(
        404,
        "unknown-prediction",
        f"The history has no prediction {id[:64]!r}.",
        "It may have been deleted, by a person or because its time was over.",
    )
