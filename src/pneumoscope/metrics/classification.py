"""Classification metrics under their names, from decisions and from probabilities.

Conventions:

- A ratio with a zero denominator is undefined: `nan` in the arrays here, `None` in
  `classification_metrics`. This is scikit-learn's `zero_division=nan`. Recall of a class without
  films and precision of a class never called are undefined; so is ROC-AUC where films of only one
  kind are present.
- Macro and weighted averages, and balanced accuracy, leave undefined classes out. - With two
classes, class 1 is the positive one; `sensitivity`, `specificity`, `precision` and so on without a
  class name speak of it. With more classes, ROC-AUC and average precision compare each class with
  all others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics import weighted
from pneumoscope.metrics.calibration import brier_losses, calibration_bins
from pneumoscope.metrics.checks import Floats, Integers, check_labels, check_probabilities


def decision_metrics(confusion: Floats, class_names: Sequence[str]) -> dict[str, Floats]:
    """What follows from confusion matrices `(B, C, C)` (rows true, columns called): name to `(B,)`.

    Names: `accuracy`, `balanced_accuracy`; with two classes `sensitivity`, `specificity`, `ppv`,
    `npv`; `precision`, `recall`, `specificity` and `f1` as `macro_f1`, `weighted_f1` and, per
    class, `f1[NORMAL]`.
    """
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    support = confusion.sum(axis=2)
    called = confusion.sum(axis=1)
    films = support.sum(axis=1, keepdims=True)
    rates = {
        "precision": weighted.ratio(hits, called),
        "recall": weighted.ratio(hits, support),
        "specificity": weighted.ratio(films - support - called + hits, films - support),
        "f1": weighted.ratio(2 * hits, support + called),
    }
    figures = {
        "accuracy": weighted.ratio(hits.sum(axis=1), films[:, 0]),
        "balanced_accuracy": weighted.mean_of_defined(rates["recall"]),
    }
    if len(class_names) == 2:
        figures["sensitivity"] = rates["recall"][:, 1]
        figures["specificity"] = rates["recall"][:, 0]
        figures["ppv"] = rates["precision"][:, 1]
        figures["npv"] = rates["precision"][:, 0]
    for name, values in rates.items():
        figures[f"macro_{name}"] = weighted.mean_of_defined(values)
        figures[f"weighted_{name}"] = weighted.mean_of_defined(values, support)
        figures |= {f"{name}[{label}]": values[:, i] for i, label in enumerate(class_names)}
    return figures


def score_metrics(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, class_names: Sequence[str], weights: Floats
) -> dict[str, Floats]:
    """What follows from probabilities `(N, C)` without any threshold: name to `(B,)`.

    `y_true` is integer `(N,)`, `weights` float64 `(B, N)`. Names: `roc_auc` and `average_precision`
    (of the positive class; with more than two classes the macro average, and `weighted_roc_auc`,
    `roc_auc[NORMAL]` and so on beside it), `brier`, `calibration_error` (bins of the unweighted
    sample) and `log_loss`.
    """
    table, labels = _check(y_true, y_score, class_names)
    bins = calibration_bins(table, labels)
    gaps = np.eye(bins.count)[bins.bin] * (bins.confidence - bins.outcome)[:, None]
    likelihood = table[np.arange(labels.size), labels]
    figures = {
        "brier": weighted.mean(brier_losses(table, labels), weights),
        "calibration_error": weighted.ratio(
            np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1)
        ),
        "log_loss": weighted.mean(-np.log(np.maximum(likelihood, np.finfo(float).eps)), weights),
    }
    for name, area in (
        ("roc_auc", weighted.roc_auc),
        ("average_precision", weighted.average_precision),
    ):
        if len(class_names) == 2:
            figures[name] = area(labels, table[:, 1], weights)
            continue
        members = labels[:, None] == np.arange(len(class_names))
        areas = np.stack(
            [
                area(members[:, i].astype(np.int64), table[:, i], weights)
                for i in range(len(class_names))
            ],
            axis=1,
        )
        figures[name] = weighted.mean_of_defined(areas)
        figures[f"weighted_{name}"] = weighted.mean_of_defined(areas, weights @ members)
        figures |= {f"{name}[{label}]": areas[:, i] for i, label in enumerate(class_names)}
    return figures


def classification_metrics(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    y_score: npt.ArrayLike,
    class_names: Sequence[str],
) -> dict[str, float | None]:
    """Every metric of one sample, by name; `None` where one is undefined.

    `y_true` and `y_pred` are integer `(N,)`, `y_score` probabilities `(N, C)`. Names as in
    `decision_metrics` and `score_metrics`, and `support[NORMAL]`, the films of each class. Raises
    `DatasetError` for arrays that do not fit one another.
    """
    table, labels = _check(y_true, y_score, class_names)
    called = check_labels(y_pred, len(class_names))
    if called.size != labels.size:
        raise DatasetError(f"There are {called.size} decisions for {labels.size} labels.")
    ones = np.ones((1, labels.size))
    matrix = weighted.confusion(labels, called, len(class_names), ones)
    figures = decision_metrics(matrix, class_names)
    figures |= score_metrics(labels, table, class_names, ones)
    figures |= {
        f"support[{label}]": matrix[:, i].sum(axis=1) for i, label in enumerate(class_names)
    }
    return {
        name: None if np.isnan(value[0]) else float(value[0]) for name, value in figures.items()
    }


def _check(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, class_names: Sequence[str]
) -> tuple[Floats, Integers]:
    labels = np.asarray(y_true)
    table = check_probabilities(y_score, labels.size)
    if table.shape[1] != len(class_names):
        raise DatasetError(
            f"There are {table.shape[1]} columns of scores for {len(class_names)} class names."
        )
    return table, check_labels(labels, len(class_names))
