"""Networks that have not learned are no models."""

from __future__ import annotations

import numpy as np
import pytest

from pneumoscope.errors import TrainingError
from pneumoscope.export.divergence import check_that_it_learned

NAMES = ("A", "B", "C")


def answers(films: int, classes: int, skill: float) -> tuple[np.ndarray, np.ndarray]:
    """Random logits that tell the classes of so many films apart by `skill`."""
    rng = np.random.default_rng(0)
    y_true = np.arange(films) % classes
    logits = rng.normal(size=(films, classes)) + skill * np.eye(classes)[y_true]
    return logits.astype(np.float32), y_true


@pytest.mark.parametrize("classes", [2, 3])
def test_what_was_learned_passes(classes: int) -> None:
    check_that_it_learned(*answers(600, classes, 1.0), NAMES[:classes])
    # With few films nobody can tell.
    check_that_it_learned(*answers(12, classes, 0.0), NAMES[:classes])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda logits: logits * 6e8, "values of up to"),
        (lambda logits: logits * np.nan, "not numbers"),
        (lambda logits: logits * 0 + [[1, 2, 3][: logits.shape[1]]], "the same answer"),
        (lambda logits: logits.mean(axis=1, keepdims=True) + 0 * logits, "the same answer"),
        (lambda logits: np.random.default_rng(1).permutation(logits), "0.5 is chance"),
    ],
)
def test_what_was_not_learned_is_refused(classes: int, spoil, reason: str) -> None:
    logits, y_true = answers(3_000, classes, 1.0)
    with pytest.raises(TrainingError, match=reason) as caught:
        check_that_it_learned(spoil(logits).astype(np.float32), y_true, NAMES[:classes])
    assert "the run is kept" in caught.value.message
    assert "optimizer.lr" in caught.value.hint
