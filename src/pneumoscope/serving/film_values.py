"""The values of a film as bytes, for viewers that apply windows themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from pneumoscope.imaging.values import FilmValues
from pneumoscope.serving.schemas import ValuesHead
from pneumoscope.wording import json_text

_PIECE = 2**20
_BYTE_VALUES = 256


def packed_values(film: FilmValues) -> Sequence[bytes | memoryview]:
    """A film's values in pieces of a mebibyte at most: the length of the head as four bytes, the
    head as JSON, the gray levels, and the values, all little-endian. Values begin at an even byte.
    """
    is_small = len(film.levels) <= _BYTE_VALUES
    values = film.values.astype(np.uint8 if is_small else "<u2", copy=False)
    height, width = values.shape
    head = ValuesHead(
        height=height,
        width=width,
        bytes_a_value=values.itemsize,
        levels=len(film.levels),
        slope=film.slope,
        intercept=film.intercept,
        inverse=film.inverse,
        hidden=film.hidden,
        windows=[dataclasses.asdict(window) for window in film.windows],
        pixel_spacing=film.pixel_spacing,
        rendering=film.tags.rendering,
    )
    text = json_text(head.model_dump()).encode()
    text += b" " * ((len(text) + len(film.levels)) % 2)
    content = np.ascontiguousarray(values).data.cast("B")
    return [
        len(text).to_bytes(4, "little") + text + film.levels.tobytes(),
        *(content[start : start + _PIECE] for start in range(0, len(content), _PIECE)),
    ]
