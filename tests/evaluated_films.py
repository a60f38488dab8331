"""An evaluation of the tiny model on films of its own: quick, and made by the real chain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import Evaluation
from tiny_model import CLASS_NAMES, write_tiny_model


def evaluate_films(
    folder: Path, class_names: tuple[str, ...] = CLASS_NAMES, films: int = 24, spread: float = 40
) -> Evaluation:
    """Write `films` films of each class, whose brightness is the class's give or take `spread`, and
    the tiny model, and judge it."""
    rng = np.random.default_rng(0)
    levels = np.linspace(70, 185, len(class_names))
    for label, level in zip(class_names, levels, strict=True):
        (folder / "films" / label).mkdir(parents=True)
        for film, gray in enumerate(rng.normal(level, spread, films)):
            pixels = np.full((40, 40), np.uint8(np.clip(gray, 0, 255)))
            Image.fromarray(pixels).save(folder / "films" / label / f"{label}-{film}.png")
    model = write_tiny_model(folder / "tiny.onnx", class_names)
    return evaluate(model, folder / "films", replicates=100)
