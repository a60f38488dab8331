"""`/v1/session`: how the page signs in, and finds out whether it has to."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from pneumoscope.serving import schemas
from pneumoscope.serving.answers import JsonResponse, client_of, service_of
from pneumoscope.serving.clients import COOKIE, SESSION_DAYS, Client
from pneumoscope.serving.openapi import problems

router = APIRouter(prefix="/v1/session", tags=["session"])


@router.get("", response_model=schemas.Session, responses=problems(401, 429))
async def session(request: Request) -> Response:
    """Whether the service wants to know who asks, and who does."""
    return JsonResponse(_document(request, client_of(request)))


@router.post(
    "",
    response_model=schemas.Session,
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503, 507),
)
async def sign_in(request: Request, body: schemas.SignIn) -> Response:
    """Exchange a token for a cookie that no script can read."""
    service = service_of(request)
    if not service.settings.auth:
        return JsonResponse(_document(request, client_of(request)))
    client = await asyncio.to_thread(service.clients.sign_in, body.token)
    response = JsonResponse(_document(request, client))
    response.set_cookie(
        COOKIE,
        client.session,
        max_age=SESSION_DAYS * 86_400,
        path=request.scope.get("root_path", "") or "/",
        secure=service.settings.secure_cookies or request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@router.delete("", status_code=204, responses=problems(401, 403, 429, 503))
async def sign_out(request: Request) -> Response:
    """End the session."""
    service, client = service_of(request), client_of(request)
    if client and client.session:
        await asyncio.to_thread(service.clients.sign_out, client)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path=request.scope.get("root_path", "") or "/")
    return response


def _document(request: Request, client: Client | None) -> dict[str, Any]:
    required = service_of(request).settings.auth
    return {
        "auth_required": required,
        "client": client.name if client and required else None,
        "csrf": client.csrf if client else None,
    }
