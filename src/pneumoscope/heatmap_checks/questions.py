"""What the parts of an assessment ask, and what each needs to be measured."""

from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """`needs` is what has to be given before the question can be asked."""

    title: str
    question: str
    needs: str = ""


QUESTIONS = {
    "faithfulness": Question("Faithfulness", "Does the network depend on what its maps point at?"),
    "sanity": Question(
        "Sanity",
        "Do maps show what the network has learned?",
        "maps that the model file draws itself, and these come from another method",
    ),
    "stability": Question("Stability", "Do maps stay when films change in ways that mean nothing?"),
    "anatomy": Question("Anatomy", "Does the evidence lie in the lungs?", "a folder of lung masks"),
    "localisation": Question(
        "Localisation",
        "Do maps find opacities whose place is known?",
        "a table of boxes around the opacities, which phantoms come with",
    ),
    "probes": Question(
        "Shortcuts",
        "What can the model still tell when parts of the films are covered?",
        "a folder of lung masks",
    ),
}
"""By the fields of `Assessment`, in the order in which they are read."""
