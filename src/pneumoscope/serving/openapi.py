"""What OpenAPI says beside the shapes of answers: problems, and films as bodies of requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pneumoscope.serving import schemas
from pneumoscope.serving.problems import MEDIA_TYPE

_FILM_TYPES = (
    "image/jpeg",
    "image/png",
    "image/tiff",
    "application/dicom",
    "application/octet-stream",
)
_FILM = {"schema": {"type": "string", "format": "binary"}}

FILM_BODY: dict[str, Any] = {
    "required": True,
    "description": "One film as it is, or one or more files of a form, under any names.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["films"],
                "properties": {
                    "films": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string", "format": "binary"},
                    }
                },
            }
        },
        **dict.fromkeys(_FILM_TYPES, _FILM),
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "model": schemas.Problem,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **(
                {
                    "headers": {
                        "Retry-After": {
                            "description": "Seconds after which trying again makes sense.",
                            "schema": {"type": "integer"},
                        }
                    }
                }
                if status in (429, 503)
                else {}
            ),
        }
        for status in statuses
    }
