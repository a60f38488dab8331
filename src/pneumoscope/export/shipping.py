"""From a trained network to a model file: export, calibration, parity, manifest."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pneumoscope.class_roles import find_normal_class
from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import seen_films
from pneumoscope.evaluation.decisions import DecisionSettings, calibration_record, fit_decisions
from pneumoscope.evaluation.evidence_scale import evidence_scale
from pneumoscope.evaluation.graph_outputs import GraphOutputs, film_images, run_graph
from pneumoscope.evaluation.out_of_fold import OutOfFold, ScoredLabels, unlike_folds
from pneumoscope.export.divergence import check_that_it_learned
from pneumoscope.export.onnx import export_graph
from pneumoscope.export.parity import Parity, check_parity
from pneumoscope.metrics.operating_points import Screening
from pneumoscope.modelfile.file import write_model_file
from pneumoscope.modelfile.manifest import ModelCard, ModelManifest, making
from pneumoscope.networks.network import Network
from pneumoscope.recipe.settings import Recipe

PARITY_FILMS = 64

_PACKAGES = ("pneumoscope", "torch", "timm", "lightning", "onnx", "onnxruntime", "numpy", "pillow")


def ship(
    network: Network,
    recipe: Recipe,
    films: PreparedFilms,
    card: ModelCard,
    path: Path,
    name: str | None = None,
    folds: OutOfFold | None = None,
) -> ModelManifest:
    """Write the model file of a trained network, which is called `name`, or as its recipe.

    Calibration, operating points and the scale of evidence are fitted on the validation films, with
    the answers of the exported graph itself. With `folds`, calibration and operating points are
    fitted to what the models of folds say of many more films that were held out from them, as by
    scikit-learn's `CalibratedClassifierCV(ensemble=False)`. Where this network answers otherwise
    than they do, `val` sets them all the same, and the file says so. Raises `TrainingError` when
    the graph does not answer as the network does, or as one that has not learned.
    """
    graph = export_graph(network, recipe.preprocess.size)
    val = films.select("val")
    outputs = run_graph(graph, val)
    names = films.table.class_names
    normal_class = find_normal_class(names, recipe.normal_class)
    check_that_it_learned(outputs.logits, val.table.y_true, names)
    own = ScoredLabels(
        outputs.logits.astype(np.float64),
        val.table.y_true,
        tuple(val.table.patient_ids.tolist()),
        tuple(film.path for film in val.table.films),
    )
    fitted = partial(_fit_decisions, names, normal_class, recipe.operating_points.screening)
    decisions = fitted(own if folds is None else folds.films)
    if folds and (unlike := unlike_folds(own, decisions.calibration.ordered(names))):
        folds, decisions = None, fitted(own).with_notes(unlike)
    some = slice(0, None, max(1, len(val.rows) // PARITY_FILMS))
    sample = GraphOutputs(outputs.logits[some], outputs.cam[some])
    parity = check_parity(
        network, film_images(val, some), sample, decisions.calibration.ordered(names)
    )
    manifest = ModelManifest(
        name=name or recipe.name,
        architecture=recipe.model.name,
        class_names=names,
        normal_class=normal_class,
        preprocess=recipe.preprocess,
        evidence_scale=evidence_scale(outputs, val.table.y_true, names),
        seen=seen_films(films),
        training=_provenance(recipe, films, parity)
        | {"calibration": _calibration(films, val, decisions, folds)},
        card=card,
        **decisions.settings,
    )
    return write_model_file(graph, manifest, path)


def _fit_decisions(
    names: tuple[str, ...], normal_class: str | None, screening: Screening, films: ScoredLabels
) -> DecisionSettings:
    return fit_decisions(films.logits, films.y_true, films.patients, names, normal_class, screening)


def _calibration(
    films: PreparedFilms, val: PreparedFilms, decisions: DecisionSettings, folds: OutOfFold | None
) -> dict[str, Any]:
    """What goes on record of the films that calibration and thresholds were fitted to."""
    if folds is None:
        return calibration_record(val, decisions)
    held_out = set(folds.films.paths)
    whole = films.table
    table = replace(whole, films=tuple(film for film in whole.films if film.path in held_out))
    record = calibration_record(replace(films, table=table), decisions)
    return record | {"folds": folds.folds, "seeds": folds.seeds}


def _provenance(recipe: Recipe, films: PreparedFilms, parity: Parity) -> dict[str, Any]:
    settings = recipe.model_dump(mode="json")
    # The folder is nobody's business.
    settings["model"]["weights"] = Path(recipe.model.weights).name
    return {
        "recipe": settings,
        **films.provenance(),
        "lung_fields": _lung_fields(films),
        "parity": asdict(parity),
        **making(*_PACKAGES),
    }


def _lung_fields(films: PreparedFilms) -> dict[str, Any] | None:
    """How many films had lung fields, and a hash of these."""
    if films.lungs is None:
        return None
    return {
        "films": int(films.lungs.any(axis=(1, 2)).sum()),
        "digest": hashlib.blake2b(np.packbits(films.lungs).tobytes(), digest_size=16).hexdigest(),
    }
