"""What a model file's probabilities mean, and how it decides: settings fitted on held-out films."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pneumoscope.class_roles import can_be_screened
from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.evaluation.threshold_intervals import threshold_intervals
from pneumoscope.metrics.calibration import (
    OFFSET_BOUND,
    SCALE_BOUNDS,
    Calibration,
    fit_calibration,
    softmax,
)
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.operating_points import Screening, decide, fit_balanced, fit_screening
from pneumoscope.metrics.prevalence import class_shares
from pneumoscope.modelfile.manifest import CalibrationByClass, ModelManifest
from pneumoscope.wording import counted, percent

FEW_FILMS = 30
"""Films of a class below which a calibration fitted on them means little."""


@dataclass(frozen=True)
class DecisionSettings:
    """Settings of a `ModelManifest`, what `screening` was asked for, and in `notes`, as sentences,
    what must be said of them.

    `threshold_intervals` bound, under the names of a point and of a class, where 95 % of thresholds
    lie that are fitted to other draws of the patients; they are for `prevalence`, and empty where
    there are too few films.
    """

    calibration: CalibrationByClass
    prevalence: dict[str, float]
    operating_points: dict[str, dict[str, float]]
    threshold_intervals: dict[str, dict[str, tuple[float, float]]]
    screening: Screening
    notes: tuple[str, ...]

    def after(self, calibration: Calibration) -> DecisionSettings:
        """The same for logits that are not yet calibrated in this way."""
        names = tuple(self.calibration.scale)
        whole = self.calibration.ordered(names).after(calibration)
        return replace(self, calibration=CalibrationByClass.of(whole, names))

    def with_notes(self, notes: Iterable[str]) -> DecisionSettings:
        """The same, with more that must be said."""
        return replace(self, notes=(*self.notes, *notes))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by their names in a manifest."""
        told_elsewhere = ("threshold_intervals", "screening", "notes")
        return {name: value for name, value in vars(self).items() if name not in told_elsewhere}


@dataclass(frozen=True)
class DecisionRule:
    """How logits become probabilities, and these the class that is called: thresholds `(C,)` under
    the name of each operating point."""

    calibration: Calibration
    points: Mapping[str, Floats]

    @classmethod
    def of(cls, manifest: ModelManifest) -> DecisionRule:
        """The rule of a model file."""
        return cls(
            manifest.calibration.ordered(manifest.class_names),
            {name: np.array(manifest.thresholds(name)) for name in manifest.operating_points},
        )

    def call(self, logits: npt.ArrayLike) -> dict[str, Integers]:
        """The class `(N,)` called at each operating point."""
        probabilities = softmax(logits, self.calibration)
        return {name: decide(probabilities, cut) for name, cut in self.points.items()}


def fit_rule(
    logits: npt.ArrayLike,
    y_true: Integers,
    screening: Screening | None,
    *,
    offsets_alone: bool = False,
) -> DecisionRule:
    """The rule for films like these: logits `(N, C)`, labels `(N,)`.

    Without `screening` there is no such point. With `offsets_alone` the calibration leaves scales
    as they are. Raises `DatasetError` where a class has no film, and as `Screening`.
    """
    calibration = fit_calibration(logits, y_true, offsets_alone=offsets_alone)
    return DecisionRule(calibration, _fit_points(softmax(logits, calibration), y_true, screening))


def _fit_points(
    probabilities: Floats, y_true: Integers, screening: Screening | None
) -> dict[str, Floats]:
    """The thresholds `(C,)` of every operating point."""
    balanced = fit_balanced(probabilities, y_true)
    if screening is None:
        return {"balanced": balanced}
    cut = fit_screening(probabilities, y_true, screening)
    # A good model reaches the wanted sensitivity with a higher threshold than that of `balanced`;
    # whoever screens does not expect to find less by it.
    return {"balanced": balanced, "screening": balanced if cut[0] < balanced[0] else cut}


def fit_decisions(
    logits: npt.ArrayLike,
    y_true: Integers,
    patients: Sequence[str],
    class_names: tuple[str, ...],
    normal_class: str | None,
    screening: Screening,
    *,
    offsets_alone: bool = False,
) -> DecisionSettings:
    """Fit calibration and thresholds to answers for films that the network did not learn from.

    `logits` `(N, C)` may be those of one graph, or of several that each answered for the films held
    out from it; `y_true` is integer `(N,)`, and `patients` names the patient of each film.
    `class_names` are in the order of the logits: the healthy class, if any, comes first. Where
    nothing can be screened for there is no point `screening`. `offsets_alone` and errors are those
    of `fit_rule`.
    """
    screened = screening if can_be_screened(class_names, normal_class) else None
    rule = fit_rule(logits, y_true, screened, offsets_alone=offsets_alone)
    intervals = threshold_intervals(
        logits,
        y_true,
        patients,
        rule.calibration,
        partial(_fit_points, screening=screened),
        offsets_alone=offsets_alone,
    )
    return DecisionSettings(
        calibration=CalibrationByClass.of(rule.calibration, class_names),
        prevalence=_by_class(class_names, class_shares(y_true, len(class_names))),
        operating_points={
            name: _by_class(class_names, thresholds) for name, thresholds in rule.points.items()
        },
        threshold_intervals={
            point: {
                name: (float(low), float(high))
                for name, (low, high) in zip(class_names, bounds, strict=True)
            }
            for point, bounds in intervals.items()
        },
        screening=screening,
        notes=(
            *_calibration_notes(rule.calibration, y_true, class_names),
            *_threshold_notes(rule.call(logits), y_true, class_names, screening.sensitivity),
        ),
    )


def calibration_record(films: PreparedFilms, decisions: DecisionSettings) -> dict[str, Any]:
    """What goes on record, in a manifest's `training`, of films and of the settings that were
    fitted on them."""
    return {
        **films.provenance(),
        "screening": asdict(decisions.screening),
        "prevalence": decisions.prevalence,
        "threshold_intervals": {
            point: {name: list(bounds) for name, bounds in intervals.items()}
            for point, intervals in decisions.threshold_intervals.items()
        },
        "notes": list(decisions.notes),
    }


def _calibration_notes(
    calibration: Calibration, y_true: Integers, class_names: tuple[str, ...]
) -> Iterator[str]:
    counts = np.bincount(y_true)
    rarest = int(counts.argmin())
    if counts[rarest] < FEW_FILMS:
        film = f"{class_names[rarest]} film"
        yield (
            f"Probabilities were calibrated on {counted(int(counts[rarest]), film)}, "
            "too few to tell much."
        )
    if calibration.at_bound:
        low, high = SCALE_BOUNDS
        yield (
            f"The calibration ended at a bound (scales {low:g} to {high:g}, offsets within "
            f"{OFFSET_BOUND:g}): the network's answers are far from probabilities."
        )


def _threshold_notes(
    called: Mapping[str, Integers],
    y_true: Integers,
    class_names: tuple[str, ...],
    screening_sensitivity: float,
) -> Iterator[str]:
    """About classes that thresholds give up, and a sensitivity that was out of reach."""
    normal, *findings = class_names
    for index, name in enumerate(findings if "screening" in called else (), start=1):
        found = float((called["screening"][y_true == index] != 0).mean())
        if found < screening_sensitivity - 1e-9:
            yield (
                f"The operating point screening finds {percent(found)} of the {name} films that "
                f"it was fitted on, and not the wanted {percent(screening_sensitivity)}: the model "
                f"cannot tell the others from {normal} films."
            )
    for point, calls in called.items():
        for index, name in enumerate(class_names):
            if not (calls[y_true == index] == index).any():
                yield f"At the operating point {point}, no {name} film is called {name}."


def _by_class(names: tuple[str, ...], values: Floats) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}
