"""The outer layer of protobuf messages: just enough to find and append fields without a schema.

The wire format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

MAX_FIELDS = 10_000
MAX_VARINT_BYTES = 10
MAX_TAG = 2**32 - 1


class BrokenMessageError(ValueError):
    """The bytes are not a protobuf message; says where and why."""


class WireField(NamedTuple):
    """A field spans `start:end` of its message; the content of a `BYTES` field, `payload:end`."""

    number: int
    wire_type: int
    start: int
    payload: int
    end: int


def fields(
    data: bytes, start: int = 0, end: int | None = None, *, limit: int = MAX_FIELDS
) -> Iterator[WireField]:
    """Walk over the fields of the message in `data[start:end]`, without looking inside them.

    Raises `BrokenMessageError` where the bytes are no field, and after `limit` fields, so that
    hostile bytes cost no more than honest ones.
    """
    position = start
    end = len(data) if end is None else end
    for _ in range(limit):
        if position == end:
            return
        tag, payload = _read_varint(data, position, end)
        if tag > MAX_TAG:
            # Readers that keep 32 bits would see another field than we do.
            raise BrokenMessageError(f"byte {position} does not begin a field")
        number, wire_type = tag >> 3, tag & 7
        if wire_type == BYTES:
            length, payload = _read_varint(data, payload, end)
            stop = payload + length
        elif wire_type == VARINT:
            _, stop = _read_varint(data, payload, end)
        elif wire_type in (FIXED64, FIXED32):
            stop = payload + (8 if wire_type == FIXED64 else 4)
        else:
            raise BrokenMessageError(f"byte {position} does not begin a field")
        if number == 0:
            raise BrokenMessageError(f"byte {position} does not begin a field")
        if stop > end:
            raise BrokenMessageError(f"the field at byte {position} runs past the end")
        yield WireField(number, wire_type, position, payload, stop)
        position = stop
    raise BrokenMessageError(f"it has more than {limit} fields")


def bytes_field(number: int, payload: bytes) -> bytes:
    """A `BYTES` field (text, bytes or a nested message), ready to append. `number` is below 16."""
    return bytes([number << 3 | BYTES]) + _varint(len(payload)) + payload


def _read_varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """The number at `position`, seven bits a byte, low bits first; and the position after it."""
    value = 0
    for index in range(position, min(position + MAX_VARINT_BYTES, end)):
        value |= (data[index] & 0x7F) << 7 * (index - position)
        if data[index] < 0x80:
            return value, index + 1
    raise BrokenMessageError(f"the number at byte {position} does not end")


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
