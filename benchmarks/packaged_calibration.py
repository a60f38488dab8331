"""Calibrates the packaged model on the validation films of its recipe, and judges it on test films.

    python benchmarks/packaged_calibration.py DATA           # chest_xray, as `data fetch` leaves it
    python benchmarks/packaged_calibration.py DATA --write   # and put the result into the package

Films are divided as the model's recipe says; that the division is the model's own is checked by
the digest in its file. Graph and heatmaps stay as they are. Writes
`benchmarks/packaged_calibration.md`. What `explain --assess --record` has found has to be recorded
again after `--write`: it is left out.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from result_page import table, write_page
from scipy.optimize import brentq
from scipy.special import expit, logit

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.prepared import PreparedFilms, default_cache_directory
from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.graph_outputs import run_graph
from pneumoscope.merging.recalibration import write_recalibrated
from pneumoscope.merging.source_models import SourceModel, read_source_model
from pneumoscope.metrics.calibration import softmax
from pneumoscope.metrics.classification import score_metrics
from pneumoscope.modelfile.file import add_provenance, read_manifest
from pneumoscope.modelfile.find import DEFAULT_MODEL
from pneumoscope.recipe.parsing import parse_recipe

HELD_OUT = ("val", "test")
BLOCK = 60
"""Healthy films in a row, by their files: those of one machine or time lie together."""

Floats = npt.NDArray[np.float64]


def divided_films(model: SourceModel, data: Path) -> PreparedFilms:
    """The films of a folder, divided as the model's own were."""
    recipe = parse_recipe(model.manifest.training["recipe"], str(model.file))
    found = find_films(data, recipe.labels)
    cache = PixelCache.open_or_build(found, recipe.preprocess, default_cache_directory())
    divided = assign_splits(found, recipe.split, cache.digests)
    if divided.digest != model.manifest.training["data_digest"]:
        raise SystemExit(f"{data} does not hold the films that {model.source} was trained on.")
    return PreparedFilms.of(divided, cache)


def missing_offset(probabilities: Floats, ill: npt.NDArray[np.bool_], weights: Floats) -> float:
    """What would have to be added to all log odds for their mean to be right."""
    log_odds = logit(probabilities)
    return float(brentq(lambda step: weights @ (expit(log_odds + step) - ill), -20, 20))


def judged(probabilities: Floats, y_true: npt.NDArray[np.int64]) -> list[str]:
    """Figures of one calibration on the films of one split."""
    ill = y_true == 1
    ones = np.ones(ill.size)
    figures = score_metrics(y_true, probabilities, ("NORMAL", "PNEUMONIA"), ones[None])
    positive = probabilities[:, 1]
    error = 1 / np.sqrt((positive * (1 - positive)).sum())
    healthy = np.flatnonzero(~ill)
    blocks = []
    for start in range(healthy.size - BLOCK + 1):
        weights = ill.astype(float)
        weights[healthy[start : start + BLOCK]] = healthy.size / BLOCK
        blocks.append(missing_offset(positive, ill, weights))
    return [
        *(f"{figures[name][0]:.4f}" for name in ("log_loss", "brier", "calibration_error")),
        f"{figures['roc_auc'][0]:.4f}",
        f"{positive.mean():.3f}",
        f"{ill.mean():.3f}",
        f"{missing_offset(positive, ill, ones):+.2f} ({error:.2f})",
        f"{min(blocks):+.2f} to {max(blocks):+.2f}",
    ]


def write_packaged(model: SourceModel, films: PreparedFilms) -> None:
    """Put the model, calibrated on val and evaluated anew, in the place of the packaged file."""
    with tempfile.TemporaryDirectory() as scratch:
        new = Path(scratch) / model.file.name
        val = films.select("val")
        write_recalibrated(model, new, name=model.manifest.name, validation=val)
        facts: dict[str, Any] = {
            split: evaluate(new, films.table, split=split).card_figures() for split in HELD_OUT
        }
        add_provenance(new, {"evaluation": facts}, graph_sha256=model.manifest.graph_sha256)
        model.file.write_bytes(new.read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true", help="put the result into the package")
    arguments = parser.parse_args()
    model = read_source_model(DEFAULT_MODEL)
    films = divided_films(model, arguments.data)
    if arguments.write:
        write_packaged(model, films)
        model = replace(model, manifest=read_manifest(model.file))
    rows = []
    for split in HELD_OUT:
        chosen = films.select(split)
        logits = run_graph(model.graph, chosen).logits
        y_true = chosen.table.y_true
        answers = {"network": softmax(logits), "packaged": model.manifest.probabilities(logits)}
        order = [np.argsort(answer[:, 1], kind="stable") for answer in answers.values()]
        np.testing.assert_array_equal(*order, "calibration changed the order of films")
        for name, answer in answers.items():
            rows.append([f"{split}, {name}", str(y_true.size), *judged(answer, y_true)])
    headings = [
        *("", "films", "log loss", "Brier score", "calibration error", "ROC-AUC"),
        *("mean probability", "prevalence", "missing offset (standard error)"),
        f"the same, {BLOCK} healthy films in a row",
    ]
    write_page(
        "packaged_calibration",
        "Calibration of the packaged model",
        [
            "The network's own answers, and the probabilities of the model file, on films that the "
            "network did not learn from. The model file was calibrated on `val`, so only `test` "
            "says how good that is. Both rank all films alike.",
            table(headings, rows),
            "Missing offset: what would have to be added to all log odds for the mean probability "
            "to be the prevalence. In the last column healthy films are those of one stretch of "
            "files, with their weight in all, and all ill films: least and greatest of all "
            "stretches.",
        ],
        ("numpy", "scipy", "onnxruntime"),
        "chest_xray",
    )


if __name__ == "__main__":
    main()
