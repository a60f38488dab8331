"""What figures are called and mean, and which of them models are compared by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

SCORE_MEANINGS: Mapping[str, tuple[str, str]] = {
    "roc_auc": ("ROC-AUC", "1 is best, 0.5 is guessing"),
    "average_precision": ("Average precision", "1 is best"),
    "brier": ("Brier score", "0 is best: squared error of the probabilities"),
    "calibration_error": ("Calibration error", "0 is best: probability against frequency"),
    "calibration_error_by_chance": ("  by chance alone", "what perfect probabilities would score"),
}


def decision_meanings(class_names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Title and meaning of the figures that a reader wants of every operating point, by the name
    that they have in `metrics.classification.decision_metrics`."""
    overall = {
        "accuracy": ("Accuracy", "films called right"),
        "balanced_accuracy": ("Balanced accuracy", "the same, every class counting alike"),
    }
    if len(class_names) > 2:
        classes = {
            f"{metric}[{name}]": (f"{metric.capitalize()} of {name}", meaning)
            for name in class_names
            for metric, meaning in (
                ("recall", "of its films, those found"),
                ("precision", "of its calls, those right"),
                ("specificity", "of all other films, those not called so"),
            )
        }
        return overall | {"macro_f1": ("Macro F1", "mean over classes")} | classes
    negative, positive = class_names
    return {
        "sensitivity": ("Sensitivity", f"of {positive} films, those found"),
        "specificity": ("Specificity", f"of {negative} films, those called {negative}"),
        "ppv": ("Positive pred. value", f"of {positive} calls, those right"),
        "npv": ("Negative pred. value", f"of {negative} calls, those right"),
        **overall,
        f"f1[{positive}]": ("F1", "between sensitivity and positive pred. value"),
    }


class Column(NamedTuple):
    """A figure that models are compared by; `metric` is its name in an evaluation."""

    title: str
    meaning: str
    metric: str

    @property
    def decides(self) -> bool:
        """Whether it needs an operating point."""
        return self.metric not in SCORE_MEANINGS

    @property
    def is_weighted(self) -> bool:
        """Whether it is a mean over all classes that counts every film alike."""
        return self.metric.startswith("weighted_")


def comparison_columns(class_names: Sequence[str]) -> dict[str, Column]:
    """What models are compared by, by the names that the figures have in files.

    With two classes precision, recall and so on are those of the positive class, with more the
    means of all classes. Those called weighted are means of all classes, weighted by their films.
    """
    if len(class_names) == 2:
        healthy, ill = class_names
        decided = {
            "precision": (f"of {ill} calls, those right", "ppv"),
            "recall": (f"of {ill} films, those found", "sensitivity"),
            "specificity": (f"of {healthy} films, those called {healthy}", "specificity"),
            "f1": ("between precision and recall", f"f1[{ill}]"),
        }
    else:
        decided = {
            name: (f"{meaning}; mean over classes", f"macro_{name}")
            for name, meaning in (
                ("precision", "of a class's calls, those right"),
                ("recall", "of a class's films, those found"),
                ("specificity", "of all other films, those not called so"),
                ("f1", "between precision and recall"),
            )
        }
    titles = {"recall": "Recall (sensitivity)"}
    return {
        "accuracy": Column("Accuracy", "films called right", "accuracy"),
        **{
            name: Column(titles.get(name, name.capitalize()), *words)
            for name, words in decided.items()
        },
        **{
            f"weighted_{name}": Column(
                title, f"{meaning}; mean weighted by films", f"weighted_{name}"
            )
            for name, title, meaning in (
                ("precision", "Weighted precision", "of a class's calls, those right"),
                ("recall", "Weighted recall", "of a class's films, those found"),
                ("f1", "Weighted F1", "between precision and recall"),
            )
        },
        **{
            name: Column(*words, name)
            for name, words in SCORE_MEANINGS.items()
            if not name.endswith("_by_chance")
        },
    }
