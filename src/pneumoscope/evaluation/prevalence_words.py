"""Which prevalence an evaluation's probabilities and figures are for, in words."""

from __future__ import annotations

from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.wording import mixture, percent


def prevalence_sentences(evaluation: Evaluation) -> str:
    """What probabilities are for, what the films are, and whether figures were moved."""
    films = evaluation.data.films
    shares = mixture({name: count / sum(films.values()) for name, count in films.items()})
    meant = evaluation.model.prevalence
    probabilities = (
        f"Probabilities are for films that are {mixture(meant)}"
        if meant
        else "Which prevalence probabilities are for, the model file does not say"
    )
    sentences = f"{probabilities}; these are {shares}."
    if evaluation.findings_share is not None:
        sentences += (
            f" Figures with intervals are for films of which {percent(evaluation.findings_share)} "
            "have a finding; films are counted as they are."
        )
    return sentences
