"""Errors as `application/problem+json` (RFC 9457): one shape for everything that goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from pneumoscope.errors import (
    DecoderError,
    HistoryError,
    HistoryFullError,
    HistoryUnavailableError,
    ImageReadError,
    ModelFileError,
    PneumoscopeError,
    UnknownModelError,
)
from pneumoscope.logs import tell
from pneumoscope.wording import json_text

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_SECONDS_TO_RETRY = 1


class Problem(Exception):  # noqa: N818 - RFC 9457 calls them problems
    """What a client is told instead of an answer.

    `kind` names it for programs, `detail` says what happened and what was expected, `hint` what to
    do; `more` are further fields. `retry_after` are seconds after which trying again makes sense.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        hint: str = "",
        *,
        title: str = "",
        retry_after: float | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title or HTTPStatus(status).phrase
        self.detail = detail
        self.hint = hint
        self.retry_after = retry_after
        self.more = dict(more or {})
        self.headers = dict(headers or {})

    def document(self, request_id: str) -> dict[str, Any]:
        """The problem as JSON; `error` is all that clients of the Open Inference Protocol read."""
        return {
            "type": f"urn:pneumoscope:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "hint": self.hint,
            "request_id": request_id,
            "error": f"{self.detail} {self.hint}".strip(),
            **self.more,
        }

    def response(self, request_id: str) -> Response:
        """The problem as an answer."""
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, round(self.retry_after)))
        return Response(
            json_text(self.document(request_id)),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers=headers,
        )


def busy(detail: str, retry_after: float = _SECONDS_TO_RETRY) -> Problem:
    """There is more to do than can be done now."""
    return Problem(
        503, "busy", detail, "Try again after the seconds of Retry-After.", retry_after=retry_after
    )


def bug(request_id: str) -> Problem:
    """Something of ours is wrong; the log has it."""
    return Problem(
        500,
        "bug",
        "Something went wrong that nobody expected.",
        f"This is a bug. The log has the traceback under request id {request_id}.",
    )


def invalid_request(faults: Iterable[Mapping[str, Any]]) -> Problem:
    """A request is not as it should be, as pydantic tells of it: `type`, `loc` and `msg` of each
    fault. What the client sent, which may hold names, is not repeated."""
    told = [
        f"{'.'.join(str(step) for step in fault['loc'])[:200]}: {_in_words(fault)[:200]}"
        for fault in faults
    ]
    return Problem(
        422,
        "invalid-request",
        f"The request is not as it should be: {'; '.join(told)}.",
        "GET /openapi.json says what each request takes.",
    )


def _in_words(fault: Mapping[str, Any]) -> str:
    """What is expected where a request is at fault; what is rare, in pydantic's own words."""
    place, told = fault["loc"], fault.get("ctx", {})
    match fault["type"]:
        case "extra_forbidden":
            return f"there is no such {'parameter' if place[0] == 'query' else 'field'}"
        case "missing":
            return "it is missing"
        case "greater_than_equal" | "less_than_equal" | "float_parsing" if "prevalence" in place:
            return "a share between 0 and 1 is expected, such as 0.1"
        case "greater_than_equal":
            return f"{told['ge']} or more is expected"
        case "less_than_equal":
            return f"{told['le']} or less is expected"
        case "int_parsing":
            return "a whole number is expected"
        case "string_type":
            return "a text is expected"
        case "string_too_long":
            return f"{told['max_length']} characters or fewer are expected"
        case "literal_error":
            return f"{told['expected']} is expected"
        case "json_invalid":  # its place is the number of the character
            return "from here on it is no JSON"
        case "value_error":
            return str(told["error"])
    return str(fault["msg"])


def problem_of(error: PneumoscopeError) -> Problem:
    """What a client is told of an error of ours.

    Where the history lies, what its database says, and what is wrong with the installation, is for
    the log alone.
    """
    status, kind, retry = _meaning(error)
    detail = error.message
    if isinstance(error, HistoryError):
        tell(_log, "history failed", level=logging.ERROR, kind=kind, reason=error.message)
        detail = _OF_HISTORY[kind]
    elif isinstance(error, DecoderError):
        tell(_log, "decoder failed", level=logging.ERROR, reason=error.message)
        detail = "No process could decode the film, which says nothing of the film."
    return Problem(status, kind, detail, error.hint, retry_after=retry)


_OF_HISTORY = {
    "history-full": "There is no room left for the history.",
    "history-unavailable": "The history does not answer.",
    "history-failed": "Something is wrong with the history.",
}


def _meaning(error: PneumoscopeError) -> tuple[int, str, float | None]:
    match error:
        case ImageReadError():
            return 422, "film-unreadable", None
        case DecoderError():  # which says nothing of the film
            return 503, "decoder-failed", _SECONDS_TO_RETRY
        case UnknownModelError():
            return 404, "unknown-model", None
        case HistoryFullError():
            return 507, "history-full", None
        case HistoryUnavailableError():
            return 503, "history-unavailable", _SECONDS_TO_RETRY
        case HistoryError():  # damage, and what else an operator has to see to
            return 503, "history-failed", _SECONDS_TO_RETRY
        case ModelFileError():  # a graph that cannot be run for want of memory
            return 503, "model-failed", _SECONDS_TO_RETRY
    return 422, "unusable-request", None
