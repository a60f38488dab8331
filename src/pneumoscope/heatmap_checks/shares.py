"""Shares with their intervals, in words."""

from __future__ import annotations

import math

from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import share


def share_text(interval: Interval) -> str:
    """A share in [0, 1] with its interval: `43.0 % (40.1 to 45.9)`; `nan` ends are left out."""
    if math.isnan(interval.low):
        return share(interval.value)
    return f"{share(interval.value)} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"
