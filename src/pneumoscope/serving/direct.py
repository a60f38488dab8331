"""The short way of films to their answer, past what the framework does for every other request.

Its layers and its search for what is asked take time of the event loop, through which all films go.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from pydantic import ValidationError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pneumoscope.serving.filters import PredictionQuery
from pneumoscope.serving.gate import FILMS
from pneumoscope.serving.predictions_api import predict
from pneumoscope.serving.problems import invalid_request


class Direct:
    """The layer of the application that films go around. What goes wrong is for the gate."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("route") is FILMS:  # as the gate found
            scope["app"] = self._app
            response = await _predict(Request(scope, receive, send))
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _predict(request: Request) -> Response:
    given = request.query_params
    repeated = [name for name in given if len(given.getlist(name)) > 1]
    if repeated:
        fault = {"type": "repeated", "msg": "it is given more than once"}
        raise invalid_request([fault | {"loc": ("query", name)} for name in repeated])
    try:
        query = PredictionQuery.model_validate(dict(given))
    except ValidationError as error:
        faults = [{**fault, "loc": ("query", *fault["loc"])} for fault in error.errors()]
        raise invalid_request(faults) from error
    return await predict(request, query)
