"""`/v1/samples`: drawn films, for whoever has none at hand."""

from __future__ import annotations

import asyncio
import functools

import numpy as np
from fastapi import APIRouter, Request
from starlette.responses import Response

from pneumoscope.modelfile.find import DRAWINGS_MODEL
from pneumoscope.phantoms import Condition, generate_phantom
from pneumoscope.phantoms.encoding import SUFFIXES, FilmFormat, encode_film
from pneumoscope.serving import schemas
from pneumoscope.serving.answers import JsonResponse
from pneumoscope.serving.openapi import problems
from pneumoscope.serving.problems import Problem

router = APIRouter(prefix="/v1/samples", tags=["samples"])

_SEED = 0
_CONDITIONS: tuple[Condition, ...] = ("normal", "bacteria", "virus")
_FORMATS = tuple(SUFFIXES)
_COUNT = 6
_MEDIA_TYPES: dict[FilmFormat, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "dicom": "application/dicom",
}
_NAMES = {
    f"phantom-{number + 1}{SUFFIXES[_FORMATS[number % len(_FORMATS)]]}": number
    for number in range(_COUNT)
}


@router.get("", response_model=list[schemas.Sample], responses=problems(401, 429))
async def samples(request: Request) -> Response:
    """Films that were drawn by this program, and the model that reads them."""
    root = request.scope.get("root_path", "")
    return JsonResponse(
        [
            {"name": name, "url": f"{root}/v1/samples/{name}", "model": DRAWINGS_MODEL}
            for name in _NAMES
        ]
    )


@router.get(
    "/{name}",
    response_class=Response,
    responses={
        200: {
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in _MEDIA_TYPES.values()
            }
        },
        **problems(401, 404, 422, 429),
    },
)
async def sample(name: str) -> Response:
    """One of them, as a file."""
    if name not in _NAMES:
        raise Problem(
            404, "unknown-sample", f"There is no sample {name[:64]!r}.", "See GET /v1/samples."
        )
    film_format = _FORMATS[_NAMES[name] % len(_FORMATS)]
    data = await asyncio.to_thread(_draw, _NAMES[name], film_format)
    return Response(data, media_type=_MEDIA_TYPES[film_format])


@functools.lru_cache(maxsize=_COUNT)
def _draw(number: int, film_format: FilmFormat) -> bytes:
    rng = np.random.default_rng([_SEED, number])
    phantom = generate_phantom(rng, _CONDITIONS[number % len(_CONDITIONS)])
    return encode_film(phantom.pixels, film_format, rng)
