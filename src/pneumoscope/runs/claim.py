"""Whether a new run may begin in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pneumoscope.errors import TrainingError
from pneumoscope.files import changed_or_foreign
from pneumoscope.runs.folder import RunFolder


def check_free(folder: RunFolder) -> None:
    """Raise `TrainingError` where a new run would replace another one, or what is of none."""
    if folder.last.exists() or folder.folds.exists():
        raise TrainingError(
            f"{folder.path} holds a run already.",
            f"Go on with it (--resume {folder.path}), or choose another folder (--run).",
        )
    own = (folder.recipe, folder.start, folder.split_table, folder.unreadable)
    foreign = changed_or_foreign(own)
    if not foreign and not folder.recipe.exists():
        # No run has begun here, so none of these is a run's.
        results = (folder.log, folder.model, folder.tensorboard, folder.audit, folder.explanations)
        foreign = [path for path in (*results, folder.report) if os.path.lexists(path)]
    if foreign:
        raise TrainingError(
            f"{foreign[0]} is not of a run, or was changed since, and would be replaced.",
            "Choose another folder (--run).",
        )


def check_apart(folder: RunFolder, films: Iterable[Path]) -> None:
    """Raise `TrainingError` where a run would be written into a folder that films lie in, or below
    which they do."""
    run = folder.path.resolve()
    of_films = sorted({film.parent for film in films})
    within = next((path for path in of_films if path.resolve().is_relative_to(run)), None)
    if within is not None:
        raise TrainingError(
            f"{folder.path} cannot be the folder of the run: films lie in it (in {within}).",
            "Choose a folder of its own, such as --run runs/mine.",
        )


def check_resumable(folder: RunFolder) -> None:
    """Raise `TrainingError` where there is no run in a folder that could go on."""
    if not folder.recipe.is_file():
        raise TrainingError(
            f"There is no run to resume in {folder.path}.",
            "Give the folder of a run: train --resume runs/NAME.",
        )
    if not folder.folds.is_dir():
        check_is_there(folder.last)


def check_is_there(last: Path) -> None:
    """Raise `TrainingError` where there is no last checkpoint."""
    if not last.is_file():
        raise TrainingError(
            f"There is no checkpoint {last} to go on from.", "Leave out --resume to start anew."
        )
