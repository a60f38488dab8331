"""Which model file is meant: by path, by the folder of its run, or by name from the package."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.errors import UnknownModelError, nearest
from pneumoscope.runs.folder import RunFolder
from pneumoscope.runs.unfinished import how_to_finish, is_unfinished

DEFAULT_MODEL = "mobilenetv2-pediatric"
DRAWINGS_MODEL = "phantoms"
"""For the films that `pneumoscope.phantoms` draws, and no others."""


def packaged_models() -> dict[str, Path]:
    """Names and files of the model files that come with the package."""
    folder = Path(__file__).parents[1] / "packaged"
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def run_of(model: Path) -> RunFolder | None:
    """The run whose folder a model file lies in, if it does."""
    folder = RunFolder(model.parent)
    return folder if folder.split_table.is_file() else None


def find_model(source: str | Path | None = None) -> Path:
    """The file of a model given by its path, by the folder of the run that made it, or by its
    packaged name; `None` is the default model. A folder that holds no run does not hide the
    packaged model of its name: films drawn into `phantoms` lie beside the model that reads them.

    Raises `UnknownModelError` where there is no such model, the folder is that of no run, or the
    run has not come to its end.
    """
    wanted = DEFAULT_MODEL if source is None else str(source)
    if source is not None and Path(source).is_dir():
        run = RunFolder(source)
        if run.model.is_file():
            return run.model
        if wanted in packaged_models():
            return packaged_models()[wanted]
        if is_unfinished(run):
            raise UnknownModelError(
                f"The run in {source} is not finished: it holds no {run.model.name}.",
                how_to_finish(run),
            )
        raise UnknownModelError(
            f"{source} is no run: it holds neither {run.model.name} nor {run.recipe.name}.",
            "Give a model file, or the folder of a run, such as runs/NAME.",
        )
    if source is not None and Path(source).exists():
        return Path(source)
    packaged = packaged_models()
    if wanted in packaged:
        return packaged[wanted]
    raise UnknownModelError(
        f"There is no model file and no packaged model {wanted!r}.",
        f"{nearest(wanted, packaged)} Or give the path of a model file."
        if packaged
        else "Give the path of a model file.",
    )
