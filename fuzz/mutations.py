"""Ways to damage a file, each drawn from a random number generator alone."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Sequence

Mutation = Callable[[random.Random, bytes, bytes, Sequence[bytes]], bytes]
"""From the generator, a file, another one, and marks that files of the kind hold."""

_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST = 2**20
_NUMBERS = (0, 1, 2, 7, 8, 16, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 2**16, 2**24)
_LARGE_NUMBERS = (2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1)


def _place(rng: random.Random, data: bytes) -> int:
    """Headers decide most, and lie at the beginning: half of the places are near to it."""
    return int(len(data) * rng.random() ** rng.choice((1, 4)))


def _flip_bits(rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        changed[_place(rng, data)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _set_bytes(rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        changed[_place(rng, data)] = rng.randrange(256)
    return bytes(changed)


def _set_number(rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]) -> bytes:
    """What may be a length, a count or a place becomes another, in either byte order."""
    code = rng.choice("HIQ")
    layout = rng.choice("<>") + code
    size = struct.calcsize(layout)
    near = [len(data) + step for step in (-1, 0, 1)]
    number = rng.choice((*_NUMBERS, *_LARGE_NUMBERS, *near)) % 256**size
    start = _place(rng, data)
    return data[:start] + struct.pack(layout, number) + data[start + size :]


def _set_mark(rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]) -> bytes:
    mark, start = rng.choice(marks), _place(rng, data)
    return data[:start] + mark + data[start + rng.choice((0, len(mark))) :]


def _splice(rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]) -> bytes:
    return data[: _place(rng, data)] + other[_place(rng, other) :]


def _cut(rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]) -> bytes:
    return data[: _place(rng, data)]


def _leave_out(rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]) -> bytes:
    start = _place(rng, data)
    return data[:start] + data[start + rng.randint(1, 64) :]


def _repeat(rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]) -> bytes:
    start = _place(rng, data)
    part = data[start : start + rng.randint(1, 256)]
    return (data[:start] + part * rng.randint(2, 200) + data[start + len(part) :])[:_LONGEST]


MUTATIONS: dict[str, Mutation] = {
    "bits flipped": _flip_bits,
    "bytes set": _set_bytes,
    "a number set": _set_number,
    "a mark set": _set_mark,
    "spliced": _splice,
    "cut": _cut,
    "bytes left out": _leave_out,
    "bytes repeated": _repeat,
}


def mutated(
    rng: random.Random, data: bytes, other: bytes, marks: Sequence[bytes]
) -> tuple[bytes, str]:
    """A damaged file, and the names of what was done to it."""
    names = rng.choices(list(MUTATIONS), k=rng.choice((1, 1, 2, 3)))
    for name in names:
        data = MUTATIONS[name](rng, data, other, marks) if data else data
    if data.startswith(_PNG) and rng.random() < 0.7:
        names.append("check sums put right")
        data = _with_check_sums(data)
    return data, ", ".join(names)


def _with_check_sums(png: bytes) -> bytes:
    """A PNG file whose chunks have the check sums of what they hold, so that they are looked at."""
    changed, position = bytearray(png), len(_PNG)
    while position + 12 <= len(png):
        end = position + 8 + int.from_bytes(png[position : position + 4])
        if end + 4 > len(png):
            break
        changed[end : end + 4] = struct.pack(">I", zlib.crc32(png[position + 4 : end]))
        position = end + 4
    return bytes(changed)
