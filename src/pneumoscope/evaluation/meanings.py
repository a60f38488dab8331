"""What the figures of an evaluation are called, and what they mean in a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SCORE_MEANINGS: Mapping[str, tuple[str, str]] = {
    "roc_auc": ("ROC-AUC", "1 is best, 0.5 is guessing"),
    "average_precision": ("Average precision", "1 is best"),
    "brier": ("Brier score", "0 is best: squared error of the probabilities"),
    "calibration_error": ("Calibration error", "0 is best: probability against frequency"),
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
