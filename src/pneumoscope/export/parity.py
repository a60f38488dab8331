"""Does the exported graph answer as the network does?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from pneumoscope.errors import TrainingError
from pneumoscope.evaluation.graph_outputs import GraphOutputs
from pneumoscope.metrics.calibration import Calibration, softmax
from pneumoscope.networks.network import ExplainedNetwork, Network

PROBABILITY_TOLERANCE = 1e-4
HEATMAP_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Parity:
    """Largest differences between graph and network over some films.

    `probability` is absolute; `heatmap` is relative to the largest value of any map.
    """

    films: int
    probability: float
    heatmap: float


def check_parity(
    network: Network,
    images: npt.NDArray[np.uint8],
    outputs: GraphOutputs,
    calibration: Calibration,
) -> Parity:
    """Compare the network's answers for images `(N, 1, H, W)` with the graph's `outputs` for them.

    Raises `TrainingError` when a probability differs by more than 1e-4 or a map by more than 1e-3.
    """
    with torch.inference_mode():
        logits, cam, _ = ExplainedNetwork(network).eval()(torch.from_numpy(images))
    probability = np.abs(
        softmax(logits.numpy(), calibration) - softmax(outputs.logits, calibration)
    ).max()
    heatmap = np.abs(cam.numpy() - outputs.cam).max() / np.abs(cam.numpy()).max()
    parity = Parity(len(images), float(probability), float(heatmap))
    if parity.probability > PROBABILITY_TOLERANCE or parity.heatmap > HEATMAP_TOLERANCE:
        raise TrainingError(
            f"The exported graph does not answer as the network does: over {parity.films} films, "
            f"probabilities differ by up to {parity.probability:.2g} (allowed "
            f"{PROBABILITY_TOLERANCE:g}) and heatmaps by {parity.heatmap:.2g} (allowed "
            f"{HEATMAP_TOLERANCE:g}).",
            "No model file was written; the checkpoint is kept. This is a fault of the export: "
            "please report it with the versions of torch, onnx and onnxruntime.",
        )
    return parity
