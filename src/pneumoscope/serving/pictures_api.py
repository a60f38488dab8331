"""Pictures of what the history keeps: the film, its heat, and both as one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from PIL import Image
from starlette.responses import Response, StreamingResponse

from pneumoscope.history.records import Record
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.showing import overlay
from pneumoscope.pictures.colours import HEAT
from pneumoscope.serving.answers import service_of
from pneumoscope.serving.documents import prediction_of
from pneumoscope.serving.film_values import packed_values
from pneumoscope.serving.openapi import BINARY, problems
from pneumoscope.serving.predictions_api import OperatingPoint, record_of
from pneumoscope.serving.problems import Problem
from pneumoscope.serving.service import Service

router = APIRouter(prefix="/v1/predictions/{id}", tags=["pictures"])

_PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
    **problems(401, 404, 422, 429, 503),
}
_VALUES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": BINARY}},
    **problems(401, 404, 422, 429, 503),
}
_LARGEST = 4096
_HEAT_SIZE = 1024
_NOT_READ = "There is a heatmap of films that could be read only."

Size = Annotated[int | None, Query(ge=16, le=_LARGEST, description="The longer side at most.")]
ClassName = Annotated[
    str | None,
    Query(alias="class", max_length=200, description="A class; else the class of interest."),
]


@router.get("/film", response_class=Response, responses=_PNG)
async def film(
    request: Request, id: str, bits: Literal["8", "16"] = "8", size: Size = None
) -> Response:
    """The film, as it is kept: gray levels of 8 bits, as the network sees them, or the values of up
    to 16 bits from which they were made, before a window was applied: with `size`, means of those
    in whose place they stand."""
    service = service_of(request)
    record = await record_of(service, id)

    def picture() -> Image.Image:
        kept, workers = _kept(service, record), service.gallery.workers
        pixels: NDArray[Any]
        if bits == "16":
            pixels = workers.values(kept, size).values
        else:
            pixels = workers.read(kept).pixels if size is None else workers.picture(kept, size)
        return Image.fromarray(pixels)

    return await _png(request, picture)


@router.get("/values", response_class=Response, responses=_VALUES)
async def values(request: Request, id: str, size: Size = None) -> Response:
    """The film as it is kept before a window was applied, for viewers: with `size`, smaller.

    Four bytes tell how long the JSON behind them is (little-endian), which is a `ValuesHead`. Then
    come `levels`, the gray level of every value from 0 on, a byte each, and the values, row by
    row, `bytes_a_value` each (little-endian)."""
    service = service_of(request)
    record = await record_of(service, id)
    pieces = await service.gallery.made(
        request, lambda: packed_values(service.gallery.workers.values(_kept(service, record), size))
    )
    return StreamingResponse(
        _each(pieces),
        media_type="application/octet-stream",
        headers={"Content-Length": str(sum(map(len, pieces)))},
    )


@router.get("/heatmap", response_class=Response, responses=_PNG)
async def heatmap(
    request: Request,
    id: str,
    class_name: ClassName = None,
    operating_point: OperatingPoint = None,
    size: Size = None,
) -> Response:
    """Where the film speaks for a class, to be laid over the film: the colours of heat, as opaque
    as there is evidence."""
    service = service_of(request)
    record = await record_of(service, id)

    def picture() -> Image.Image:
        prediction = _prediction(service, record)
        shape = _within(prediction.film_shape, size or _HEAT_SIZE)
        point = _point(record, operating_point)
        name = class_name or prediction.call(point).class_of_interest
        heat = prediction.heatmap_for(name, shape)
        alpha = np.rint(255 * heat).astype(np.uint8)
        return Image.fromarray(np.dstack([HEAT.colours(heat).astype(np.uint8), alpha]))

    return await _png(request, picture)


@router.get("/overlay", response_class=Response, responses=_PNG)
async def overlay_picture(
    request: Request,
    id: str,
    operating_point: OperatingPoint = None,
) -> Response:
    """The picture that `predict --heatmaps` writes: the film with its heat, and what it means."""
    service = service_of(request)
    record = await record_of(service, id)

    def picture() -> Image.Image:
        prediction = _prediction(service, record)
        pixels = service.gallery.workers.picture(_kept(service, record), _HEAT_SIZE)
        return overlay(prediction, pixels, _point(record, operating_point))

    return await _png(request, picture)


async def _each(pieces: Sequence[bytes | memoryview]) -> AsyncIterator[bytes | memoryview]:
    for piece in pieces:
        yield piece


async def _png(request: Request, picture: Callable[[], Image.Image]) -> Response:
    """A picture as PNG, which the gate has nobody store: a browser's copy on a disk would outlive
    the record's deletion, signing out, and the token. The page keeps what it shows in memory."""
    return Response(await service_of(request).gallery.png(request, picture), media_type="image/png")


def _kept(service: Service, record: Record) -> bytes:
    """The copy of a film that is kept. Raises `Problem` 404 where there is none."""
    data = service.history.film(record.id)
    if data is None:
        raise Problem(
            404,
            "film-not-kept",
            f"The film of {record.id} was not kept.",
            "Send the film again, to a service that keeps films (--keep).",
        )
    return data


def _prediction(service: Service, record: Record) -> Prediction:
    prediction = prediction_of(record, service.history)
    if prediction is None:
        raise Problem(404, "no-heatmap", _NOT_READ, "Its `reason` says why it could not be read.")
    return prediction


def _point(record: Record, asked: str | None) -> str:
    """The operating point that was asked for now, or that of the record's judgement."""
    return asked or (record.answer.operating_point if record.answer else "balanced")


def _within(shape: tuple[int, int], size: int) -> tuple[int, int]:
    """A film's shape, made smaller where its longer side is more than `size`."""
    scale = min(1.0, size / max(shape))
    height, width = (max(1, round(side * scale)) for side in shape)
    return height, width
