"""A bench to take measures on: all films are drawn, and the generator is always the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmap_checks.measure import Bench
from pneumoscope.heatmaps.mapper import GraphMapper, Mapper
from pneumoscope.inference.predictor import Predictor


def bench(
    films: AssessedFilms,
    predictor: Predictor,
    mapper: Mapper | None = None,
    *,
    seed: int = 0,
    replicates: int = 50,
    **settings: Any,
) -> Bench:
    """`settings` are other fields of a `Bench`."""
    fields: dict[str, Any] = {"some": films, "model": None} | settings
    return Bench(
        films=films,
        predictor=predictor,
        mapper=mapper or GraphMapper(predictor),
        rng=np.random.default_rng(seed),
        replicates=replicates,
        **fields,
    )
