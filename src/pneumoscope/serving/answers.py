"""What routes share: the service and the client of a request, and answers as JSON."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pneumoscope.serving.clients import Client
from pneumoscope.serving.service import Service
from pneumoscope.wording import json_text


def service_of(request: Request) -> Service:
    """The service that a request is for."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


def client_of(request: Request) -> Client | None:
    """Who sent a request; `None` where that is not known."""
    client: Client | None = request.state.client
    return client


class JsonResponse(Response):
    """JSON in which names stay as they are."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json_text(content).encode()
