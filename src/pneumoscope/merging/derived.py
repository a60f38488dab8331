"""Model files that are made of other model files: what they say of themselves."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.errors import ModelFileError
from pneumoscope.merging.source_models import SourceModel
from pneumoscope.modelfile.file import write_model_file
from pneumoscope.modelfile.manifest import ModelManifest

_PACKAGES = ("pneumoscope", "onnx", "onnxruntime", "numpy", "pillow")


def write_derived(
    graph: bytes, settings: Mapping[str, Any], path: Path, sources: Sequence[SourceModel]
) -> ModelManifest:
    """Write a graph as a model file with a manifest of these `settings`, and return it.

    Raises `ModelFileError` where a setting is wrong, where the file would replace one of `sources`
    and where it cannot be written.
    """
    if any(path.exists() and path.samefile(source.file) for source in sources):
        raise ModelFileError(
            f"{path} is one of the models that the new file is made of.",
            "Choose another name with --out.",
        )
    try:
        manifest = ModelManifest.model_validate(settings)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "settings"
        raise ModelFileError(
            f"The model file cannot be written: its {where} is wrong: {problem['msg']}.",
            "Names hold letters, digits, dots, dashes and underscores.",
        ) from error
    return write_model_file(graph, manifest, path)


def making() -> dict[str, Any]:
    """When a file was made, and with what."""
    return {
        "versions": {name: metadata.version(name) for name in _PACKAGES}
        | {"python": platform.python_version()},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def fitted_on(films: PreparedFilms | None) -> dict[str, Any] | None:
    """The validation films that settings were fitted on; `None` where they were taken over."""
    if films is None:
        return None
    return {
        "data_digest": films.table.digest,
        "films": films.table.counts(),
        "unreadable_films": len(films.unreadable),
    }
