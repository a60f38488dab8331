"""What a model file's probabilities mean, how it decides, and how hot it draws: settings fitted on
validation films."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pneumoscope.class_roles import can_be_screened
from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.table import FilmTable
from pneumoscope.evaluation.graph_outputs import GraphOutputs
from pneumoscope.inference.prediction import class_evidence
from pneumoscope.metrics.calibration import (
    OFFSET_BOUND,
    SCALE_BOUNDS,
    Calibration,
    fit_calibration,
    softmax,
)
from pneumoscope.metrics.checks import Integers
from pneumoscope.metrics.operating_points import Screening, decide, fit_balanced, fit_screening
from pneumoscope.metrics.prevalence import class_shares
from pneumoscope.modelfile.manifest import CalibrationByClass
from pneumoscope.wording import counted, percent

FULL_HEAT_QUANTILE = 0.9


FEW_FILMS = 30
"""Films of a class below which a calibration fitted on them means little."""


@dataclass(frozen=True)
class DecisionSettings:
    """Settings of a `ModelManifest`, what `screening` was asked for, and in `notes`, as sentences,
    what must be said of them."""

    calibration: CalibrationByClass
    prevalence: dict[str, float]
    operating_points: dict[str, dict[str, float]]
    evidence_scale: dict[str, float]
    screening: Screening
    notes: tuple[str, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by their names in a manifest."""
        told_elsewhere = ("screening", "notes")
        return {name: value for name, value in vars(self).items() if name not in told_elsewhere}


def fit_decisions(
    outputs: GraphOutputs,
    table: FilmTable,
    normal_class: str | None,
    screening: Screening,
) -> DecisionSettings:
    """Fit calibration, thresholds and scale of evidence to a graph's answers for the films of
    `table`.

    The classes of the table must be the model's, in its order: the healthy one, if any, comes
    first. Where nothing can be screened for there is no point `screening`. Raises `DatasetError`
    where a class has no film.
    """
    names = table.class_names
    calibration = fit_calibration(outputs.logits, table.y_true)
    probabilities = softmax(outputs.logits, calibration)
    balanced = fit_balanced(probabilities, table.y_true)
    points = {"balanced": balanced}
    if can_be_screened(names, normal_class):
        cut = fit_screening(probabilities, table.y_true, screening)
        # A good model reaches the wanted sensitivity with a higher threshold than that of
        # `balanced`; whoever screens does not expect to find less by it.
        points["screening"] = balanced if cut[0] < balanced[0] else cut
    called = {name: decide(probabilities, thresholds) for name, thresholds in points.items()}
    return DecisionSettings(
        calibration=CalibrationByClass.of(calibration, names),
        prevalence=_by_class(names, class_shares(table.y_true, len(names))),
        operating_points={
            name: _by_class(names, thresholds) for name, thresholds in points.items()
        },
        evidence_scale=_by_class(names, evidence_scale(outputs, table.y_true)),
        screening=screening,
        notes=(
            *_calibration_notes(calibration, table),
            *_threshold_notes(called, table, screening.sensitivity),
        ),
    )


def calibration_record(films: PreparedFilms, decisions: DecisionSettings) -> dict[str, Any]:
    """What goes on record, in a manifest's `training`, of films and of the settings that were
    fitted on them."""
    return {
        **films.provenance(),
        "screening": asdict(decisions.screening),
        "notes": list(decisions.notes),
    }


def _calibration_notes(calibration: Calibration, table: FilmTable) -> Iterator[str]:
    counts = np.bincount(table.y_true)
    rarest = int(counts.argmin())
    if counts[rarest] < FEW_FILMS:
        film = f"{table.class_names[rarest]} film"
        yield (
            f"Probabilities were calibrated on {counted(int(counts[rarest]), film)}, "
            "too few to tell much, and stay near those of the network."
        )
    if calibration.at_bound:
        low, high = SCALE_BOUNDS
        yield (
            f"The calibration ended at a bound (scales {low:g} to {high:g}, offsets within "
            f"{OFFSET_BOUND:g}): the network's answers are far from probabilities."
        )


def _threshold_notes(
    called: Mapping[str, Integers], table: FilmTable, screening_sensitivity: float
) -> Iterator[str]:
    """About classes that thresholds give up, and a sensitivity that was out of reach."""
    normal, *findings = table.class_names
    for index, name in enumerate(findings if "screening" in called else (), start=1):
        found = float((called["screening"][table.y_true == index] != 0).mean())
        if found < screening_sensitivity - 1e-9:
            yield (
                f"The operating point screening finds {percent(found)} of the {name} films that "
                f"it was fitted on, and not the wanted {percent(screening_sensitivity)}: the model "
                f"cannot tell the others from {normal} films."
            )
    for point, calls in called.items():
        for index, name in enumerate(table.class_names):
            if not (calls[table.y_true == index] == index).any():
                yield f"At the operating point {point}, no {name} film is called {name}."


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
