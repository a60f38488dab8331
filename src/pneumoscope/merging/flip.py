"""Test-time augmentation inside a model file: each film also mirrored, and the answers averaged."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.errors import ModelFileError
from pneumoscope.merging.agreement import check_agreement, noise_films, run_logits
from pneumoscope.merging.derived import provenance, write_derived
from pneumoscope.merging.graph_builder import GraphBuilder
from pneumoscope.merging.source_models import SourceModel
from pneumoscope.metrics.calibration import Calibration
from pneumoscope.metrics.operating_points import SCREENING, Screening
from pneumoscope.modelfile.manifest import (
    INPUT_NAME,
    OUTPUT_NAMES,
    CalibrationByClass,
    ModelCard,
    ModelManifest,
)

# Figures of the model as it was; they are not those of the new file.
_OUTDATED = ("calibration", "evaluation", "parity")


def write_flipped(
    model: SourceModel,
    path: Path,
    *,
    name: str,
    validation: PreparedFilms | None = None,
    screening: Screening = SCREENING,
) -> ModelManifest:
    """Write a model file that averages over a film and its mirror image, and return its manifest.

    It gives a film and its mirror image the same probabilities, the means of the model's calibrated
    ones, and costs twice the time. Maps are averaged where they lie on the film, embeddings too.
    They are calibrated anew, and thresholds and scale of evidence fitted, on `validation`: films
    that the model was not trained on, under its class names. Without, all of that stays.

    Raises `ModelFileError` where the model averages so already, where the new graph does not answer
    as that mean and where the file cannot be written, and `DatasetError` where the validation films
    lack a class.
    """
    manifest = model.manifest
    if "flip" in manifest.training:
        raise ModelFileError(
            f"{model.source} averages over mirrored films already.",
            "Doing it once more would take twice the time and change nothing.",
        )
    graph = flip_graph(model)
    images = noise_films(manifest.preprocess.size)
    parts = [
        model.probabilities(run_logits(model.graph, films), manifest.class_names)
        for films in (images, images[..., ::-1])
    ]
    agreement = check_agreement(graph, images, parts, (0.5, 0.5))
    kept = {key: value for key, value in manifest.training.items() if key not in _OUTDATED}
    settings = manifest.model_dump() | {
        "name": name,
        "architecture": f"flip({manifest.architecture})",
        "seen": manifest.seen,
        "calibration": CalibrationByClass.of(
            Calibration.none(len(manifest.class_names)), manifest.class_names
        ),
        "training": kept
        | {
            "flip": {
                "name": manifest.name,
                "graph_sha256": manifest.graph_sha256,
                **provenance(validation, agreement),
            }
        },
        "card": _card(manifest, fitted=validation is not None),
    }
    return write_derived(graph, settings, path, [model], validation, screening)


def flip_graph(model: SourceModel) -> bytes:
    """The serialized graph that runs a model on films and their mirror images in one batch."""
    builder = GraphBuilder([model.graph])
    both = builder.node("Concat", INPUT_NAME, builder.mirror(INPUT_NAME), axis=0)
    outputs = dict(zip(OUTPUT_NAMES, builder.include(0, both), strict=True))
    halves = {
        name: builder.nodes("Split", tensor, outputs=2, axis=0, num_outputs=2)
        for name, tensor in outputs.items()
    }
    calibration = model.manifest.calibration.ordered(model.manifest.class_names)
    as_seen, mirrored = halves["cam"]
    return builder.serialize(
        {
            "logits": builder.log_mean_probability(
                halves["logits"], (calibration, calibration), (0.5, 0.5)
            ),
            "cam": builder.node("Mean", as_seen, builder.mirror(mirrored)),
            "embedding": builder.node("Mean", *halves["embedding"]),
        },
        {name: builder.output_shape(0, name) for name in OUTPUT_NAMES},
    )


def _card(manifest: ModelManifest, *, fitted: bool) -> ModelCard:
    origin = (
        "were fitted to it on validation films"
        if fitted
        else "are those of that model by itself, not fitted to the average"
    )
    return manifest.card.model_copy(
        update={
            "limitations": f"{manifest.card.limitations} Averages what {manifest.name} says of a "
            f"film and of its mirror image; calibration and thresholds {origin}."
        }
    )
