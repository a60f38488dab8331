"""Load on a service: films sent over kept connections, as fast as it answers or at a fixed rate.

    python benchmarks/load.py FILMS http://127.0.0.1:8001/predict --clients 50 --seconds 10

Costs little beside the service that it measures, so that both can share a small machine: some 2 %
of a core at 200 films a second.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httptools
import numpy as np
import uvloop
from uploads import questions, read_films, uploads

_SECONDS_FOR_ANSWERS = 10.0
_MOST_CONNECTIONS = 1_000


@dataclass
class Load:
    """What came of a load: for each answered request its status, and seconds from when it was due
    to the last byte of its answer.

    `failed` connections ended without an answer, `unsent` requests had no free connection;
    `seconds` the load took by the clock, and `processor_seconds` of this process.
    """

    statuses: list[int] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    failed: int = 0
    unsent: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Films judged in a second."""
        return self.statuses.count(200) / self.seconds

    def quantile(self, share: float, *, status: int = 200) -> float:
        """Milliseconds within which this share of the requests with this status was answered."""
        chosen = np.array(self.latencies)[np.array(self.statuses) == status]
        return 1000 * float(np.quantile(chosen, share)) if len(chosen) else float("nan")

    def describe(self) -> str:
        counts = {f"{status}": count for status, count in sorted(Counter(self.statuses).items())}
        return (
            f"{self.rate:.1f} films/s, p50 {self.quantile(0.5):.0f} ms, "
            f"p95 {self.quantile(0.95):.0f} ms, p99 {self.quantile(0.99):.0f} ms; "
            f"statuses {counts}, {self.failed} failed, {self.unsent} unsent; "
            f"load itself {100 * self.processor_seconds / self.seconds:.1f} % of a core"
        )


def closed_loop(url: str, requests: Iterator[bytes], *, clients: int, seconds: float) -> Load:
    """So many clients, each sending its next request when its last one is answered.

    What is not answered at the end does not count, and a client that cannot connect is one less.
    """
    return uvloop.run(_closed_loop(url, requests, clients, seconds))


def open_loop(url: str, requests: Iterator[bytes], *, rate: float, seconds: float) -> Load:
    """So many requests a second on average, at random times (a Poisson process), whether or not
    earlier ones are answered.

    At most a thousand are under way; those that are due beyond that are `unsent`.
    """
    return uvloop.run(_open_loop(url, requests, rate, seconds))


def probes(url: str, *, seconds: float) -> Load:
    """Ten questions a second: how soon a service says that it is alive."""
    return open_loop(url, questions(url), rate=10, seconds=seconds)


class _Connection(asyncio.Protocol):
    """A connection with one request at a time; `done` is told when it is answered or has failed."""

    def __init__(self, load: Load, done: Callable[[_Connection], None]) -> None:
        self._load, self._done = load, done
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._due: float | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        if self._transport is None:  # it was closed as soon as it was open
            self.connection_lost(None)
        else:
            self._transport.write(request)

    def close(self) -> None:
        self._due = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # those of uvloop do not say so

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._due is None:
            return
        self._load.latencies.append(time.perf_counter() - self._due)
        self._load.statuses.append(self._parser.get_status_code())
        self._due = None
        if not self._parser.should_keep_alive():
            self.close()
        self._done(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._due is not None:
            self._due = None
            self._load.failed += 1
            self._done(self)


class _Connections:
    """All connections of a load to one service."""

    def __init__(self, url: str, load: Load, done: Callable[[_Connection], None]) -> None:
        parts = urlsplit(url)
        if parts.hostname != "127.0.0.1" or parts.port is None:
            raise SystemExit(f"Load is for a service at http://127.0.0.1:PORT, not for {url}.")
        self._port, self._load, self._done = parts.port, load, done
        self._opening: set[asyncio.Task[None]] = set()
        self._all: list[_Connection] = []

    def __len__(self) -> int:
        return len(self._opening) + len(self._all)

    def open_and_send(self, request: bytes, due: float) -> None:
        """Send a request on a new connection, as soon as that is open."""
        task = asyncio.create_task(self._open_and_send(request, due))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open_and_send(self, request: bytes, due: float) -> None:
        connection = _Connection(self._load, self._done)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: connection, "127.0.0.1", self._port
            )
        except OSError:
            self._load.failed += 1
            return
        self._all = [*(known for known in self._all if known.is_open), connection]
        connection.send(request, due)

    def close(self) -> None:
        for task in self._opening:
            task.cancel()
        for connection in self._all:
            connection.close()


async def _closed_loop(url: str, requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    load = Load()

    def send_next(connection: _Connection) -> None:
        if connection.is_open:
            connection.send(next(requests), time.perf_counter())
        else:
            connections.open_and_send(next(requests), time.perf_counter())

    connections = _Connections(url, load, send_next)
    with _timed(load):
        for _ in range(clients):
            connections.open_and_send(next(requests), time.perf_counter())
        await asyncio.sleep(seconds)
        connections.close()
    return load


async def _open_loop(url: str, requests: Iterator[bytes], rate: float, seconds: float) -> Load:
    load = Load()
    free: list[_Connection] = []
    connections = _Connections(url, load, free.append)
    sent = 0
    with _timed(load):
        gaps = random.Random(0)
        due = time.perf_counter()
        end = due + seconds
        while due < end:
            await asyncio.sleep(due - time.perf_counter())
            sent += 1
            while free and not free[-1].is_open:
                free.pop()
            if free:
                free.pop().send(next(requests), due)
            elif len(connections) < _MOST_CONNECTIONS:
                connections.open_and_send(next(requests), due)
            else:
                load.unsent += 1
            due += gaps.expovariate(rate)
    for _ in range(round(_SECONDS_FOR_ANSWERS / 0.1)):
        if len(load.statuses) + load.failed + load.unsent == sent:
            break
        await asyncio.sleep(0.1)
    load.failed = sent - len(load.statuses) - load.unsent
    connections.close()
    return load


@contextmanager
def _timed(load: Load) -> Iterator[None]:
    begin, processor = time.perf_counter(), time.process_time()
    yield
    load.seconds = time.perf_counter() - begin
    load.processor_seconds = time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("films", type=Path)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rate", type=float, help="requests a second, instead of clients")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    requests = uploads(read_films(arguments.films), arguments.url)
    if arguments.rate:
        load = open_loop(arguments.url, requests, rate=arguments.rate, seconds=arguments.seconds)
    else:
        load = closed_loop(
            arguments.url, requests, clients=arguments.clients, seconds=arguments.seconds
        )
    print(load.describe())


if __name__ == "__main__":
    main()
