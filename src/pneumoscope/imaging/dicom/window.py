"""Windows of DICOM: which stretch of values becomes black to white."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pneumoscope.imaging.intensity import Levels, scale_to_bytes

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


def is_possible(width: float, function: str) -> bool:
    """Whether the standard allows this width for the function."""
    return width >= 1 if function == "LINEAR" else width > 0


def apply_window(
    values: Levels, centre: float, width: float, function: str = "LINEAR"
) -> NDArray[np.uint8]:
    """Map values through a DICOM window to 0..255 (PS3.3, C.11.2.1.2 and C.11.2.1.3).

    `function` is `LINEAR`, `LINEAR_EXACT` or `SIGMOID`. Raises `ValueError` for another, or for a
    `width` below 1 (`LINEAR`) or not above 0 (the others).
    """
    if function not in FUNCTIONS:
        raise ValueError(f"the unknown VOI LUT function {function!r}")
    if not is_possible(width, function):
        raise ValueError(f"a window of width {width:g}")
    if function == "SIGMOID":
        # 1 / (1 + exp(-4 (x - centre) / width)), written so that it cannot overflow.
        curve = np.tanh(2 * (np.asarray(values, dtype=np.float64) - centre) / width)
        return scale_to_bytes(curve, -1, 1)
    if function == "LINEAR_EXACT":
        return scale_to_bytes(values, centre - width / 2, centre + width / 2)
    if width == 1:
        return np.where(values > centre - 0.5, 255, 0).astype(np.uint8)
    return scale_to_bytes(values, centre - width / 2, centre + width / 2 - 1)
