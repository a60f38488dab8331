"""Does a graph made of other graphs answer as their average does?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from pneumoscope.errors import ModelFileError
from pneumoscope.metrics.averaging import mean_probabilities
from pneumoscope.metrics.calibration import softmax
from pneumoscope.metrics.checks import Floats
from pneumoscope.modelfile.manifest import INPUT_NAME

PROBABILITY_TOLERANCE = 1e-5
FILMS = 4


def noise_films(size: int) -> npt.NDArray[np.uint8]:
    """Images `(4, 1, size, size)` of noise, from dark and flat to bright and harsh."""
    noise = np.random.default_rng(0).random((FILMS, 1, size, size))
    strength = np.linspace(0.25, 1.0, FILMS)[:, None, None, None]
    return (255 * strength * noise).astype(np.uint8)


def run_logits(graph: bytes, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The logits `(N, C)` of a graph for images `(N, 1, H, W)`."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    logits: npt.NDArray[np.float32] = session.run(["logits"], {INPUT_NAME: images})[0]
    return logits


def check_agreement(
    graph: bytes, images: npt.NDArray[np.uint8], parts: Sequence[Floats], weights: Sequence[float]
) -> dict[str, Any]:
    """How far a graph's probabilities are from the mean of its `parts`, for a manifest.

    `parts` are probabilities `(N, C)` of the same images. Raises `ModelFileError` where one is off
    by more than 1e-5.
    """
    expected = mean_probabilities(parts, weights)
    difference = float(np.abs(softmax(run_logits(graph, images)) - expected).max())
    if difference > PROBABILITY_TOLERANCE:
        raise ModelFileError(
            f"The new graph does not answer as the average of its parts: over {len(images)} films, "
            f"probabilities differ by up to {difference:.2g} (allowed {PROBABILITY_TOLERANCE:g}).",
            "No model file was written. Please report this with the versions of onnx and "
            "onnxruntime.",
        )
    return {"films": len(images), "probability": difference}
