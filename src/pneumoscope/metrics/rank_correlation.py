"""How well two maps agree on what counts more and what counts less."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.weighted import ratio

# Where words for it change. Its square says that below 0.3 one map tells less than a tenth of the
# other, from 0.7 half of it, from 0.9 four fifths.
UNLIKE, HALF_ALIKE, NEARLY_THE_SAME = 0.3, 0.7, 0.9


def rank_correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Spearman's rank correlation of each row of `first` with that of `second`.

    Both are `(N, K)`, the result is float64 `(N,)` in -1 to 1. Ties get their average rank. A row
    without any spread, or with a `nan`, has no order to compare: its result is `nan`. Raises
    `DatasetError` unless both have one shape, with at least one column.
    """
    # Takes half a second, so it waits until there is something to rank.
    from scipy.stats import rankdata

    tables = [np.asarray(values, dtype=np.float64) for values in (first, second)]
    shape = tables[0].shape
    if len(shape) != 2 or shape[1] == 0 or tables[1].shape != shape:
        raise DatasetError(
            f"Ranks are compared between two tables of one shape, got {shape} and "
            f"{tables[1].shape}."
        )
    # Average ranks are halves, and so is their mean: rows without spread become exactly zero.
    ours, theirs = (rankdata(values, axis=1) - (shape[1] + 1) / 2 for values in tables)
    spread = np.sqrt((ours**2).sum(axis=1) * (theirs**2).sum(axis=1))
    correlation: Floats = ratio((ours * theirs).sum(axis=1), spread).clip(-1.0, 1.0)
    return correlation
