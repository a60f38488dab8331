"""The exported graph answers as the network does, for any number of films."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from pneumoscope.errors import TrainingError
from pneumoscope.evaluation.graph_outputs import GraphOutputs
from pneumoscope.export.onnx import export_graph
from pneumoscope.export.parity import check_parity
from pneumoscope.metrics.calibration import Calibration
from pneumoscope.modelfile.manifest import INPUT_NAME, OUTPUT_NAMES
from pneumoscope.networks.network import ExplainedNetwork
from pneumoscope.networks.registry import create_network, model_names
from pneumoscope.recipe.settings import ModelConfig

SIDE = 64


@pytest.mark.parametrize(
    "name",
    [
        name if name == "small_cnn" else pytest.param(name, marks=pytest.mark.slow)
        for name in model_names()
    ],
)
def test_graph_answers_as_the_network(name: str) -> None:
    torch.manual_seed(0)
    network = create_network(ModelConfig(name=name, weights="none"), 3).eval()
    session = onnxruntime.InferenceSession(export_graph(network, SIDE))
    for count in (1, 3):
        images = np.random.default_rng(count).integers(0, 256, (count, 1, SIDE, SIDE), np.uint8)
        answers = session.run(OUTPUT_NAMES, {INPUT_NAME: images})
        with torch.no_grad():
            expected = ExplainedNetwork(network)(torch.from_numpy(images))
        for answer, wanted in zip(answers, expected, strict=True):
            np.testing.assert_allclose(answer, wanted.numpy(), rtol=1e-3, atol=1e-4)
        outputs = GraphOutputs(answers[0], answers[1])
        parity = check_parity(network, images, outputs, Calibration.none(3))
        assert parity.films == count
        assert parity.probability < 1e-4


@pytest.mark.parametrize(("logit", "evidence"), [(0.01, 0.0), (0.0, 0.01)])
def test_a_graph_that_answers_otherwise_is_not_shipped(logit: float, evidence: float) -> None:
    torch.manual_seed(0)
    network = create_network(ModelConfig(name="small_cnn", weights="none"), 2).eval()
    images = np.random.default_rng(0).integers(0, 256, (2, 1, SIDE, SIDE), np.uint8)
    with torch.no_grad():
        answers = ExplainedNetwork(network)(torch.from_numpy(images))
    logits, cam = (answer.numpy() for answer in answers[:2])
    assert (
        check_parity(network, images, GraphOutputs(logits, cam), Calibration.none(2)).heatmap == 0
    )
    cam = cam + np.float32(evidence * np.abs(cam).max())
    shifted = GraphOutputs(logits + np.float32([[0.0, logit]]), cam)
    with pytest.raises(TrainingError, match="does not answer as the network does"):
        check_parity(network, images, shifted, Calibration.none(2))


def test_the_graph_of_another_network_is_not_shipped() -> None:
    config = ModelConfig(name="small_cnn", weights="none")
    one, other = (create_network(config, 2).eval() for _ in range(2))
    images = np.random.default_rng(0).integers(0, 256, (2, 1, SIDE, SIDE), np.uint8)
    session = onnxruntime.InferenceSession(export_graph(one, SIDE))
    outputs = GraphOutputs(*session.run(OUTPUT_NAMES[:2], {INPUT_NAME: images}))
    assert check_parity(one, images, outputs, Calibration.none(2)).probability < 1e-4
    with pytest.raises(TrainingError, match="over 2 films, probabilities differ by up to"):
        check_parity(other, images, outputs, Calibration.none(2))
