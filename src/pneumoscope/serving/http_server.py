"""The server: uvicorn, with an end at which nobody who was let in is left without an answer."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

from pneumoscope.errors import PneumoscopeError
from pneumoscope.serving.app import make_app
from pneumoscope.serving.connections import connections_of
from pneumoscope.serving.service import Service

_BACKLOG = 2_048
_QUIET_SECONDS = 0.5
"""At the end, connections that send nothing for so long are closed."""


class Server(uvicorn.Server):
    """Uvicorn's server, which at its end lets clients finish.

    A connection that stays open between requests may bring the next one at any time, also when it
    is about to be closed: that request would be lost. So the end begins with telling clients to
    close (`Connection: close`), while whatever they send is still answered.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.draining = True
        for server in self.servers:
            server.close()
        await asyncio.sleep(_QUIET_SECONDS)
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A socket that a server can be asked at; port 0 is any that is free.

    Raises `PneumoscopeError` where there is none, such as when another program has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PneumoscopeError(
            f"The service cannot listen at {host}, port {port}: {error.strerror or error}.",
            "Choose another one with --port, or --port 0 for any that is free.",
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """Where a browser finds a server that listens there: `http://127.0.0.1:8000`."""
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def serve_at(listener: socket.socket, service: Service) -> None:
    """Answer requests until the process is told to end (SIGTERM, or Ctrl-C)."""
    settings = service.settings
    config = uvicorn.Config(
        make_app(service),
        http=connections_of(service),
        access_log=False,  # ours tells as much, and no names
        log_config=None,
        server_header=False,
        ws="none",
        backlog=_BACKLOG,
        timeout_graceful_shutdown=round(settings.shutdown_seconds),
        timeout_keep_alive=30,
    )
    Server(config, service).run(sockets=[listener])
