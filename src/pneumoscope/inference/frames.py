"""Predictions of many films as one table, for pandas and Arrow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pneumoscope.errors import needs_extra
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.prediction import Prediction

if TYPE_CHECKING:
    import pandas
    import pyarrow

Outcomes = Iterable[Prediction | UnreadableFilm]


def to_pandas(outcomes: Outcomes, operating_point: str = "balanced") -> pandas.DataFrame:
    """What `predict_many` yields, as a data frame with a row for each film, in order.

    Columns are those of `predict --csv` that a prediction knows: `film`, `finding`,
    `class_of_interest`, `probability`, `threshold`, `probability_CLASS` for each class,
    `milliseconds`, `error`, `warnings`, `model`, `graph_sha256`, `operating_point`, `prevalence`.
    Of a film that could not be read, `error` says why, and most others are missing.

    Raises `MissingExtraError` without pandas, and `PneumoscopeError` as `Prediction.decide`.
    """
    with needs_extra("A data frame of predictions", "data"):
        import pandas
    return pandas.DataFrame(_columns(outcomes, operating_point))


def to_arrow(outcomes: Outcomes, operating_point: str = "balanced") -> pyarrow.Table:
    """As `to_pandas`, as a table of Arrow. Raises `MissingExtraError` without pyarrow."""
    with needs_extra("An Arrow table of predictions", "data"):
        import pyarrow
    return pyarrow.table(_columns(outcomes, operating_point))


def _columns(outcomes: Outcomes, operating_point: str) -> dict[str, list[Any]]:
    rows = [
        {"film": outcome.path, "error": outcome.reason}
        if isinstance(outcome, UnreadableFilm)
        else _row(outcome, operating_point)
        for outcome in outcomes
    ]
    # Where no film could be read, it is not known which classes there are.
    names = max((list(row) for row in rows), key=len, default=["film"])
    return {name: [row.get(name) for row in rows] for name in names}


def _row(prediction: Prediction, operating_point: str) -> dict[str, Any]:
    call, manifest = prediction.call(operating_point), prediction.manifest
    return {
        "film": prediction.film,
        "finding": call.finding,
        "class_of_interest": call.class_of_interest,
        "probability": call.probability,
        "threshold": call.threshold,
        **{f"probability_{name}": share for name, share in prediction.probabilities.items()},
        "milliseconds": sum(prediction.timings.values()),
        "error": None,
        "warnings": "; ".join(prediction.tags.warnings),
        "model": manifest.name,
        "graph_sha256": manifest.graph_sha256,
        "operating_point": operating_point,
        "prevalence": manifest.finding_share,
    }
