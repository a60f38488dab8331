"""A model file with the same graph, calibrated on other films."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import with_validation
from pneumoscope.evaluation.decisions import (
    DecisionSettings,
    calibration_record,
    fit_decisions,
)
from pneumoscope.evaluation.graph_outputs import run_graph
from pneumoscope.merging.derived import write_derived
from pneumoscope.merging.source_models import SourceModel
from pneumoscope.metrics.operating_points import SCREENING, Screening
from pneumoscope.modelfile.manifest import ModelManifest, making

# Figures of the old probabilities; what heatmaps show is judged by what it does to these, too.
_OUTDATED = ("evaluation", "explanations")
_PACKAGES = ("pneumoscope", "onnxruntime", "numpy")


def refit(
    model: SourceModel, validation: PreparedFilms, screening: Screening = SCREENING
) -> DecisionSettings:
    """Calibration, prevalence and thresholds of `validation`: films that the model was not trained
    on, under its class names.

    Raises `DatasetError` where the films lack a class, and as `Screening`.
    """
    table = validation.table
    return fit_decisions(
        run_graph(model.graph, validation).logits,
        table.y_true,
        table.patient_ids.tolist(),
        table.class_names,
        model.manifest.normal_class,
        screening,
    )


def write_recalibrated(
    model: SourceModel,
    path: Path,
    *,
    name: str,
    validation: PreparedFilms,
    decisions: DecisionSettings,
) -> ModelManifest:
    """Write a model file with `decisions` that were fitted to `validation`, and return its
    manifest, which counts these films among those that chose its settings.

    Graph, heatmaps and, with two classes, the order in which films are ranked stay as they are.
    Figures that depend on the model's probabilities as they were are left out.

    Raises `ModelFileError` where the file cannot be written.
    """
    manifest = model.manifest
    record = calibration_record(validation, decisions) | making(*_PACKAGES)
    kept = {key: value for key, value in manifest.training.items() if key not in _OUTDATED}
    settings = (
        manifest.model_dump()
        | decisions.settings
        | {
            "name": name,
            "seen": with_validation(manifest.seen, validation),
            "training": kept | {"calibration": record},
        }
    )
    return write_derived(model.graph, settings, path, [model], None, decisions.screening)
