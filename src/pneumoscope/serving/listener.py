"""The socket that the service is asked at, from its first connection to its last."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import sys

from pneumoscope.errors import PneumoscopeError

BACKLOG = 2_048
"""Connections that may wait to be accepted."""

_SO_ATTACH_FILTER = 26
# Classic BPF for segments of TCP: what to do, jumps where true and where false, and a number.
_PASS_OVER_NEW = (
    (0x30, 0, 0, 13),  # load the byte with the flags
    (0x45, 0, 1, 0x02),  # SYN, which begins a connection, or another one
    (0x06, 0, 0, 0),  # pass it over
    (0x06, 0, 0, 0xFFFF_FFFF),  # let it through, whole
)


def listen(host: str, port: int) -> socket.socket:
    """A socket that a server can be asked at; port 0 is any that is free.

    Raises `PneumoscopeError` where there is none, such as when another program has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
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


def turn_away(listener: socket.socket) -> None:
    """Let no more connections begin, before the socket is closed.

    Closing it resets the connections that wait to be accepted, and whatever was sent over them is
    lost. After this none is added to those. Who wants to connect gets no answer, tries again after
    a second, as TCP does, and then finds another server there, or that there is none.

    Only Linux can do so. Elsewhere connections go on to be accepted until the socket is closed.
    """
    if sys.platform != "linux":
        return
    rows = b"".join(struct.pack("=HBBI", *row) for row in _PASS_OVER_NEW)
    program = ctypes.create_string_buffer(rows)
    given = struct.pack("@HP", len(_PASS_OVER_NEW), ctypes.addressof(program))
    with contextlib.suppress(OSError):  # a sandbox that stands in for Linux, and lacks it
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, given)
