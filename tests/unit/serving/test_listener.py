"""The socket of the service: where it listens, and how it stops."""

from __future__ import annotations

import socket
import sys

import pytest

from pneumoscope.errors import PneumoscopeError
from pneumoscope.serving.listener import address, listen, turn_away


def test_an_address_that_is_taken_is_told() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert address(listener) == f"http://127.0.0.1:{port}"
        with pytest.raises(PneumoscopeError, match=f"port {port}: Address already in use"):
            listen("127.0.0.1", port)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can pass over new connections")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_connections_that_have_begun_can_still_be_accepted_and_no_others_begin(host: str) -> None:
    try:
        listener = listen(host, 0)
    except PneumoscopeError as error:
        pytest.skip(f"there is no {host} here: {error.message}")
    with listener:
        place = listener.getsockname()[:2]
        with socket.create_connection(place) as early:
            early.sendall(b"before")
            turn_away(listener)
            with pytest.raises(TimeoutError):
                socket.create_connection(place, timeout=0.3)
            early.sendall(b" and after" + bytes(50_000))
            accepted, _ = listener.accept()
            with accepted:
                listener.setblocking(False)
                with pytest.raises(BlockingIOError):
                    listener.accept()
                listener.close()
                received = b""
                while len(received) < 50_016:
                    received += accepted.recv(2**20)
                assert received.startswith(b"before and after\0")
                accepted.sendall(b"answer")
                assert early.recv(6) == b"answer"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place)
