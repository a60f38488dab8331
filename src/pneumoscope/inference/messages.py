"""What goes between a command and the processes that decode films for it: JSON, then bytes.

Nothing is unpickled: what comes from a decoder that a film got the better of is data at most.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

_LENGTHS = struct.Struct("<IQ")


class BrokenMessageError(Exception):
    """A message that is none, or is longer than the limit."""


def send(stream: BinaryIO, header: dict[str, Any], *content: bytes | memoryview) -> None:
    """Write a message, its content in parts. Raises `OSError` where nobody reads it."""
    text = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(text), sum(map(len, content))) + text)
    for part in content:
        stream.write(part)
    stream.flush()


def receive(stream: BinaryIO, max_header: int, max_content: int) -> tuple[dict[str, Any], bytes]:
    """Read a message of at most so many bytes.

    Raises `EOFError` where the stream ends before one does, and `BrokenMessageError`.
    """
    start = stream.read(_LENGTHS.size)
    if len(start) < _LENGTHS.size:
        raise EOFError
    header_size, content_size = _LENGTHS.unpack(start)
    if header_size > max_header or content_size > max_content:
        raise BrokenMessageError(
            f"it gave {header_size + content_size:,} bytes, more than the limit of {max_content:,}"
        )
    text, content = stream.read(header_size), stream.read(content_size)
    if len(text) + len(content) < header_size + content_size:
        raise EOFError
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenMessageError("it is no message") from error
    if not isinstance(header, dict):
        raise BrokenMessageError("it is no message")
    return header, content
