"""The folder of a finished run with the tiny model: small, quick, and written without training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from pneumoscope.data.table import FilmTable
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.recipe.parsing import parse_recipe
from tiny_model import CLASS_NAMES, write_tiny_model

EPOCHS = """\
epoch,stage,lr,train_loss,train_accuracy,val_loss,val_roc_auc,val_accuracy,images_per_s,seconds
1,1,0.001,0.70,0.55,0.69,0.61,0.50,100.0,60.0
2,2,0.0005,0.50,0.75,0.55,0.83,0.75,40.0,200.5
3,2,0.0001,0.40,0.85,0.60,0.81,0.70,42.0,190.0
"""
STAGES = [{"epochs": 1, "train": "head"}, {"epochs": 4, "train": "all"}]
HARDWARE = {
    "device": "cpu",
    "name": "Abacus 3000",
    "devices": 1,
    "cores": 4,
    "threads": 2,
    "precision": "fp32",
}
_PER_CLASS = {"train": 6, "val": 10, "test": 4}


def write_tiny_films(folder: Path) -> FilmTable:
    """Gray films in three splits, dark for the first class; in each class one is of the other gray.

    A patient has one film. Names hold what templates must escape.
    """
    rows = []
    for label, least, wrong in ((CLASS_NAMES[0], 20, 240), (CLASS_NAMES[1], 150, 10)):
        for split, count in _PER_CLASS.items():
            for number in range(count):
                gray = wrong if number == 0 and split != "train" else least + 8 * number
                path = f"{label}/{split} {number} <b>&.png"
                (folder / label).mkdir(parents=True, exist_ok=True)
                noise = np.random.default_rng(len(rows)).integers(0, 5, (40, 50), dtype=np.uint8)
                Image.fromarray(np.uint8(gray) + noise).save(folder / path)
                rows.append({"path": path, "label": label, "split": split})
    return FilmTable.from_rows(folder, rows)


def write_tiny_run(run: Path, films: Path) -> Path:
    """Write films and a run on them; returns the run's folder."""
    table = write_tiny_films(films)
    run.mkdir()
    recipe = parse_recipe({"name": "tiny", "stages": STAGES, "model": {"weights": "none"}})
    model = write_tiny_model(
        run / "model.onnx",
        training={
            "recipe": recipe.model_dump(mode="json"),
            "date": "2026-01-31",
            "seconds": 450,
            "hardware": HARDWARE,
        },
    )
    (run / "metrics.csv").write_text(EPOCHS, encoding="utf-8")
    table.write_csv(run / "split.csv")
    for split in ("val", "test"):
        evaluate(model, table, split=split, replicates=20).write(run / "evaluation" / split)
    return run
