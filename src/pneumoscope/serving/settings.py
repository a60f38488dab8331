"""What a service is started with."""

from __future__ import annotations

from dataclasses import dataclass, field

from pneumoscope.imaging.film import ReadLimits
from pneumoscope.inference.isolated_process import WorkerLimits

MEBIBYTE = 2**20


def worker_limits(reading: ReadLimits) -> WorkerLimits:
    """What a process takes that decodes films of up to `max_pixels`, two bytes each."""
    output = max(WorkerLimits.max_output, 2 * reading.max_pixels + MEBIBYTE)
    # Starting a process takes time from the films of others, so it is used for many.
    return WorkerLimits(max_output=output, max_films=20_000)


@dataclass(frozen=True)
class ServiceLimits:
    """What one client, one request and all of them together may take.

    `body` bytes of one request, `held` bytes of all bodies that are held at once; `films` in one
    request; `waiting` films that wait or are read at once, `seconds` until a body has arrived and,
    again, until it is answered; `pictures` that wait to be made, beside those that are being made;
    `rate` requests a second for one client on average, and `burst` of them at once (a rate of 0 is
    no limit); `connections` that are open at once, `header_seconds` until the head of a request has
    arrived. `reading` and `worker` are those of reading a film.
    """

    body: int = 128 * MEBIBYTE
    held: int = 512 * MEBIBYTE
    films: int = 64
    waiting: int = 64
    seconds: float = 60.0
    pictures: int = 32
    rate: float = 100.0
    burst: int = 200
    connections: int = 1_000
    header_seconds: float = 20.0
    reading: ReadLimits = field(default_factory=lambda: ReadLimits(max_bytes=128 * MEBIBYTE))
    worker: WorkerLimits = field(default_factory=lambda: worker_limits(ReadLimits()))


@dataclass(frozen=True)
class ServiceSettings:
    """How a service works.

    `hosts` are the names by which it may be asked (a `Host` header with another name is refused;
    none: every name), `origins` those of other pages that may use it (CORS), `root_path` the path
    below which a proxy shows it; `proxies` are addresses and networks whose `X-Forwarded-For` and
    `X-Forwarded-Proto` are believed. `batch` films go through the network at once at most,
    `inferring` threads run it, each on one core, and `workers` processes decode, and as many
    more for pictures. `look_up`: the same film with the same model is answered from the history.
    `prevalence` is the share of findings that answers are for where a request states none.
    `auth`: clients need a token; without, `open_to_all` says that clients elsewhere, whom a proxy
    lets in, are meant too. `secure_cookies`: the page's cookie goes over https alone.
    `shutdown_seconds` are left to requests that are under way when the service is told to end.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    root_path: str = ""
    proxies: tuple[str, ...] = ()
    batch: int = 2
    inferring: int = 2
    workers: int = 2
    look_up: bool = True
    prevalence: float | None = None
    auth: bool = False
    open_to_all: bool = False
    secure_cookies: bool = False
    shutdown_seconds: float = 30.0
    limits: ServiceLimits = field(default_factory=ServiceLimits)
