"""Where the films and the model of an evaluation lie now."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.errors import DatasetError, ModelFileError
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import packaged_models
from pneumoscope.runs.folder import RunFolder


def find_films_folder(evaluation: Evaluation, given: Path | None = None) -> Path | None:
    """The folder that the paths of an evaluation's films are relative to, if it is still there.

    That is `given`, or where the films lay at the time, relative to the working folder of then.
    Raises `DatasetError` where `given` holds none of the films.
    """
    source = given or Path(evaluation.data.source)
    folder = source.parent if source.is_file() else source
    if any((folder / film.path).is_file() for film in evaluation.films):
        return folder
    if given is not None:
        raise DatasetError(
            f"None of the {len(evaluation.films)} films lies in {given}.",
            f"The first one is {evaluation.films[0].path}; give the folder above that path.",
        )
    return None


def find_evaluated_model(
    folder: Path, evaluation: Evaluation, given: str | Path | None = None
) -> Predictor | None:
    """The model that the evaluation in `folder` is of, if it is still there.

    That is `given`, a path or the name of a packaged model; else the model of the run that the
    folder lies in, or the packaged model of that name. Raises `ModelFileError` where `given` is
    another model, and as `Predictor.load`.
    """
    name, graph = evaluation.model.name, evaluation.model.graph_sha256
    if given is not None:
        predictor = Predictor.load(given)
        if predictor.manifest.graph_sha256 != graph:
            raise ModelFileError(
                f"{given} is not the model that was evaluated: that is {name} with the graph "
                f"{graph[:12]}, and this file holds {predictor.manifest.graph_sha256[:12]}.",
                "Give the file of that time, or evaluate this one.",
            )
        return predictor
    run_around = RunFolder(folder.resolve().parents[1])
    for path in (run_around.model, packaged_models().get(name)):
        if path is not None and path.is_file() and read_manifest(path).graph_sha256 == graph:
            return Predictor.load(path)
    return None
