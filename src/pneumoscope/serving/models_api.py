"""`/v1/models` and `/v1/model`: which models answer, and what is known of them."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from pneumoscope.report.model_card import format_card
from pneumoscope.serving import schemas
from pneumoscope.serving.answers import JsonResponse, service_of
from pneumoscope.serving.openapi import problems
from pneumoscope.serving.served_models import ServedModel
from pneumoscope.serving.service import Service

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models", response_model=list[schemas.Model], responses=problems(401, 429))
async def models(request: Request) -> Response:
    """All models of the service, the default one first."""
    service = service_of(request)
    return JsonResponse([_summary(service, model) for model in service.models])


@router.get("/model", response_model=schemas.ModelDetails, responses=problems(401, 404, 422, 429))
async def model(
    request: Request,
    model: Annotated[str | None, Query(max_length=200, description="Its name.")] = None,
) -> Response:
    """One model, with its manifest and its card; without a name, the default one."""
    service = service_of(request)
    served = service.models.get(model)
    manifest = json.loads(served.manifest.model_dump_json(exclude={"seen"}))
    return JsonResponse(
        _summary(service, served) | {"manifest": manifest, "card": format_card(served.manifest)}
    )


def _summary(service: Service, served: ServedModel) -> dict[str, Any]:
    manifest = served.manifest
    return {
        "name": manifest.name,
        "graph_sha256": manifest.graph_sha256,
        "default": served is service.models.default,
        "class_names": list(manifest.class_names),
        "normal_class": manifest.normal_class,
        "operating_points": manifest.operating_points,
        "prevalence": manifest.finding_share,
        "warnings": list(manifest.warnings),
    }
