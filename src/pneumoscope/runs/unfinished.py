"""What to do with a run that has not come to its end."""

from __future__ import annotations

from pneumoscope.runs.folder import RunFolder


def is_unfinished(folder: RunFolder) -> bool:
    """Whether a run has begun in a folder and has left no model yet."""
    return folder.recipe.is_file() and not folder.model.is_file()


def how_to_finish(folder: RunFolder) -> str:
    """The command that brings an unfinished run to its end, in a sentence."""
    if folder.can_go_on:
        return f"Finish it with `pneumoscope train --resume {folder.path}`."
    return (
        "It has not finished its first epoch, so there is nothing to resume; begin anew with "
        f"`pneumoscope train --recipe {folder.recipe} --data FILMS --run {folder.path}`."
    )
