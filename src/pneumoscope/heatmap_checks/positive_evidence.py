"""Where maps speak for a class, on the network's square, and how much of that lies somewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pneumoscope.heatmap_checks.measure import Bench

if TYPE_CHECKING:
    from pneumoscope.heatmap_checks.assessed_films import AssessedFilms


def positive_evidence(bench: Bench, films: AssessedFilms) -> Iterator[NDArray[np.float32]]:
    """What speaks for each class, film by film: float32 `(C, S, S)`, zero elsewhere.

    Maps are enlarged as for people, and only then clipped at zero: cells without evidence against
    the class would look as if they had some for it.
    """
    for rows in films.batches(bench.batch_size, bench.progress):
        for maps in bench.mapper.maps(films.images[rows]):
            enlarged = np.stack([bench.enlarge(cells) for cells in maps])
            yield np.maximum(enlarged, np.float32(0))


def share_inside(evidence: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """The share of positive evidence `(S, S)` inside a mask `(S, S)`; `nan` where there is none."""
    total = float(evidence.sum(dtype=np.float64))
    return float(evidence[mask].sum(dtype=np.float64)) / total if total > 0 else math.nan
