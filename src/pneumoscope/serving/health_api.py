"""Whether the service is alive, ready for films, and how it fares."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from pneumoscope.serving import schemas
from pneumoscope.serving.answers import JsonResponse, service_of
from pneumoscope.serving.metrics import CONTENT_TYPE
from pneumoscope.serving.openapi import problems
from pneumoscope.serving.problems import Problem
from pneumoscope.serving.service import Service

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=schemas.Health)
async def alive() -> Response:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@router.get("/readyz", response_model=schemas.Health, responses=problems(503))
async def ready(request: Request) -> Response:
    """Films can be judged and stored."""
    service = service_of(request)
    if reason := await why_not_ready(service):
        raise Problem(503, "not-ready", reason, "Send requests to another instance.", retry_after=1)
    # Why their files were not taken is in the log: it tells where they lie.
    return JsonResponse({"status": "ok", "model_failures": sorted(service.models.failures)})


async def why_not_ready(service: Service) -> str:
    """Why the service cannot judge films now; empty where it can."""
    if service.draining:
        return "The service is about to end."
    return await service.readiness.why_not()


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems(401),
    },
)
async def metrics(request: Request) -> Response:
    """Counts and times, for Prometheus."""
    return Response(service_of(request).metrics.text(), media_type=CONTENT_TYPE)
