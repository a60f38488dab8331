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
from starlette.types import ASGIApp

from pneumoscope.errors import PneumoscopeError
from pneumoscope.serving import (
    export_api,
    health_api,
    models_api,
    page,
    pictures_api,
    predictions_api,
    samples_api,
    session_api,
)
from pneumoscope.serving.gate import CLIENT_LEFT, Gate
from pneumoscope.serving.problems import Problem, bug, problem_of
from pneumoscope.serving.service import Service
from pneumoscope.wording import NOTICE

_DESCRIPTION = f"""Films in, findings out, and a history of both. {NOTICE}"""


def make_app(service: Service) -> ASGIApp:
    """The ASGI application of a service. The service runs while the application does."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = FastAPI(
        title="pneumoscope",
        description=_DESCRIPTION,
        version=version("pneumoscope"),
        docs_url=None,  # they would fetch scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        root_path=service.settings.root_path,
    )
    app.state.service = service
    for part in (
        predictions_api,
        pictures_api,
        export_api,
        models_api,
        samples_api,
        session_api,
        health_api,
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
    gate: ASGIApp = Gate(app, service)
    if service.settings.origins:
        gate = CORSMiddleware(
            gate,
            allow_origins=list(service.settings.origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )
    return gate


async def _answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response(request.state.request_id)


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PneumoscopeError)
    return problem_of(error).response(request.state.request_id)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(fault) for fault in error.errors()]
    return Problem(
        422,
        "invalid-request",
        "The request is not as it should be: " + "; ".join(faults) + ".",
        "GET /openapi.json says what each request takes.",
    ).response(request.state.request_id)


async def _answer_nobody(request: Request, error: Exception) -> Response:
    """The client has left; the status is for figures and logs."""
    return Response(status_code=CLIENT_LEFT)


async def _answer_bug(request: Request, error: Exception) -> Response:
    return bug(request.state.request_id).response(request.state.request_id)


def _fault(fault: dict[str, Any]) -> str:
    """What is wrong with a part of a request: never the part itself, which may hold names."""
    place = ".".join(str(step) for step in fault["loc"])
    return f"{place[:200]}: {str(fault['msg'])[:200]}"


async def _answer_http(request: Request, error: Exception) -> Response:
    """What the framework answers by itself: no such route, or no such method there."""
    assert isinstance(error, HTTPException)
    kind = {404: "unknown-path", 405: "method", 400: "malformed-request"}
    return Problem(
        error.status_code,
        kind.get(error.status_code, "http"),
        str(error.detail),
        "GET /openapi.json lists all routes and their methods.",
        headers=dict(error.headers or {}),
    ).response(request.state.request_id)
