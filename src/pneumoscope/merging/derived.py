"""Model files that are made of other model files: what they say of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import with_validation
from pneumoscope.errors import ModelFileError
from pneumoscope.evaluation.decisions import calibration_record, fit_decisions
from pneumoscope.evaluation.evidence_scale import evidence_scale
from pneumoscope.evaluation.graph_outputs import run_graph
from pneumoscope.merging.source_models import SourceModel
from pneumoscope.metrics.operating_points import Screening
from pneumoscope.modelfile.file import write_model_file
from pneumoscope.modelfile.manifest import ModelManifest, making

_PACKAGES = ("pneumoscope", "onnx", "onnxruntime", "numpy", "pillow")


def write_derived(
    graph: bytes,
    settings: dict[str, Any],
    path: Path,
    sources: Sequence[SourceModel],
    validation: PreparedFilms | None,
    screening: Screening,
) -> ModelManifest:
    """Write a graph as a model file with a manifest of these `settings`, and return it.

    Calibration, operating points and the scale of evidence are fitted on `validation` films, where
    there are some. Raises `ModelFileError` where a setting is wrong, where the file would replace
    one of `sources` and where it cannot be written, and `DatasetError` where the films lack a
    class.
    """
    if any(path.exists() and path.samefile(source.file) for source in sources):
        raise ModelFileError(
            f"{path} is one of the models that the new file is made of.",
            "Choose another name with --out.",
        )
    if validation is not None:
        settings["seen"] = with_validation(settings["seen"], validation)
        outputs = run_graph(graph, validation)
        table = validation.table
        decisions = fit_decisions(
            outputs.logits,
            table.y_true,
            table.patient_ids.tolist(),
            table.class_names,
            settings["normal_class"],
            screening,
        )
        record = calibration_record(validation, decisions)
        settings |= decisions.settings
        settings["evidence_scale"] = evidence_scale(outputs, table.y_true, table.class_names)
        settings["training"] = settings["training"] | {"calibration": record}
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


def provenance(validation: PreparedFilms | None, agreement: Mapping[str, Any]) -> dict[str, Any]:
    """What goes on record of a file's making: the films that its settings were fitted on, `None`
    where they were taken over, and how well the graph agrees with its parts."""
    return {
        "validation": None if validation is None else validation.provenance(),
        "agreement": dict(agreement),
        **making(*_PACKAGES),
    }
