"""Where maps speak for a class, on the network's square, and how much of that lies somewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmaps.mapper import Mapper
from pneumoscope.imaging.preprocessing import PreprocessConfig, place_heatmap


def positive_evidence(
    films: AssessedFilms,
    mapper: Mapper,
    config: PreprocessConfig,
    *,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """What speaks for each class, film by film: float32 `(C, S, S)`, zero elsewhere.

    Maps are enlarged to the square of `config` as for people (`place_heatmap`), and only then
    clipped at zero: cells without evidence against the class would look as if they had some for it.
    """
    square = (config.size, config.size)
    for rows in films.batches(batch_size, progress):
        for maps in mapper.maps(films.images[rows]):
            enlarged = np.stack([place_heatmap(cells, square, config) for cells in maps])
            yield np.maximum(enlarged, np.float32(0))


def share_inside(evidence: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """The share of positive evidence `(S, S)` inside a mask `(S, S)`; `nan` where there is none."""
    total = float(evidence.sum(dtype=np.float64))
    return float(evidence[mask].sum(dtype=np.float64)) / total if total > 0 else math.nan
