"""How a model file decides, and how hot it draws: settings fitted on validation films."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pneumoscope.data.table import FilmTable
from pneumoscope.evaluation.graph_outputs import GraphOutputs
from pneumoscope.inference.prediction import class_evidence
from pneumoscope.metrics.calibration import softmax
from pneumoscope.metrics.operating_points import fit_balanced, fit_screening

FULL_HEAT_QUANTILE = 0.9


@dataclass(frozen=True)
class DecisionSettings:
    """`operating_points` and `evidence_scale`, as in a `ModelManifest`."""

    operating_points: dict[str, dict[str, float]]
    evidence_scale: dict[str, float]


def fit_decisions(
    outputs: GraphOutputs, temperature: float, table: FilmTable, screening_sensitivity: float | None
) -> DecisionSettings:
    """Fit thresholds and scale of evidence to a graph's answers for the films of `table`.

    The classes of the table must be the model's, in its order: the healthy one, if any, comes
    first. Without `screening_sensitivity` there is no point `screening`. Raises `DatasetError`
    where a class has no film.
    """
    probabilities = softmax(outputs.logits, temperature)
    balanced = fit_balanced(probabilities, table.y_true)
    operating_points = {"balanced": _by_class(table.class_names, balanced)}
    if screening_sensitivity is not None:
        screening = fit_screening(probabilities, table.y_true, screening_sensitivity)
        operating_points["screening"] = _by_class(table.class_names, screening)
    return DecisionSettings(
        operating_points=operating_points,
        evidence_scale=_by_class(table.class_names, evidence_scale(outputs, table.y_true)),
    )


def evidence_scale(outputs: GraphOutputs, y_true: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The evidence `(C,)` that is drawn at full heat.

    For each class, nine in ten of its validation films have no stronger spot than this. A fixed
    scale lets heatmaps of two films be compared, and leaves films without evidence dark.
    """
    strongest = class_evidence(outputs.cam).max(axis=(2, 3))
    scale = [
        np.quantile(strongest[y_true == index, index], FULL_HEAT_QUANTILE)
        for index in range(strongest.shape[1])
    ]
    return np.maximum(scale, 1e-6)


def _by_class(names: tuple[str, ...], values: npt.NDArray[np.float64]) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}
