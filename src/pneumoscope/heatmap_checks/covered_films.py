"""Films of which parts are covered: the lungs, all but the lungs, or the corners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Shares of the side. Lung fields are rough and findings may touch their rim, so fields are widened;
# they fade out, since a sharp black edge is a shape that no film has.
MARGIN = 0.04
FADE = 0.03
# Side markers lie in the corners, seldom more than a fifth of the side from the edge.
CORNER = 0.2

WHOLE_FILM = "whole film"
WITHOUT_LUNGS = "without lungs"
LUNGS_ONLY = "lungs only"
CORNERS_COVERED = "corners covered"


def everything(lungs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Keep the whole film."""
    return np.ones(lungs.shape, dtype=np.float32)


def only_lungs(lungs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Keep lung fields bool `(S, S)` widened by `MARGIN`, and fade out over `FADE`."""
    from scipy.ndimage import distance_transform_edt

    distance = distance_transform_edt(~lungs) / lungs.shape[0]
    kept: NDArray[np.float32] = np.clip(1 - (distance - MARGIN) / FADE, 0, 1).astype(np.float32)
    return kept


def all_but_lungs(lungs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Keep what `only_lungs` covers."""
    return 1 - only_lungs(lungs)


def all_but_corners(lungs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Cover squares of `CORNER` in the four corners, but no lung."""
    side = lungs.shape[0]
    reach = round(CORNER * side)
    kept = everything(lungs)
    for rows in (slice(reach), slice(side - reach, side)):
        for columns in (slice(reach), slice(side - reach, side)):
            kept[rows, columns] = lungs[rows, columns]
    return kept


@dataclass(frozen=True)
class Cover:
    """A way of covering films.

    `kept` takes the lung field of a film, bool `(S, S)`, to the share of each pixel that is left of
    the film, float32 `(S, S)` in 0 to 1. The rest is black, as where a film was collimated.
    """

    name: str
    description: str
    kept: Callable[[NDArray[np.bool_]], NDArray[np.float32]]

    def apply(self, image: NDArray[np.uint8], lungs: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """A film with its lung field as the network gets to see it: uint8 `(S, S)` all."""
        covered: NDArray[np.uint8] = np.rint(image * self.kept(lungs)).astype(np.uint8)
        return covered


COVERS = (
    Cover(WHOLE_FILM, "Nothing is covered.", everything),
    Cover(
        WITHOUT_LUNGS,
        f"The lung fields and {100 * MARGIN:.0f} % of the side around them are black.",
        all_but_lungs,
    ),
    Cover(
        LUNGS_ONLY,
        f"All but the lung fields and {100 * MARGIN:.0f} % of the side around them is black.",
        only_lungs,
    ),
    Cover(
        CORNERS_COVERED,
        f"The four corners, {100 * CORNER:.0f} % of the side each way, are black, but no lung is.",
        all_but_corners,
    ),
)
