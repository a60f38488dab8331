"""Classification metrics under their names, from decisions and from probabilities.

Conventions:

- A ratio with a zero denominator is undefined: `nan` in the arrays here, `None` in
  `classification_metrics`. This is scikit-learn's `zero_division=nan`. Recall of a class without
  films and precision of a class never called are undefined; so is ROC-AUC where films of only one
  kind are present.
- Macro and weighted averages, and balanced accuracy, leave undefined classes out.
- With two classes, class 1 is the positive one; `sensitivity`, `specificity`, `precision` and so on
  without a class name speak of it. With more classes, ROC-AUC and average precision compare each
  class with all others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics import weighted
from pneumoscope.metrics.calibration import brier_losses, calibration_bins
from pneumoscope.metrics.checks import Floats, Integers, check_labels, check_probabilities
from pneumoscope.metrics.figures import Figures

# Names that only two classes have: which rate of which class they are.
_OF_TWO_CLASSES = (
    ("sensitivity", "recall", 1),
    ("specificity", "recall", 0),
    ("ppv", "precision", 1),
    ("npv", "precision", 0),
)


def decision_metrics(confusion: Floats, class_names: Sequence[str]) -> Figures[str]:
    """What follows from confusion matrices `(B, C, C)` (rows true, columns called): name to `(B,)`.

    Names: `accuracy`, `balanced_accuracy`; with two classes `sensitivity`, `specificity`, `ppv`,
    `npv`; `precision`, `recall`, `specificity` and `f1` as `macro_f1`, `weighted_f1` and, per
    class, `f1[NORMAL]`. All are shares; an average is one of the films that would make it vary as
    much (Kish 1965), were it as high in all classes.
    """
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    support = confusion.sum(axis=2)
    called = confusion.sum(axis=1)
    films = support.sum(axis=1, keepdims=True)
    rates = {
        "precision": (hits, called),
        "recall": (hits, support),
        "specificity": (films - support - called + hits, films - support),
        "f1": (hits, (support + called) / 2),
    }
    figures = Figures[str]()

    def share(name: str, values: Floats, of: Floats) -> None:
        figures[name], figures.shares[name] = values, of

    share("accuracy", weighted.ratio(hits.sum(axis=1), films[:, 0]), films[:, 0])
    share("balanced_accuracy", *_average(weighted.ratio(hits, support), support))
    for name, (part, whole) in rates.items():
        values = weighted.ratio(part, whole)
        share(f"macro_{name}", *_average(values, whole))
        share(f"weighted_{name}", *_average(values, whole, support))
        for i, label in enumerate(class_names):
            share(f"{name}[{label}]", values[:, i], whole[:, i])
    if len(class_names) == 2:
        for name, rate, i in _OF_TWO_CLASSES:
            part, whole = rates[rate]
            share(name, weighted.ratio(part, whole)[:, i], whole[:, i])
    return figures


def _average(values: Floats, films: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """Averages `(B,)` over the classes that are defined, and of how many films each is a share."""
    counted = np.where(np.isnan(values), 0.0, 1.0 if weights is None else weights)
    parts = np.divide(counted**2, films, out=np.zeros_like(counted), where=films > 0)
    return (
        weighted.mean_of_defined(values, weights),
        weighted.ratio(counted.sum(axis=1) ** 2, parts.sum(axis=1)),
    )


def score_metrics(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, class_names: Sequence[str], weights: Floats
) -> Figures[str]:
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
    figures = Figures(
        {
            "brier": weighted.mean(brier_losses(table, labels), weights),
            "calibration_error": weighted.ratio(
                np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1)
            ),
            "log_loss": weighted.mean(
                -np.log(np.maximum(likelihood, np.finfo(float).eps)), weights
            ),
        }
    )
    members = labels[:, None] == np.arange(len(class_names))
    films = weights @ members
    others = weights.sum(axis=1, keepdims=True) - films
    of_each_kind = weighted.ratio(2 * films * others, films + others)
    for name, area in (
        ("roc_auc", weighted.roc_auc),
        ("average_precision", weighted.average_precision),
    ):
        if len(class_names) == 2:
            figures[name], figures.areas[name] = (
                area(labels, table[:, 1], weights),
                of_each_kind[:, 1],
            )
            continue
        areas = np.stack(
            [
                area(members[:, i].astype(np.int64), table[:, i], weights)
                for i in range(len(class_names))
            ],
            axis=1,
        )
        fewest = np.where(np.isnan(areas), np.inf, of_each_kind).min(axis=1)
        figures[name] = weighted.mean_of_defined(areas)
        figures[f"weighted_{name}"] = weighted.mean_of_defined(areas, films)
        figures.areas |= {name: fewest, f"weighted_{name}": fewest}
        for i, label in enumerate(class_names):
            figures[f"{name}[{label}]"] = areas[:, i]
            figures.areas[f"{name}[{label}]"] = of_each_kind[:, i]
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
    figures: dict[str, Floats] = dict(decision_metrics(matrix, class_names))
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
