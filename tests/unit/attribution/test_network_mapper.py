"""Every method, on a small network whose head is not average pooling and one linear layer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pneumoscope.attribution.network_mapper import network_mapper
from pneumoscope.errors import PneumoscopeError
from pneumoscope.heatmaps.methods import METHODS
from pneumoscope.inference.prediction import class_evidence
from pneumoscope.networks.network import contrast
from pneumoscope.networks.torchvision_ops import declare_missing_operators

SIDE = 28
GRID = 7
CLASSES = 3
GENERAL = [method for method in METHODS if method != "hook-cam"]
ONLY_POSITIVE = ("grad-cam", "grad-cam++", "layer-cam", "score-cam")


class Perceptron(nn.Module):
    """Convolutions, pooling, and a head with a hidden layer."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(4),
            nn.Conv2d(8, 16, 3, padding=1),
        )
        self.head = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, CLASSES))
        nn.init.normal_(self.head[-1].weight)

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.features(image / 255.0).amax(dim=(2, 3)))


@pytest.fixture
def network() -> Perceptron:
    torch.manual_seed(3)
    return Perceptron()


@pytest.fixture
def images() -> np.ndarray:
    films = np.random.default_rng(3).integers(0, 256, (3, SIDE, SIDE), np.uint8)
    films.flags.writeable = False  # as from a memory map
    return films


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", GENERAL)
def test_maps_of_any_head(method: str, network: Perceptron, images: np.ndarray) -> None:
    mapper = network_mapper(method, network, network.features)
    maps = mapper.maps(images)
    side = SIDE if method in ("integrated-gradients", "occlusion") else GRID
    assert mapper.name == method
    assert maps.shape == (3, CLASSES, side, side)
    assert maps.dtype == np.float32
    assert maps.max() > 0
    assert (maps.min() >= 0) == (method in ONLY_POSITIVE)
    np.testing.assert_allclose(mapper.maps(images[1:2]), maps[1:2], rtol=1e-3, atol=1e-6)
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("grad-cam", "GradCAM"),
        ("grad-cam++", "GradCAMPlusPlus"),
        ("layer-cam", "LayerCAM"),
        ("score-cam", "ScoreCAM"),
    ],
)
def test_the_library_draws_the_same_maps(
    method: str, name: str, network: Perceptron, images: np.ndarray
) -> None:
    declare_missing_operators()
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.image import scale_cam_image

    maps = network_mapper(method, network, network.features).maps(images)
    library = getattr(pytorch_grad_cam, name)(network, [network.features])
    for index in range(CLASSES):

        def target(logits: Tensor, index: int = index) -> Tensor:
            return contrast(logits[None])[0, index]

        theirs = library(torch.tensor(images[:, None], dtype=torch.float32), [target] * 3)
        ours = scale_cam_image(scale_cam_image(maps[:, index], (SIDE, SIDE)))
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
        assert theirs.max() > 0.99


def test_integrated_gradients_are_complete(network: Perceptron, images: np.ndarray) -> None:
    """They add up to what sets the film apart from an even gray, for every class."""
    maps = network_mapper("integrated-gradients", network, network.features).maps(images)
    films = torch.tensor(images[:, None], dtype=torch.float32)
    gray = films.mean(dim=(2, 3), keepdim=True).expand_as(films)
    with torch.no_grad():
        gained = contrast(network(films)) - contrast(network(gray))
    allowed = 0.02 * gained.abs().max().item()
    np.testing.assert_allclose(maps.sum(axis=(2, 3)), gained.numpy(), atol=allowed)


def test_occlusion_finds_what_matters() -> None:
    """A network that sees one corner only: elsewhere nothing is lost."""

    class Corner(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            seen = image[:, 0, :4, :4].mean(dim=(1, 2)) / 255.0
            return torch.stack([-seen, seen], dim=1)

    corner = Corner()
    film = np.zeros((1, SIDE, SIDE), np.uint8)
    film[0, :4, :4] = 255
    maps = network_mapper("occlusion", corner, corner).maps(film)
    # The contrast of two classes is the difference of their logits: 2 in the corner, less the gray.
    assert maps[0, 1, 0, 0] == pytest.approx(2 * (1 - 16 / SIDE**2), rel=1e-5)
    assert np.all(maps[0, :, 8:, :] == 0)
    assert np.all(maps[0, :, :, 8:] == 0)
    np.testing.assert_allclose(maps[0, 0], -maps[0, 1])


def test_frozen_networks_have_gradients_too(network: Perceptron, images: np.ndarray) -> None:
    free = network_mapper("grad-cam", network, network.features).maps(images)
    network.requires_grad_(False)
    frozen = network_mapper("grad-cam", network, network.features).maps(images)
    np.testing.assert_array_equal(frozen, free)


def test_contrast_is_the_evidence_of_the_model_file() -> None:
    values = torch.randn(2, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(contrast(values), class_evidence(values.numpy()), atol=1e-6)


def test_hook_cam_needs_a_linear_head(network: Perceptron) -> None:
    with pytest.raises(PneumoscopeError, match="average pooling and one linear layer"):
        network_mapper("hook-cam", network, network.features)


def test_unknown_method_is_answered_with_near_ones(network: Perceptron) -> None:
    with pytest.raises(PneumoscopeError, match="Did you mean 'grad-cam'"):
        network_mapper("gradcam", network, network.features)


@pytest.mark.parametrize("layer", [nn.Identity(), "head"])
def test_a_layer_without_a_feature_map(
    layer: nn.Module | str, network: Perceptron, images: np.ndarray
) -> None:
    chosen = network.head if layer == "head" else layer
    with pytest.raises(PneumoscopeError, match="not one feature map"):
        network_mapper("grad-cam", network, chosen).maps(images)
