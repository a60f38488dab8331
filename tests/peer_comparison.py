"""Is a film, as we read it, what other programs show? A verdict for each film."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peer_renderings import Rendering

LEVELS = 2
_SHARE = 0.995
_TURNED = "as it lies in the file"


@dataclass(frozen=True)
class Likeness:
    """How near a film comes to one rendering: `kind` is `right`, `contrast` or `differs`.

    `contrast` is the same picture at other levels: a rendering that `read_image` does not promise,
    or that agrees after a rising straight line.
    """

    kind: str
    note: str
    difference: float
    correlation: float


_RANK = ("right", "contrast", "differs")


def nearest(pixels: NDArray[np.uint8], renderings: list[Rendering], lossy: bool) -> Likeness | None:
    """The best of the likenesses; `None` where there is nothing to compare with.

    `lossy` allows for decoders' own ways to round and to enlarge colours.
    """
    found = [
        _likeness(pixels, turned, rendering, note, lossy)
        for rendering in renderings
        for turned, note in _orientations(pixels, rendering)
    ]
    order = sorted(found, key=lambda one: (_RANK.index(one.kind), len(one.note), one.difference))
    return order[0] if order else None


def _orientations(
    pixels: NDArray[np.uint8], rendering: Rendering
) -> Iterator[tuple[NDArray[np.float32], str]]:
    """A rendering as it is, and turned in the seven other ways that EXIF knows."""
    for name, plane in (("", rendering.pixels), ("transposed", rendering.pixels.T)):
        for rows, columns in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
            turned = plane[::rows, ::columns]
            upright = not name and rows == columns == 1
            if turned.shape == pixels.shape:
                yield turned, "" if upright else _TURNED


def _likeness(
    pixels: NDArray[np.uint8],
    theirs: NDArray[np.float32],
    rendering: Rendering,
    turned: str,
    lossy: bool,
) -> Likeness:
    ours = pixels.astype(np.float32)
    difference = float(np.abs(ours - theirs).mean())
    correlation = _correlation(ours, theirs)
    same = _agree(ours, theirs) or (lossy and difference <= 1 and correlation >= 0.995)
    notes = [turned] if turned else []
    if same:
        kind = "right" if rendering.promised else "contrast"
        notes += [] if rendering.promised else [rendering.name]
    elif (line := _line(ours, theirs)) is not None:
        kind = "contrast"
        notes.append(f"{rendering.name} x {line[0]:.3g} {line[1]:+.3g}")
    else:
        kind = "differs"
        notes.append(rendering.name)
    return Likeness(kind, ", ".join(notes), difference, correlation)


def _agree(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> bool:
    near = np.abs(ours - theirs) <= LEVELS + 0.5
    return bool(near.mean() >= _SHARE)


def _line(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> tuple[float, float] | None:
    """Slope (above 0) and intercept that turn `theirs` into `ours`, clipped at black and white."""
    inner = (ours > 0) & (ours < 255) & (theirs > 0) & (theirs < 255)
    if inner.sum() < 50 or np.ptp(theirs[inner]) < 2:
        return None
    slope, intercept = np.polyfit(theirs[inner].astype(np.float64), ours[inner], 1)
    fitted = np.clip(theirs * slope + intercept, 0, 255)
    return (slope, intercept) if slope > 0 and _agree(ours, fitted) else None


def _correlation(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    if ours.size < 2 or not (np.ptp(ours) > 0 and np.ptp(theirs) > 0):
        return float("nan")
    return float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])
