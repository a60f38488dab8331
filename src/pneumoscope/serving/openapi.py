"""What OpenAPI says beside the shapes of answers: problems, and films as bodies of requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from pneumoscope.serving import schemas
from pneumoscope.serving.clients import COOKIE, CSRF_HEADER
from pneumoscope.serving.gate import is_open, is_uncounted
from pneumoscope.serving.problems import MEDIA_TYPE
from pneumoscope.serving.uploads import FILM_TYPES

BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}

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
        **dict.fromkeys(FILM_TYPES, BINARY),
    },
}


_OF_ALL = (400, 408, 413, 431, 500, 503)
"""What the gate and the connection may answer, whatever the route, and what a bug of ours is."""

_TOKENS = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"From POST /v1/session. What changes something needs {CSRF_HEADER} too.",
    },
}


def add_what_all_answer(document: dict[str, Any], *, auth: bool) -> None:
    """Add to a schema what the layers around the routes answer, and with `auth` which of the routes
    want to know who asks."""
    if auth:
        document["components"]["securitySchemes"] = _TOKENS
    for path, operations in document["paths"].items():
        for operation in operations.values():
            statuses = _OF_ALL if is_uncounted(path) else (*_OF_ALL, 429)
            if auth and not is_open(path):
                operation["security"] = [{name: []} for name in _TOKENS]
                statuses = (*statuses, 401)
            if not auth:  # of other pages, and through proxies
                statuses = (*statuses, 403)
            for status, problem in problems(*statuses).items():
                problem.pop("model")
                operation["responses"].setdefault(str(status), problem)


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


def inlined(shape: type[BaseModel]) -> dict[str, Any]:
    """The schema of a body that a route reads by itself, so that FastAPI does not know of it: with
    the shapes that it is made of in their places."""
    schema = shape.model_json_schema()
    parts = schema.pop("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return resolved(parts[part["$ref"].rsplit("/", 1)[-1]])
        return {key: resolved(value) for key, value in part.items()}

    inlined_schema = resolved(schema)
    assert isinstance(inlined_schema, dict)
    return inlined_schema
