"""Films out of the body of a request: a form of several files, or one file as it is.

A body is read as it comes, into memory and within limits; nothing is parsed but its frame. What is
inside of films is left to the processes that decode them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)
from starlette.requests import ClientDisconnect, Request

from pneumoscope.serving.problems import Problem
from pneumoscope.serving.settings import ServiceLimits

FORM = "multipart/form-data"
_ANYTHING = "application/octet-stream"
_DICOM = "application/dicom"
FILM_TYPES = (
    *("image/jpeg", "image/png", "image/tiff", "image/bmp", "image/webp"),
    _DICOM,
    _ANYTHING,
)
"""As which a film may be sent as it is, for people; others of `image/` are taken too."""
_LONGEST_NAME = 1_000
_HOW = (
    f"Send one film as it is (Content-Type {', '.join(FILM_TYPES[:-1])} or {FILM_TYPES[-1]}), "
    "or one or more files as multipart/form-data."
)


@dataclass(frozen=True)
class UploadedFilm:
    """A film as it was sent: its name, for people, and the bytes of its file."""

    name: str
    data: bytes


async def films_of(request: Request, limits: ServiceLimits, name: str | None) -> list[UploadedFilm]:
    """The films in the body of a request, in their order; `name` is that of a film that was sent
    as it is.

    Raises `Problem`: 400 for a form that is none, 413 for too many films, 415 for another kind of
    body; and `ClientDisconnect`.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise unknown_encoding(encoding, ())
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != FORM and kind not in (_ANYTHING, _DICOM) and not kind.startswith("image/"):
        said = f"The body is {kind!r}, and not a film."
        missing = "The request has no Content-Type, which says what its body is."
        raise Problem(415, "media-type", said if kind else missing, _HOW)
    if kind == FORM:
        films = await _files_of_form(request, options.get("boundary", ""), limits.films)
    else:
        films = [UploadedFilm(_name(name), await body_of(request))]
    if not films:
        raise Problem(400, "no-film", "The form holds no file.", _HOW)
    return films


def unknown_encoding(encoding: str, known: Sequence[str]) -> Problem:
    """A body is packed in a way that is not unpacked, other than those `known`."""
    accepted = ", ".join((*known, "identity"))
    return Problem(
        415,
        "content-encoding",
        f"The body is encoded as {encoding[:64]!r}, which is not unpacked here.",
        f"Send it as it is{', or packed by ' if known else ''}{' or '.join(known)}.",
        headers={"Accept-Encoding": accepted},
    )


async def body_of(request: Request) -> bytes:
    """The body of a request as it is. Raises `ClientDisconnect`."""
    return b"".join([chunk async for chunk in _chunks(request)])


async def _files_of_form(request: Request, boundary: str, most: int) -> list[UploadedFilm]:
    films: list[UploadedFilm] = []
    part: MultipartSegment | None = None
    content: list[bytes] = []
    try:
        # Strict: a frame that can be understood in two ways is no frame.
        with PushMultipartParser(boundary, max_segment_count=most, strict=True) as parser:
            async for chunk in _chunks(request):
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        part, content = event, []
                    elif event is not None:
                        content.append(bytes(event))
                    elif part is not None and part.filename is not None:
                        films.append(UploadedFilm(_name(part.filename), b"".join(content)))
    except ParserLimitReached as error:
        raise Problem(
            413,
            "too-many-films",
            f"The form has more than {most} parts, or a part with too long a head.",
            "Send the films in several requests.",
        ) from error
    except MultipartError as error:
        raise Problem(
            400, "malformed-form", f"The body is no well-formed form: {error.args[0]}.", _HOW
        ) from error
    return films


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body in the pieces in which it arrives. Raises `ClientDisconnect` where it does not."""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if body := message.get("body", b""):
            yield body
        if not message.get("more_body", False):
            return


def _name(given: str | None) -> str:
    """A film's name without the folders of whoever sent it."""
    # Databases hold no character zero, and what is answered is what the history tells.
    name = (given or "").replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "\ufffd")
    return name[:_LONGEST_NAME] or "film"
