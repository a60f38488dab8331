"""`/v2`: the Open Inference Protocol, for clients of Triton and KServe. Tensors in, tensors out.

What is answered here is not kept in the history: tensors are no films, and nobody could look at
them again.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import version as version_of
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request
from starlette.responses import Response

from pneumoscope.serving import inference_schemas as schemas
from pneumoscope.serving.answers import JsonResponse, service_of
from pneumoscope.serving.awaiting import judged
from pneumoscope.serving.health_api import why_not_ready
from pneumoscope.serving.inference_answers import VERSION, inference_response, model_metadata
from pneumoscope.serving.inference_requests import JSON_LENGTH, invalid, read_inference
from pneumoscope.serving.openapi import BINARY, inlined, problems
from pneumoscope.serving.problems import Problem
from pneumoscope.serving.served_models import ServedModel
from pneumoscope.serving.unpacking import unpacked_body

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])

_BODY: dict[str, Any] = {
    "required": True,
    "description": "JSON, or JSON followed by the pixels as bytes.",
    "content": {
        "application/json": {"schema": inlined(schemas.InferenceRequest)},
        "application/octet-stream": BINARY,
    },
}

Name = Annotated[str, Path(description="A model of /v1/models.")]
Version = Annotated[str, Path(description=f"Its version: {VERSION}.")]


def _asked_for(request: Request) -> ServedModel:
    """The model of a path. Raises `UnknownModelError`, and `Problem` 404 for another version."""
    name, version = request.path_params["name"], request.path_params.get("version", VERSION)
    model = service_of(request).models.get(name)
    if version != VERSION:
        raise Problem(
            404,
            "unknown-version",
            f"The model {name!r} has no version {version[:64]!r}.",
            f"There is version {VERSION}, which is meant where none is named.",
        )
    return model


AskedFor = Annotated[ServedModel, Depends(_asked_for)]


@router.get("", response_model=schemas.ServerMetadata, responses=problems(401, 429))
async def server() -> Response:
    """Which server this is, and what it has beyond the protocol itself."""
    return JsonResponse(
        {
            "name": "pneumoscope",
            "version": version_of("pneumoscope"),
            "extensions": ["binary_tensor_data"],
        }
    )


@router.get("/health/live", response_model=schemas.Live)
async def live() -> Response:
    """The process answers."""
    return JsonResponse({"live": True})


@router.get("/health/ready", response_model=schemas.Ready, responses=problems(503))
async def ready(request: Request) -> Response:
    """Films can be judged and stored: the same as /readyz."""
    if reason := await why_not_ready(service_of(request)):
        raise Problem(
            503,
            "not-ready",
            reason,
            "Send requests to another instance.",
            retry_after=1,
            more={"ready": False},
        )
    return JsonResponse({"ready": True})


@router.post(
    "/repository/index",
    response_model=list[schemas.IndexedModel],
    responses=problems(401, 403, 429),
)
async def index(request: Request) -> Response:
    """All models, each of which is ready. A body, which may ask for those that are, is not read."""
    return JsonResponse(
        [
            {"name": model.name, "version": VERSION, "state": "READY", "reason": ""}
            for model in service_of(request).models
        ]
    )


async def metadata(request: Request, model: AskedFor) -> Response:
    """What a model takes and gives."""
    settings = service_of(request).settings
    manifest = model.manifest_at(settings.prevalence)
    return JsonResponse(model_metadata(manifest, settings.limits.films))


async def model_ready(model: AskedFor) -> Response:
    """The model is there; models are loaded before the service answers at all."""
    return JsonResponse({"name": model.name, "ready": True})


async def infer(
    request: Request,
    model: AskedFor,
    json_length: Annotated[
        str | None,
        Header(alias=JSON_LENGTH, description="Where pixels follow the JSON: its bytes."),
    ] = None,
) -> Response:
    """Run a model on prepared images; probabilities are for the prevalence of the service, and no
    query may ask for another.

    Images and answer are not kept. The body may be packed by gzip or deflate.
    """
    if request.query_params:
        raise invalid(
            f"The address has a query, {', '.join(request.query_params)[:200]!r}: expected none."
        )
    service = service_of(request)
    limits = service.settings.limits
    manifest = model.manifest_at(service.settings.prevalence)
    body = await unpacked_body(request)
    asked = await asyncio.to_thread(
        read_inference,
        body,
        json_length,
        size=manifest.preprocess.size,
        most=limits.films,
    )
    (answer,) = await judged(
        request,
        service,
        len(asked.images),
        lambda: [service.pipeline.submit_images(model, asked.images)],
    )
    return await asyncio.to_thread(inference_response, asked, answer, manifest)


async def _of_name(name: Name) -> None:
    """For OpenAPI: what a path below a model names."""


async def _of_version(name: Name, version: Version) -> None:
    """For OpenAPI: what a path below a version names."""


for _path, _named in (
    ("/models/{name}", _of_name),
    ("/models/{name}/versions/{version}", _of_version),
):
    _names = [Depends(_named)]
    router.add_api_route(
        _path,
        metadata,
        dependencies=_names,
        response_model=schemas.InferenceModel,
        responses=problems(401, 404, 422, 429),
    )
    router.add_api_route(
        f"{_path}/ready",
        model_ready,
        dependencies=_names,
        response_model=schemas.Ready,
        responses=problems(401, 404, 429),
    )
    router.add_api_route(
        f"{_path}/infer",
        infer,
        methods=["POST"],
        dependencies=_names,
        response_model=schemas.InferenceAnswer,
        responses={
            200: {"content": {"application/octet-stream": BINARY}},
            **problems(400, 401, 403, 404, 408, 413, 415, 422, 429, 503),
        },
        openapi_extra={"requestBody": _BODY},
    )
