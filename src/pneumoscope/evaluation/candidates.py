"""The models of a comparison: where each lies, and what its file tells of its training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pneumoscope.errors import DatasetError
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import find_model, run_of
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.runs.folder import RunFolder


@dataclass(frozen=True)
class Candidate:
    """A model to be compared. `name` is unique in its comparison, `given` what it was asked for by,
    `run` the folder of the training run that the file lies in, if it does."""

    name: str
    given: str
    file: Path
    run: RunFolder | None
    manifest: ModelManifest

    @property
    def training_seconds(self) -> float | None:
        """The time of all epochs, as the model's file says; `None` if it does not."""
        seconds = self.manifest.training.get("seconds")
        return float(seconds) if isinstance(seconds, int | float) else None

    @property
    def training_hardware(self) -> str | None:
        """What the model was trained on, as its file says; `None` if it does not."""
        hardware = self.manifest.training.get("hardware")
        return str(hardware["name"]) if isinstance(hardware, dict) and "name" in hardware else None


def find_candidates(models: Sequence[str | Path]) -> tuple[Candidate, ...]:
    """The models given by file, packaged name or run folder, in that order.

    A model is named after its run folder, else after its file; of equal names the later get a
    number. Raises `DatasetError` where none is given, one is given twice, or they do not tell the
    same classes apart (case does not matter), `UnknownModelError` where one is not found, and
    `ModelFileError` for damaged files.
    """
    if not models:
        raise DatasetError("There are no models to compare.", "Give model files or run folders.")
    candidates: list[Candidate] = []
    for model in models:
        file = find_model(model)
        if any(file.resolve() == other.file.resolve() for other in candidates):
            raise DatasetError(
                f"The model {file} is given twice.", "Every model needs one mention."
            )
        run = run_of(file)
        taken = {other.name for other in candidates}
        name = _unused(run.name if run else file.stem, taken)
        candidates.append(Candidate(name, str(model), file, run, read_manifest(file)))
    _check_classes(candidates)
    return tuple(candidates)


def _unused(name: str, taken: set[str]) -> str:
    number = 1
    unused = name
    while unused in taken:
        number += 1
        unused = f"{name}-{number}"
    return unused


def _check_classes(candidates: Sequence[Candidate]) -> None:
    first = candidates[0]
    for other in candidates[1:]:
        if _folded(other.manifest) != _folded(first.manifest):
            raise DatasetError(
                f"The models do not tell the same classes apart: {first.name} knows "
                f"{', '.join(first.manifest.class_names)}, {other.name} "
                f"{', '.join(other.manifest.class_names)}.",
                "Compare models of one task at a time.",
            )


def _folded(manifest: ModelManifest) -> list[str]:
    return [name.casefold() for name in manifest.class_names]
