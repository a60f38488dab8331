"""What every metric asks of its arrays, said once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


_ROUNDING = 1e-4  # of the sum of a film's probabilities


def check_labels(y_true: npt.ArrayLike, classes: int) -> Integers:
    """`y_true` as int64 `(N,)`, N > 0, every label in `0 .. classes - 1`; else `DatasetError`."""
    labels = np.asarray(y_true)
    if labels.ndim != 1 or labels.size == 0:
        raise DatasetError(f"Labels must be a list of at least one, got the shape {labels.shape}.")
    if not np.issubdtype(labels.dtype, np.integer):
        raise DatasetError(f"Labels must be class indices, got values of type {labels.dtype}.")
    if labels.min() < 0 or labels.max() >= classes:
        raise DatasetError(
            f"Labels must lie in 0 to {classes - 1}, got {labels.min()} to {labels.max()}."
        )
    return labels.astype(np.int64)


def check_scores(scores: npt.ArrayLike, films: int | None = None) -> Floats:
    """`scores` as finite float64 `(N, C)` with C >= 2, N equal to `films`; else `DatasetError`."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] == 0 or table.shape[1] < 2:
        raise DatasetError(
            f"Scores must be a table of films by two or more classes, got the shape {table.shape}."
        )
    if films is not None and table.shape[0] != films:
        raise DatasetError(f"There are {table.shape[0]} rows of scores for {films} labels.")
    if not np.isfinite(table).all():
        rows = int((~np.isfinite(table)).any(axis=1).sum())
        raise DatasetError(f"The scores of {rows} films are not finite numbers.")
    return table


def check_probabilities(probabilities: npt.ArrayLike, films: int | None = None) -> Floats:
    """As `check_scores`, with every row in 0 to 1 and summing to one; else `DatasetError`."""
    table = check_scores(probabilities, films)
    if table.min() < 0 or np.abs(table.sum(axis=1) - 1.0).max() > _ROUNDING:
        raise DatasetError(
            "Probabilities must lie between 0 and 1 and sum to one for every film.",
            "Turn logits into probabilities with softmax first.",
        )
    return table
