"""How a model's probabilities and thresholds do on films of another site, as they are and fitted to
these films.

Fitted settings are judged by cross-fitting: patients are dealt into folds, and those of each fold
are judged with settings that were fitted to all others. The settings that are then kept are fitted
to all films, and somewhat better than what is told of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pneumoscope.class_roles import can_be_screened
from pneumoscope.data.table import FilmTable
from pneumoscope.evaluation.decisions import DecisionRule, DecisionSettings, fit_decisions, fit_rule
from pneumoscope.evaluation.evaluation import Bootstrap
from pneumoscope.evaluation.site_check import (
    ENOUGH_PATIENTS,
    LEAST_PATIENTS,
    Fitting,
    SettingsFigures,
    SiteCheck,
)
from pneumoscope.metrics import weighted
from pneumoscope.metrics.calibration import Calibration
from pneumoscope.metrics.calibration_line import calibration_offset, calibration_slope
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.classification import decision_metrics
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.intervals import Interval, bootstrap_intervals, independent_difference
from pneumoscope.metrics.operating_points import Screening
from pneumoscope.metrics.prevalence import class_shares, move_calibration
from pneumoscope.metrics.records import as_figure
from pneumoscope.modelfile.manifest import ModelManifest

FOLDS = 5

_Judged = Literal["before", "moved", "after", "gain"]
_Name = tuple[_Judged, str, str]
"""Settings, the operating point or nothing, and the figure."""


@dataclass(frozen=True)
class _Answers:
    """Calibrated logits `(N, C)` and the classes `(N,)` called at each operating point."""

    scores: Floats
    called: Mapping[str, Integers]

    @classmethod
    def of(cls, rule: DecisionRule, logits: Floats) -> _Answers:
        return cls(rule.calibration.apply(logits), rule.call(logits))


def fit_to_site(
    manifest: ModelManifest, logits: npt.ArrayLike, table: FilmTable, screening: Screening
) -> DecisionSettings:
    """Calibration and thresholds for films like those of `table`, to which the model's graph
    answered with `logits` `(N, C)`.

    What is expected beforehand is the model's own calibration, moved to the shares of the classes
    among these films. Raises `DatasetError` as `fit_decisions`.
    """
    expected = _expected(manifest, table.y_true)
    settings = fit_decisions(
        expected.apply(logits),
        table.y_true,
        table.patient_ids.tolist(),
        table.class_names,
        manifest.normal_class,
        screening,
        offsets_alone=_fitting(table) == "offsets",
    )
    if _fitting(table) == "offsets":
        note = "There were few patients of a class: offsets alone were fitted, and scales kept."
        settings = replace(settings, notes=(note, *settings.notes))
    return settings.after(expected)


def check_site(
    manifest: ModelManifest,
    logits: npt.ArrayLike,
    table: FilmTable,
    screening: Screening,
    bootstrap: Bootstrap,
) -> SiteCheck:
    """What is found of the model's settings on these films, and of settings fitted to them.

    Arguments and errors are those of `fit_to_site`; films of one class, or of few patients, are
    judged as far as they go.
    """
    scores, y_true = np.asarray(logits, dtype=np.float64), table.y_true
    fitting = _fitting(table)
    rule = DecisionRule.of(manifest)
    answers: dict[_Judged, _Answers] = {"before": _Answers.of(rule, scores)}
    if fitting != "nothing":
        if manifest.prevalence is not None:
            shares = class_shares(y_true, len(table.class_names)).tolist()
            here = manifest.at_prevalence(dict(zip(table.class_names, shares, strict=True)))
            answers["moved"] = _Answers.of(DecisionRule.of(here), scores)
        answers["after"] = _cross_fitted(manifest, scores, table, screening, fitting)
    figures = bootstrap_intervals(
        _statistic(answers, y_true, manifest),
        table.patient_ids.tolist(),
        rng=np.random.default_rng(bootstrap.seed),
        replicates=bootstrap.replicates,
    )
    before = _figures_of(figures, "before")
    split, promised = _promised(manifest, before)
    return SiteCheck(
        model=manifest.name,
        films=_by_class(table, np.bincount(y_true, minlength=len(table.class_names))),
        patients=_by_class(table, _patients(table)),
        fitted=fitting,
        bootstrap=bootstrap,
        before=before,
        moved=_figures_of(figures, "moved") if "moved" in answers else None,
        after=_figures_of(figures, "after") if "after" in answers else None,
        gain=figures.get(("gain", "", "log_loss")),
        promised_on=split,
        promised=promised,
        missed={
            point: {
                name: independent_difference(before.operating_points[point][name], figure)
                for name, figure in of_point.items()
            }
            for point, of_point in promised.items()
        },
    )


def _fitting(table: FilmTable) -> Fitting:
    fewest = _patients(table).min()
    if fewest < LEAST_PATIENTS:
        return "nothing"
    return "offsets" if fewest < ENOUGH_PATIENTS else "everything"


def _patients(table: FilmTable) -> Integers:
    """How many patients have films of each class, `(C,)`."""
    pairs = {(film.patient_id, film.label) for film in table.films}
    labels = [label for _, label in pairs]
    return np.array([labels.count(name) for name in table.class_names])


def _by_class(table: FilmTable, counts: Integers) -> dict[str, int]:
    return dict(zip(table.class_names, counts.tolist(), strict=True))


def _expected(manifest: ModelManifest, y_true: Integers) -> Calibration:
    """The model's calibration, for films of which the classes have the shares of these."""
    names = manifest.class_names
    calibration = manifest.calibration.ordered(names)
    if manifest.prevalence is None:
        return calibration
    meant = [manifest.prevalence[name] for name in names]
    return move_calibration(calibration, meant, class_shares(y_true, len(names)))


def deal_patients(table: FilmTable, folds: int, seed: int = 0) -> Integers:
    """The fold `(N,)` of each film: films of a patient share one, and the patients of each class
    are dealt out evenly, in random order."""
    of_patient: dict[str, int] = {}
    rarity = np.bincount(table.y_true, minlength=len(table.class_names))
    for patient, label in zip(table.patient_ids.tolist(), table.y_true.tolist(), strict=True):
        # A patient with films of several classes is dealt with the rarest of them.
        known = of_patient.get(patient)
        if known is None or rarity[label] < rarity[known]:
            of_patient[patient] = label
    patients = np.array(sorted(of_patient))
    order = np.random.default_rng(seed).permutation(patients.size)
    order = order[np.argsort([of_patient[patients[one]] for one in order], kind="stable")]
    fold = {patients[one]: place % folds for place, one in enumerate(order.tolist())}
    return np.array([fold[patient] for patient in table.patient_ids.tolist()])


def _cross_fitted(
    manifest: ModelManifest,
    scores: Floats,
    table: FilmTable,
    screening: Screening,
    fitting: Fitting,
) -> _Answers:
    """What settings say of each film that were fitted to the films of other patients."""
    screened = screening if can_be_screened(table.class_names, manifest.normal_class) else None
    fold = deal_patients(table, FOLDS)
    calibrated = np.empty_like(scores)
    called: dict[str, Integers] = {}
    for index in range(FOLDS):
        held = fold == index
        labels = table.y_true[~held]
        expected = _expected(manifest, labels)
        fitted = fit_rule(
            expected.apply(scores[~held]), labels, screened, offsets_alone=fitting == "offsets"
        )
        rule = DecisionRule(fitted.calibration.after(expected), fitted.points)
        answers = _Answers.of(rule, scores[held])
        calibrated[held] = answers.scores
        for point, classes in answers.called.items():
            called.setdefault(point, np.empty_like(table.y_true))[held] = classes
    return _Answers(calibrated, called)


def _statistic(
    answers: Mapping[_Judged, _Answers], y_true: Integers, manifest: ModelManifest
) -> Callable[[Floats], Figures[_Name]]:
    names = manifest.class_names
    screened = can_be_screened(names, manifest.normal_class)
    rates = (
        {"sensitivity": f"specificity[{names[0]}]", "specificity": f"recall[{names[0]}]"}
        if screened
        else {f"recall[{name}]": f"recall[{name}]" for name in names}
    )

    def statistic(weights: Floats) -> Figures[_Name]:
        figures = Figures[_Name]()
        for which, given in answers.items():
            top = given.scores.max(axis=1, keepdims=True)
            total = top[:, 0] + np.log(np.exp(given.scores - top).sum(axis=1))
            losses = total - given.scores[np.arange(y_true.size), y_true]
            figures[which, "", "log_loss"] = weighted.mean(losses, weights)
            if screened:
                highest = given.scores[:, 1:].max(axis=1)
                others = np.exp(given.scores[:, 1:] - highest[:, None]).sum(axis=1)
                log_odds = highest + np.log(others) - given.scores[:, 0]
                ill = (y_true != 0).astype(np.int64)
                figures[which, "", "offset"] = calibration_offset(ill, log_odds, weights)
                figures[which, "", "slope"] = calibration_slope(ill, log_odds, weights)
            for point, called in given.called.items():
                matrices = weighted.confusion(y_true, called, len(names), weights)
                found = decision_metrics(matrices, names)
                for name, metric in rates.items():
                    figures.take(found, metric, (which, point, name))
        if "after" in answers:
            before, after = (figures[which, "", "log_loss"] for which in ("before", "after"))
            figures["gain", "", "log_loss"] = before - after
        return figures

    return statistic


def _figures_of(figures: Mapping[_Name, Interval], which: _Judged) -> SettingsFigures:
    points: dict[str, dict[str, Interval]] = {}
    for (judged, point, name), interval in figures.items():
        if judged == which:
            points.setdefault(point, {})[name] = interval
    return SettingsFigures(probabilities=points.pop(""), operating_points=points)


def _promised(
    manifest: ModelManifest, found: SettingsFigures
) -> tuple[str | None, dict[str, dict[str, Interval]]]:
    """The split of the model's own films with figures in its file, test rather than val, and what
    they are; nothing where it has none."""
    splits: Any = manifest.training.get("evaluation") or {}
    split = next((name for name in ("test", "val") if name in splits), None)
    if split is None:
        return None, {}
    of_file = splits[split]["operating_points"]
    normal = manifest.class_names[0]
    metrics = {"sensitivity": f"specificity[{normal}]", "specificity": f"recall[{normal}]"}
    return split, {
        point: {
            name: as_figure(of_file[point]["metrics"][metrics.get(name, name)])
            for name in rates
            if metrics.get(name, name) in of_file[point]["metrics"]
        }
        for point, rates in found.operating_points.items()
        if point in of_file
    }
