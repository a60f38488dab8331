"""The application: routes, and the one place where errors become answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp

from pneumoscope.errors import PneumoscopeError
from pneumoscope.serving import (
    export_api,
    health_api,
    inference_api,
    models_api,
    page,
    pictures_api,
    predictions_api,
    reviews_api,
    samples_api,
    session_api,
)
from pneumoscope.serving.direct import Direct
from pneumoscope.serving.envelope import CLIENT_LEFT, Envelope
from pneumoscope.serving.gate import Gate
from pneumoscope.serving.inference_requests import JSON_LENGTH
from pneumoscope.serving.openapi import add_what_all_answer
from pneumoscope.serving.problems import Problem, bug, invalid_request, problem_of
from pneumoscope.serving.service import Service
from pneumoscope.wording import NOTICE

_DESCRIPTION = f"""Films in, findings out, and a history of both. {NOTICE}"""


def make_app(service: Service) -> ASGIApp:
    """The ASGI application of a service. The service runs while the application does."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = _Api(
        title="pneumoscope",
        description=_DESCRIPTION,
        version=version("pneumoscope"),
        docs_url=None,  # they would fetch scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # an address has one form
        lifespan=lifespan,
    )
    app.state.service = service
    for part in (
        predictions_api,
        reviews_api,
        pictures_api,
        export_api,
        models_api,
        samples_api,
        session_api,
        health_api,
        inference_api,
        page,
    ):
        app.include_router(part.router)
    app.mount("/static", page.static_files())
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(PneumoscopeError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_bug)
    gate: ASGIApp = Gate(Direct(app), service)
    if service.settings.origins:
        gate = CORSMiddleware(
            gate,
            allow_origins=list(service.settings.origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID", JSON_LENGTH],
            expose_headers=["X-Request-ID", "Retry-After", JSON_LENGTH],
        )
    return Envelope(gate, service)


class _Api(FastAPI):
    """Whose schema tells what the layers around the routes answer too."""

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            add_what_all_answer(super().openapi(), auth=self.state.service.settings.auth)
        assert self.openapi_schema
        return self.openapi_schema


async def _answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response(request.state.request_id)


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PneumoscopeError)
    return problem_of(error).response(request.state.request_id)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid_request(error.errors()).response(request.state.request_id)


async def _answer_nobody(request: Request, error: Exception) -> Response:
    """The client has left; the status is for figures and logs."""
    return Response(status_code=CLIENT_LEFT)


async def _answer_bug(request: Request, error: Exception) -> Response:
    return bug(request.state.request_id).response(request.state.request_id)


async def _answer_http(request: Request, error: Exception) -> Response:
    """What the framework answers by itself: no such route, or no such method there."""
    assert isinstance(error, HTTPException)
    if isinstance(
        error.__cause__, Problem
    ):  # what the gate says of a body, as the framework tells it
        return await _answer_problem(request, error.__cause__)
    kind = {404: "unknown-path", 405: "method", 400: "malformed-request"}
    detail = f"{str(error.detail).rstrip('.')}."
    headers = dict(error.headers or {})
    if error.status_code == 404:
        detail = "The service has nothing at this path."
    elif error.status_code == 405:
        headers["Allow"] = allowed = ", ".join(_methods(request))
        detail = f"This path takes {allowed}, and not the method of the request."
    return Problem(
        error.status_code,
        kind.get(error.status_code, "http"),
        detail,
        "GET /openapi.json lists all routes and their methods.",
        headers=headers,
    ).response(request.state.request_id)


def _methods(request: Request) -> list[str]:
    """The methods of a path, which may have a route for each."""
    found = [
        method
        for method in ("DELETE", "GET", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ] or ["GET"]  # of static files, which are no routes
    return found + ["HEAD"] * ("GET" in found)
