"""What models are compared by."""

from __future__ import annotations

from dataclasses import dataclass

from pneumoscope.evaluation.meanings import SCORE_MEANINGS


@dataclass(frozen=True)
class Column:
    """A figure that models are compared by.

    `metric` is its name in an evaluation; `decides` is true where it needs an operating point.
    """

    title: str
    meaning: str
    metric: str
    decides: bool


def comparison_columns(class_names: tuple[str, ...]) -> dict[str, Column]:
    """What models are compared by, by the names that the figures have in files.

    With two classes precision, recall and so on are those of the positive class, with more the
    means of all classes.
    """
    if len(class_names) == 2:
        healthy, ill = class_names
        decided = {
            "precision": Column("Precision", f"of {ill} calls, those right", "ppv", True),
            "recall": Column(
                "Recall (sensitivity)", f"of {ill} films, those found", "sensitivity", True
            ),
            "specificity": Column(
                "Specificity", f"of {healthy} films, those called {healthy}", "specificity", True
            ),
            "f1": Column("F1", "between precision and recall", f"f1[{ill}]", True),
        }
    else:
        meanings = {
            "precision": ("Precision", "of a class's calls, those right"),
            "recall": ("Recall (sensitivity)", "of a class's films, those found"),
            "specificity": ("Specificity", "of all other films, those not called so"),
            "f1": ("F1", "between precision and recall"),
        }
        decided = {
            name: Column(title, f"{meaning}; mean over classes", f"macro_{name}", True)
            for name, (title, meaning) in meanings.items()
        }
    return {
        "accuracy": Column("Accuracy", "films called right", "accuracy", True),
        **decided,
        **{
            name: Column(title, meaning, name, False)
            for name, (title, meaning) in SCORE_MEANINGS.items()
        },
    }
