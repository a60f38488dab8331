"""For every registered network, the map in the graph is the CAM by hooks and is Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from pneumoscope.attribution.feature_methods import hook_cam
from pneumoscope.attribution.network_mapper import network_mapper
from pneumoscope.export.onnx import export_graph
from pneumoscope.inference.prediction import class_evidence
from pneumoscope.modelfile.manifest import INPUT_NAME
from pneumoscope.networks.network import Network
from pneumoscope.networks.registry import create_network, model_names
from pneumoscope.networks.torchvision_ops import declare_missing_operators
from pneumoscope.recipe.settings import ModelConfig

SIDE = 96
FILMS = 3
QUICK = ("small_cnn", "mobilenetv2")


@dataclass(frozen=True)
class Exported:
    """A network, films uint8 `(N, S, S)`, and the maps that its graph draws for them."""

    network: Network
    images: NDArray[np.uint8]
    cam: NDArray[np.float32]


def cases() -> list[object]:
    """Every registered name with two and three classes; what takes long to export is slow."""
    return [
        pytest.param(
            (name, classes),
            id=f"{name}-{classes}",
            marks=() if name in QUICK and classes == 3 else pytest.mark.slow,
        )
        for name in model_names()
        for classes in (2, 3)
    ]


@pytest.fixture(scope="module", params=cases())
def exported(request: pytest.FixtureRequest) -> Exported:
    name, classes = request.param
    torch.manual_seed(1)
    network = create_network(ModelConfig(name=name, weights="none", dropout=0.0), classes).eval()
    # Weights around 0 for features that are mostly positive: maps with both signs.
    torch.nn.init.normal_(network.head.weight)
    images = np.random.default_rng(1).integers(0, 256, (FILMS, SIDE, SIDE), np.uint8)
    session = onnxruntime.InferenceSession(export_graph(network, SIDE))
    (cam,) = session.run(["cam"], {INPUT_NAME: images[:, None]})
    return Exported(network, images, cam)


def test_grad_cam_of_the_library(exported: Exported) -> None:
    """The library used as its documentation says, for the logit of one class."""
    declare_missing_operators()
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.image import scale_cam_image
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    films = torch.tensor(exported.images[:, None], dtype=torch.float32)
    library = GradCAM(exported.network, [exported.network.feature_map])
    compared = 0
    for index in range(exported.cam.shape[1]):
        theirs = library(films, [ClassifierOutputTarget(index)] * FILMS)
        positive = np.maximum(exported.cam[:, index], 0.0)
        # Scaled on the grid, enlarged, and scaled once more, as the library does.
        ours = scale_cam_image(scale_cam_image(positive, (SIDE, SIDE)))
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
        compared += int((theirs.max(axis=(1, 2)) > 0.99).sum())
    assert compared >= FILMS, "too few maps with anything above 0"


def test_grad_cam_as_a_mapper(exported: Exported) -> None:
    network, cells = exported.network, exported.cam.shape[2] * exported.cam.shape[3]
    maps = network_mapper("grad-cam", network, network.feature_map).maps(exported.images)
    evidence = np.maximum(class_evidence(exported.cam), 0.0)
    # The gradient of the pooled features is the head's weight over the number of cells.
    np.testing.assert_allclose(cells * maps, evidence, atol=1e-4 * evidence.max())
    assert (evidence.max(axis=(2, 3)) > 0).sum() >= FILMS


def test_cam_by_hooks(exported: Exported) -> None:
    network = exported.network
    films = torch.tensor(exported.images[:, None])
    cam = hook_cam(network, network.feature_map, films).numpy()
    largest = np.abs(exported.cam).max()
    np.testing.assert_allclose(cam, exported.cam, atol=1e-4 * largest)
    maps = network_mapper("hook-cam", network, network.feature_map).maps(exported.images)
    np.testing.assert_allclose(maps, class_evidence(exported.cam), atol=1e-4 * largest)
    assert maps.min() < 0 < maps.max()
