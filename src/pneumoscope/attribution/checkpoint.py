"""The trained network of a run, as its checkpoint keeps it."""

from __future__ import annotations

import pickle
from pathlib import Path

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import TrainingError
from pneumoscope.networks.network import Network
from pneumoscope.recipe.files import load_recipe
from pneumoscope.runs.folder import RunFolder
from pneumoscope.training.fit import load_best


def load_network(run: Path) -> Network:
    """The network of a run's best epoch, on the CPU and in evaluation mode: what its model file
    was exported from.

    `run` needs its recipe, its split table and its best checkpoint. Raises `TrainingError` where
    one of them is missing or the checkpoint does not fit, and as `load_recipe` and
    `FilmTable.read_csv`.
    """
    folder = RunFolder(run)
    for file in (folder.recipe, folder.split_table):
        if not file.is_file():
            raise TrainingError(
                f"{run} is not the folder of a training run: it holds no {file.name}.",
                "Give a folder that `pneumoscope train` wrote, such as runs/NAME.",
            )
    if not folder.best.is_file():
        raise TrainingError(
            f"The run in {run} has no checkpoint {folder.best.relative_to(run)}.",
            "It is written after the first epoch; a model file alone has only its own map.",
        )
    classes = FilmTable.read_csv(folder.split_table, run).class_names
    try:
        return load_best(load_recipe(folder.recipe), len(classes), folder)
    except (RuntimeError, OSError, EOFError, KeyError, pickle.UnpicklingError) as error:
        raise TrainingError(
            f"The checkpoint {folder.best} is damaged, or of another network than its run's recipe "
            "and films say.",
            "Copy the whole folder of the run again, or repeat the run.",
        ) from error
