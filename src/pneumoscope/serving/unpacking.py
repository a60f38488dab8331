"""Bodies that may be compressed, unpacked piece by piece and within the limits of bodies."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator

from starlette.requests import Request

from pneumoscope.serving.problems import Problem
from pneumoscope.serving.settings import MEBIBYTE
from pneumoscope.serving.uploads import body_of, unknown_encoding

# What zlib calls the two: deflate, in HTTP, is the format of zlib.
_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_STEP = 64 * 1024  # what is not consumed of a step is copied, so steps are small


async def unpacked_body(request: Request) -> bytes:
    """The body of a request, unpacked where its `Content-Encoding` says that it is packed.

    What is unpacked counts as if it had been sent. Raises `Problem` as the gate does, 400 for a
    body that is not packed as it says, and 415 for another encoding; and `ClientDisconnect`.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", *_WINDOW_BITS):
        raise unknown_encoding(encoding, tuple(_WINDOW_BITS))
    body = await body_of(request)
    if encoding == "identity":
        return body
    whole = []
    pieces = _unpacked(body, encoding)
    while piece := await asyncio.to_thread(next, pieces, b""):
        request.state.hold(len(piece))
        whole.append(piece)
    return b"".join(whole)


def _unpacked(packed: bytes, encoding: str) -> Iterator[bytes]:
    """What is packed, in pieces of a mebibyte at most. Raises `Problem` 400."""
    unpacker = zlib.decompressobj(_WINDOW_BITS[encoding])
    whole = memoryview(packed)
    for start in range(0, len(whole), _STEP):
        rest: bytes | memoryview = whole[start : start + _STEP]
        while rest:
            if unpacker.eof:
                raise _damaged(encoding, "something follows its end")
            try:
                piece = unpacker.decompress(rest, MEBIBYTE)
            except zlib.error as error:
                raise _damaged(encoding, str(error)) from error
            rest = unpacker.unconsumed_tail or unpacker.unused_data
            if piece:
                yield piece
    if piece := unpacker.flush():
        yield piece
    if not unpacker.eof:
        raise _damaged(encoding, "its end is missing")


def _damaged(encoding: str, reason: str) -> Problem:
    return Problem(
        400,
        "malformed-body",
        f"The body is not packed by {encoding}, as its Content-Encoding says: {reason}.",
        "Send it as it is, or packed by gzip or deflate (the format of zlib).",
    )
