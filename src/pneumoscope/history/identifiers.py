"""Identifiers that are ordered by time: UUIDs of version 7 (RFC 9562), as 32 hexadecimal digits.

What was made later has the greater identifier, so that a table's key is also its order in time, and
the time of a record needs no column.
"""

from __future__ import annotations

import datetime
import re
import secrets

_NANOSECONDS = 1_000_000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_LATEST = 2**48 - 1
_FORM = re.compile("[0-9a-f]{32}")


def new_id(nanoseconds: int) -> str:
    """An identifier made at a time, in nanoseconds since 1970 as `time.time_ns` gives them.

    It holds the time to a quarter of a microsecond, and 62 random bits.
    """
    milliseconds, rest = divmod(nanoseconds, _NANOSECONDS)
    # The 12 bits behind the milliseconds hold the fraction of one (method 3 of section 6.2).
    fraction = (rest << 12) // _NANOSECONDS
    value = milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    return f"{value:032x}"


def is_id(text: str) -> bool:
    """Whether a text has the form of an identifier."""
    return _FORM.fullmatch(text) is not None


def made_at(identifier: str) -> datetime.datetime:
    """When an identifier was made: UTC, to the millisecond."""
    return _EPOCH + int(identifier[:12], 16) * _MILLISECOND


def first_id(moment: datetime.datetime) -> str:
    """What no identifier made at `moment`, which has a time zone, or later comes before, and each
    earlier one does."""
    milliseconds = -((_EPOCH - moment) // _MILLISECOND)  # rounded up
    return f"{min(max(milliseconds, 0), _LATEST):012x}" + 20 * "0"
