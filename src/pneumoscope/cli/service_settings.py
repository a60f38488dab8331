"""What `pneumoscope serve` was given as settings of a service."""

from __future__ import annotations

from pneumoscope.cli.addresses import is_local
from pneumoscope.cores import threads
from pneumoscope.imaging.film import ReadLimits
from pneumoscope.serving.settings import ServiceLimits, ServiceSettings, worker_limits

# By which browsers on this machine ask for it; a page elsewhere that has its name lead here (DNS
# rebinding) asks by that name.
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_MEBIBYTE = 2**20
_MILLION = 1_000_000


def settings_of(
    *,
    auth: bool,
    open_to_all: bool,
    host: str,
    proxies: tuple[str, ...],
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    root_path: str,
    secure_cookies: bool,
    max_body: int,
    max_pixels: int,
    queue: int,
    timeout: float,
    connections: int,
    rate: float,
    batch_size: int,
    workers: int | None,
    no_look_up: bool,
    shutdown_seconds: float,
    prevalence: float | None,
) -> ServiceSettings:
    """The settings that options of the command stand for, by their names there. `auth`: clients
    need a token; `open_to_all`: it was said that nobody does."""
    body = max_body * _MEBIBYTE
    own = f"[{host}]" if ":" in host else host.lower()
    reading = ReadLimits(max_bytes=body, max_pixels=max_pixels * _MILLION)
    return ServiceSettings(
        hosts=(*map(str.lower, hosts), *_LOCAL_NAMES, own) if hosts or is_local(host) else (),
        origins=origins,
        proxies=proxies,
        root_path=f"/{root_path.strip('/')}" if root_path.strip("/") else "",
        batch=batch_size,
        inferring=threads(),
        workers=workers or threads(),
        look_up=not no_look_up,
        auth=auth,
        open_to_all=open_to_all,
        secure_cookies=secure_cookies,
        prevalence=prevalence,
        shutdown_seconds=shutdown_seconds,
        limits=ServiceLimits(
            body=body,
            held=4 * body,
            waiting=queue,
            seconds=timeout,
            header_seconds=min(timeout, ServiceLimits.header_seconds),
            connections=connections,
            rate=rate,
            burst=max(1, round(2 * rate)),
            reading=reading,
            worker=worker_limits(reading),
        ),
    )
