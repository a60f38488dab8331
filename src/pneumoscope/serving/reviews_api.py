"""`/v1/reviews`: what reviews say of a model."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from pneumoscope.serving import schemas
from pneumoscope.serving.answers import JsonResponse, service_of
from pneumoscope.serving.openapi import problems
from pneumoscope.serving.review_summary import review_summary

router = APIRouter(prefix="/v1/reviews", tags=["predictions"])


@router.get(
    "/summary", response_model=schemas.ReviewSummary, responses=problems(401, 404, 422, 429, 503)
)
async def summary(
    request: Request,
    model: Annotated[str | None, Query(max_length=200, description="Its name.")] = None,
) -> Response:
    """How often a model is right by its reviewers' opinions; without a name, the default one."""
    service = service_of(request)
    manifest = service.models.get(model).manifest
    return JsonResponse(await asyncio.to_thread(review_summary, manifest, service.history))
