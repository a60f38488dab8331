"""From films that are divided to a model file and its figures on those that it was not shown."""

from __future__ import annotations

import logging

from rich.console import Console

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.evaluation.out_of_fold import OutOfFold
from pneumoscope.export.shipping import ship
from pneumoscope.logs import tell
from pneumoscope.modelfile.manifest import ModelCard, fitting_model_name
from pneumoscope.recipe.settings import Recipe
from pneumoscope.runs.folder import RunFolder
from pneumoscope.training.fit import FitOptions, fit

_log = logging.getLogger(__name__)


def fit_and_judge(
    recipe: Recipe,
    films: PreparedFilms,
    folder: RunFolder,
    options: FitOptions,
    console: Console,
    folds: OutOfFold | None = None,
) -> dict[str, Evaluation]:
    """Train on films that are divided, write the model file, and evaluate it on each held-out
    split; the evaluations, by split, are written into the run's folder.

    Calibration and thresholds are fitted to the answers of `folds`, or else to those for `val`.
    Raises `TrainingError`.
    """
    tell(_log, "training", run=folder.path, recipe=recipe.name, films=len(films.table))
    network = fit(recipe, films, folder, options, console)
    card = ModelCard(**recipe.card.model_dump())
    name = fitting_model_name(folder.name, recipe.name)
    ship(network, recipe, films, card, folder.model, name, folds)
    held_out = {film.split for film in films.table.films}
    evaluations: dict[str, Evaluation] = {}
    for split in ("val", "test"):
        if split in held_out:
            evaluations[split] = evaluate(
                folder.model, films.table, split=split, groups=films.groups
            )
            evaluations[split].write(folder.evaluation(split))
    return evaluations
