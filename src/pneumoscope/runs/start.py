"""What a run was started with, apart from its recipe: where its films lie, and what it trains on.

It stays in the folder of the run, since folders of films are nobody else's business.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pneumoscope.errors import TrainingError
from pneumoscope.files import write_text
from pneumoscope.runs.folder import RunFolder


@dataclass(frozen=True)
class RunStart:
    """How a run was started.

    `films` is the folder that the paths of the split table are relative to, `films_from_run` the
    way there from the run's folder, for both when they are moved together; empty where there is
    none. `lung_fields` is the folder of lung masks, empty without. `accelerator` and `devices` are
    those of `FitOptions`.
    """

    films: str
    films_from_run: str = ""
    lung_fields: str = ""
    accelerator: str = "auto"
    devices: int = 1

    @classmethod
    def of(
        cls, run: RunFolder, films: Path, lung_fields: Path | None, accelerator: str, devices: int
    ) -> RunStart:
        """The start of the run in this folder."""
        films = films.resolve()
        try:
            way = os.path.relpath(films, run.path.resolve())
        except ValueError:  # on another drive of Windows
            way = ""
        masks = str(lung_fields.resolve()) if lung_fields else ""
        return cls(str(films), way, masks, accelerator, devices)

    def write(self, run: RunFolder) -> None:
        """Write it into the run's folder. Raises `OSError`."""
        write_text(run.start, json.dumps(asdict(self), indent=2) + "\n", errors="surrogateescape")

    def films_folder(self, run: RunFolder) -> Path:
        """The folder of the films as it is now. It goes into results that are passed on, so it is
        relative to the working folder where it lies below that, or where the run was named by a
        relative path and both share a folder.

        Raises `TrainingError` where it is gone.
        """
        folders = [Path(self.films)]
        if self.films_from_run:
            folders.append((run.path / self.films_from_run).resolve())
        for folder in folders:
            if folder.is_dir():
                return _as_named(folder, run)
        raise TrainingError(
            f"The films of the run {run.path} are no longer in {self.films}.",
            "Say where they are now: give the folder as --data.",
        )


def _as_named(folder: Path, run: RunFolder) -> Path:
    here = Path.cwd()
    if folder.is_relative_to(here):
        return folder.relative_to(here)
    if run.path.is_absolute() or folder.parts[:2] != here.parts[:2]:
        return folder
    return Path(os.path.relpath(folder, here))


def read_start(run: RunFolder) -> RunStart:
    """How the run in a folder was started.

    Raises `TrainingError` where the folder does not say: runs of the first versions do not.
    """
    try:
        settings = json.loads(run.start.read_text("utf-8", errors="surrogateescape"))
        return RunStart(**{field.name: settings[field.name] for field in fields(RunStart)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{run.path} does not say where the films of its run lie: "
            f"{run.start.name} is missing or damaged.",
            "Give them as --data.",
        ) from error
