"""How hot a model file draws its heatmaps: a setting fitted on validation films."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pneumoscope.evaluation.graph_outputs import GraphOutputs
from pneumoscope.inference.prediction import class_evidence
from pneumoscope.metrics.checks import Integers

FULL_HEAT_QUANTILE = 0.9


def evidence_scale(
    outputs: GraphOutputs, y_true: Integers, class_names: Sequence[str]
) -> dict[str, float]:
    """For each class, the evidence that is drawn at full heat.

    Nine in ten of its validation films have no stronger spot than this. A fixed scale lets heatmaps
    of two films be compared, and leaves films without evidence dark. `y_true` is integer `(N,)`,
    `class_names` are in the order of the graph's answers, and each has a film.
    """
    strongest = class_evidence(outputs.cam).max(axis=(2, 3))
    return {
        name: max(1e-6, float(np.quantile(strongest[y_true == index, index], FULL_HEAT_QUANTILE)))
        for index, name in enumerate(class_names)
    }
