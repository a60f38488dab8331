"""Ages of patients as files write them."""

from __future__ import annotations

import re

_YEARS_PER_UNIT = {"": 1.0, "Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def years(text: str | None) -> float | None:
    """Years from an age string such as `045Y`, `018M` or, against the standard of DICOM, `62`."""
    match = re.fullmatch(r"(\d{1,3})([DWMY]?)", text or "")
    return float(match[1]) * _YEARS_PER_UNIT[match[2]] if match else None
