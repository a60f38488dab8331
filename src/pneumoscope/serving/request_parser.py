"""The parser of requests, for a server that speaks HTTP/1.1 and lets nobody change that.

Clients may offer another protocol with a request (`Upgrade`): some do with the first one on every
connection. A server that does not take the offer answers the request, body and all, as any other.
httptools ends its work at such a head, for whoever changes the protocol, and is begun anew here.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httptools

_OF_HEADS = ("on_message_begin", "on_url", "on_header", "on_headers_complete")
_EVENTS = (*_OF_HEADS, "on_body", "on_message_complete")
_FRAMING = (b"content-length", b"transfer-encoding")


class RequestParser:
    """Tells a connection of uvicorn's what httptools finds, in its place.

    `feed_data` raises what httptools raises, but for `HttpParserUpgrade`.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._in_framing = False
        self._use({})

    def _use(self, others: dict[str, Callable[..., None]]) -> None:
        """Begin with a parser of its own state, which calls the connection or `others`."""
        events = {name: getattr(self._connection, name) for name in _EVENTS}
        events |= others | {"on_message_complete": self._on_message_complete}
        self._parser = httptools.HttpRequestParser(SimpleNamespace(**events))
        # What comes after a request that closes is the connection's to throw away.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.get_http_version = self._parser.get_http_version
        self.get_method = self._parser.get_method
        self.should_keep_alive = self._parser.should_keep_alive
        self.should_upgrade = self._parser.should_upgrade

    def feed_data(self, data: bytes) -> None:
        """Read what came."""
        while data:
            try:
                self._parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                if framing := self._framing():
                    self._read_body(framing)

    def _framing(self) -> list[bytes]:
        """What the head that was read last says of its body, as lines of a head; none where it has
        no body."""
        return [
            name + b": " + value
            for name, value in self._connection.headers
            if name in _FRAMING and value.strip() != b"0"
        ]

    def _on_message_complete(self) -> None:
        # A body that was passed over is still to come.
        if not (self._parser.should_upgrade() and self._framing()):
            self._connection.on_message_complete()

    def _read_body(self, framing: list[bytes]) -> None:
        """Let another parser go on with the body: it is given a head that offers nothing."""
        self._use({name: self._unless_in_framing(name) for name in _OF_HEADS})
        self._in_framing = True
        try:
            self._parser.feed_data(b"\r\n".join([b"POST / HTTP/1.1", *framing, b"", b""]))
        finally:
            self._in_framing = False

    def _unless_in_framing(self, name: str) -> Callable[..., None]:
        event: Callable[..., None] = getattr(self._connection, name)

        def tell(*given: bytes) -> None:
            if not self._in_framing:
                event(*given)

        return tell
