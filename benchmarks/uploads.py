"""Requests that upload films, no two of them the same bytes, and requests that only ask.

They are bytes that lie nearly ready, so that whoever sends them costs little.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

_BOUNDARY = b"pneumoscope-load"
_START_OF_JPEG = b"\xff\xd8"
_END = b"\r\n--" + _BOUNDARY + b"--\r\n"


def read_films(folder: Path, most: int = 500) -> list[bytes]:
    """At most so many JPEG films of a folder, evenly from all over it."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpeg", ".jpg"))
    films = [path.read_bytes() for path in paths[:: max(1, len(paths) // most)][:most]]
    if not films or not all(film.startswith(_START_OF_JPEG) for film in films):
        raise SystemExit(f"{folder} holds no JPEG films, or others that are called so.")
    return films


def new_films(films: list[bytes]) -> Iterator[bytes]:
    """Films in turn and without end, each with a comment segment that no other film has."""
    run, number = os.urandom(8), 0
    while True:
        text = run + number.to_bytes(8, "big")
        comment = b"\xff\xfe" + (2 + len(text)).to_bytes(2, "big") + text
        yield _START_OF_JPEG + comment + films[number % len(films)][2:]
        number += 1


def uploads(films: list[bytes], url: str) -> Iterator[bytes]:
    """Endless uploads of new films to a URL, each a form with one file."""
    part = (
        b"--%b\r\n"
        b'Content-Disposition: form-data; name="file"; filename="film.jpeg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n"
    ) % _BOUNDARY
    head = _head("POST", url) + (
        b"Content-Type: multipart/form-data; boundary=%b\r\nContent-Length: " % _BOUNDARY
    )
    for film in new_films(films):
        length = len(part) + len(film) + len(_END)
        yield b"%b%d\r\n\r\n%b%b%b" % (head, length, part, film, _END)


def questions(url: str) -> Iterator[bytes]:
    """Endless GET requests of a URL."""
    while True:
        yield _head("GET", url) + b"\r\n"


def _head(method: str, url: str) -> bytes:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode()
