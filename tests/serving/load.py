"""Clients that keep a service busy, and account for each of their requests."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Any, Self

from film_files import gray_film, picture

_SECONDS = 120.0
_FILM = picture(gray_film(48, 48), "JPEG")


@dataclass(frozen=True)
class Answer:
    """What came back for the film of a number, in `seconds`."""

    number: int
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @cached_property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def identifier(self) -> str:
        """The id of the record of a film that was read."""
        (film,) = self.document["films"]
        return film["id"]  # type: ignore[no-any-return]


class Load:
    """`clients` threads that send film after film in the block of a `with`; at its end they finish
    what they have begun. Each keeps its connection open or, without `keep_alive`, makes a new one
    for each film.

    They stop by themselves `until` a number, and where nobody listens any more. `answers` are all
    that came, and `lost` tells of the requests that were sent and never answered.
    """

    def __init__(
        self,
        port: int,
        clients: int = 20,
        *,
        query: str = "",
        first: int = 0,
        keep_alive: bool = True,
        until: Callable[[int], bool] = lambda number: False,
    ) -> None:
        self.answers: list[Answer] = []
        self.lost: list[str] = []
        self._port, self._query, self._until = port, query, until
        self._keep_alive = keep_alive
        self._numbers = itertools.count(first)
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._client) for _ in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self.join()

    def join(self) -> None:
        """Wait until all clients have stopped."""
        for thread in self._threads:
            thread.join()

    def wait_for(self, answers: int) -> None:
        """Wait until there are so many answers."""
        end = time.monotonic() + _SECONDS
        while len(self.answers) < answers:
            assert time.monotonic() < end, f"{len(self.answers)} answers; lost: {self.lost}"
            assert any(thread.is_alive() for thread in self._threads), self.lost
            time.sleep(0.01)

    @property
    def read(self) -> list[Answer]:
        """The answers with a finding."""
        return [answer for answer in self.answers if answer.status == 200]

    def _client(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_SECONDS)
        while not self._ended.is_set() and not self._until(number := next(self._numbers)):
            if connection.sock is None:
                try:
                    connection.connect()
                except OSError:  # nobody listens
                    break
            try:
                self.answers.append(self._send(connection, number))
            except (HTTPException, OSError) as error:
                self.lost.append(f"{number}: {error!r}")
                connection.close()
            if not self._keep_alive:
                connection.close()
        connection.close()

    def _send(self, connection: HTTPConnection, number: int) -> Answer:
        begin = time.monotonic()
        path = f"/v1/predictions?name={number}.jpeg&{self._query}"
        connection.request("POST", path, numbered_film(number), {"Content-Type": "image/jpeg"})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        body = answer.read()
        return Answer(number, answer.status, headers, body, time.monotonic() - begin)


def numbered_film(number: int) -> bytes:
    """A small film that differs from those of other numbers in a comment, and in nothing else."""
    comment = b"film %d" % number
    return _FILM[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + _FILM[2:]
