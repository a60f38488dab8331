"""What routes share: the service and the client of a request, and answers as JSON and pictures."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
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


def png_response(picture: Image.Image) -> Response:
    """A picture as PNG. What it shows never changes, so browsers may keep it for themselves."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return Response(
        file.getvalue(),
        media_type="image/png",
        headers={"Cache-Control": "private, max-age=86400, immutable"},
    )
