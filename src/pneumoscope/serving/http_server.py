"""The server: uvicorn, with an end at which nobody who was let in is left without an answer."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import uvicorn

from pneumoscope.errors import PneumoscopeError
from pneumoscope.serving.app import make_app
from pneumoscope.serving.connections import connections_of
from pneumoscope.serving.listener import BACKLOG, turn_away
from pneumoscope.serving.open_files import allow_connections
from pneumoscope.serving.service import Service

_SWITCH_SECONDS = 0.001
QUIET_SECONDS = 0.5
"""At the end, connections that send nothing for so long are closed."""


class Server(uvicorn.Server):
    """Uvicorn's server, which at its end lets clients finish.

    A connection that stays open between requests may bring the next one at any time, also when it
    is about to be closed: that request would be lost. So the end begins with telling clients to
    close (`Connection: close`), while whatever they send is still answered. `ready` is called once
    requests are answered.
    """

    def __init__(self, config: uvicorn.Config, service: Service, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._service = service
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # Where the service cannot begin, some versions end the process here, others return.
        with contextlib.suppress(SystemExit):
            await super().startup(sockets)
        if not self.started:
            raise PneumoscopeError("The service could not start.", "What is told above says why.")
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.draining = True
        for listener in sockets or []:
            turn_away(listener)
        await asyncio.sleep(QUIET_SECONDS)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn's own lets the process die of the signal in the end, as if it had failed.
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve_at(listener: socket.socket, service: Service, ready: Callable[[], None]) -> None:
    """Answer requests until the process is told to end (SIGTERM, or Ctrl-C); `ready` is called when
    that begins.

    Raises `PneumoscopeError` where it could not begin, and `KeyboardInterrupt` where requests were
    given up, on another Ctrl-C.
    """
    settings = service.settings
    allow_connections(settings.limits.connections)
    config = uvicorn.Config(
        make_app(service),
        http=connections_of(service),
        access_log=False,  # ours tells as much, and no names
        log_config=None,
        server_header=False,
        # Without proxies, whoever asks could say to be somebody else.
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        ws="none",
        backlog=BACKLOG,
        timeout_graceful_shutdown=round(settings.shutdown_seconds),
        timeout_keep_alive=30,
    )
    # Threads that compute hand over to the one that answers after 1 ms, and not 5.
    sys.setswitchinterval(_SWITCH_SECONDS)
    server = Server(config, service, ready)
    server.run(sockets=[listener])
    if server.force_exit:
        raise KeyboardInterrupt
