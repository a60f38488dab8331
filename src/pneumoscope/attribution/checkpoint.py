"""The trained network of a run, as its checkpoint keeps it."""

from __future__ import annotations

import pickle
from pathlib import Path

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import TrainingError
from pneumoscope.networks.network import Network
from pneumoscope.recipe.files import load_recipe
from pneumoscope.training.fit import BEST, load_best


def load_network(run: Path) -> Network:
    """The network of a run's best epoch, on the CPU and in evaluation mode: what its model file
    was exported from.

    `run` needs `recipe.yaml`, `split.csv` and `checkpoints/best.ckpt`. Raises `TrainingError` where
    one of them is missing or the checkpoint does not fit, and as `load_recipe` and
    `FilmTable.read_csv`.
    """
    recipe, films, checkpoint = (
        run / "recipe.yaml",
        run / "split.csv",
        run / "checkpoints" / BEST,
    )
    for file in (recipe, films):
        if not file.is_file():
            raise TrainingError(
                f"{run} is not the folder of a training run: it holds no {file.name}.",
                "Give a folder that `pneumoscope train` wrote, such as runs/NAME.",
            )
    if not checkpoint.is_file():
        raise TrainingError(
            f"The run in {run} has no checkpoint {checkpoint.relative_to(run)}.",
            "It is written after the first epoch; a model file alone has only its own map.",
        )
    classes = FilmTable.read_csv(films, run).class_names
    try:
        return load_best(load_recipe(recipe), len(classes), run)
    except (RuntimeError, OSError, EOFError, KeyError, pickle.UnpicklingError) as error:
        raise TrainingError(
            f"The checkpoint {checkpoint} is damaged, or of another network than its run's recipe "
            "and films say.",
            "Copy the whole folder of the run again, or repeat the run.",
        ) from error
