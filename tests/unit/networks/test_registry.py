"""What every registered network must do, and what the registry says to wrong names and weights."""

from __future__ import annotations

import os
import pkgutil
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from torch.nn.modules.batchnorm import _BatchNorm

from pneumoscope.errors import RecipeError, UnknownModelError
from pneumoscope.networks import backbones
from pneumoscope.networks.network import ExplainedNetwork, InputScaling, Network
from pneumoscope.networks.registry import block_groups, create_network, model_names
from pneumoscope.recipe.settings import ModelConfig

SIDE = 64
QUICK = ("small_cnn", "mobilenetv2", "mobilenetv3")


def registered() -> list[object]:
    """Every registered name; the large networks count as slow."""
    return [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name in model_names()
    ]


@pytest.fixture(scope="module", params=registered())
def network(request: pytest.FixtureRequest) -> Network:
    torch.manual_seed(0)
    return create_network(ModelConfig(name=request.param, weights="none", dropout=0.0), 3)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (2, 1, SIDE, SIDE), dtype=torch.uint8, generator=generator)


def test_shapes(network: Network, images: torch.Tensor) -> None:
    network.eval()
    with torch.no_grad():
        logits, cam, embedding = ExplainedNetwork(network)(images)
    assert logits.shape == (2, 3)
    assert cam.shape[:2] == (2, 3)
    assert cam.shape[2] == cam.shape[3] >= 2
    assert embedding.shape == (2, network.head.in_features)


def test_logits_are_the_mean_of_the_map_plus_bias(network: Network, images: torch.Tensor) -> None:
    network.eval()
    with torch.no_grad():
        logits, cam, _ = ExplainedNetwork(network)(images)
        torch.testing.assert_close(logits, network(images), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(
            cam.mean(dim=(2, 3)) + network.head.bias, logits, rtol=1e-4, atol=1e-5
        )


def test_every_parameter_learns(network: Network, images: torch.Tensor) -> None:
    network.train()
    network.zero_grad()
    network(images).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
    assert network.head.weight.grad is not None
    assert network.head.weight.grad.abs().sum() > 0
    network.zero_grad()


def test_groups_hold_every_parameter_once(network: Network) -> None:
    groups = block_groups(network)
    assert groups[-1] == ["head.weight", "head.bias"]
    assert len(groups) >= 4
    assert sorted(name for group in groups for name in group) == sorted(
        name for name, _ in network.named_parameters()
    )


def test_frozen_batch_norm_stays_frozen(network: Network, images: torch.Tensor) -> None:
    for parameter in network.backbone.parameters():
        parameter.requires_grad_(False)
    network.train()
    before = [
        module.running_mean.clone()
        for module in network.modules()
        if isinstance(module, _BatchNorm) and module.running_mean is not None
    ]
    with torch.no_grad():
        network(images)
    after = [
        module.running_mean
        for module in network.modules()
        if isinstance(module, _BatchNorm) and module.running_mean is not None
    ]
    assert before
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert network.dropout.training
    for parameter in network.backbone.parameters():
        parameter.requires_grad_(True)


def test_maps_come_with_the_logits(network: Network, images: torch.Tensor) -> None:
    network.eval()
    with torch.no_grad():
        logits, maps = network.logits_and_maps(images)
        _, cam, _ = ExplainedNetwork(network)(images)
        assert torch.equal(logits, network(images))
        assert torch.equal(maps, cam)


def test_a_stride_less_gives_four_times_the_cells_with_the_same_weights() -> None:
    torch.manual_seed(0)
    config = ModelConfig(name="mobilenetv2", weights="none")
    coarse = create_network(config, 2).eval()
    fine = create_network(config.model_copy(update={"output_stride": 16}), 2).eval()
    fine.load_state_dict(coarse.state_dict())
    image = torch.randint(0, 256, (1, 1, 2 * SIDE, 2 * SIDE), dtype=torch.uint8)
    with torch.no_grad():
        assert coarse.features(image).shape[2:] == (4, 4)
        assert fine.features(image).shape[2:] == (8, 8)


@pytest.mark.parametrize("name", ["small_cnn", "densenet121"])
def test_a_stride_that_cannot_be_changed_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match="cannot have the output stride 8"):
        create_network(ModelConfig(name=name, weights="none", output_stride=8), 2)


def test_scaling_centres_gray_pixels() -> None:
    scaling = InputScaling((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    scaled = scaling(torch.tensor([[[[0, 255]]]], dtype=torch.uint8))
    assert scaled.shape == (1, 3, 1, 2)
    torch.testing.assert_close(scaled[0, :, 0], torch.tensor([[-1.0, 1.0]] * 3))


def test_every_module_of_backbones_is_registered_and_its_names_come_first() -> None:
    modules = {module.name for module in pkgutil.iter_modules(backbones.__path__)}
    found = {timm.models.model_entrypoint(name).__module__ for name in backbones.OWN_BACKBONES}
    assert found == {f"{backbones.__name__}.{name}" for name in modules}
    assert model_names()[: len(backbones.OWN_BACKBONES)] == backbones.OWN_BACKBONES


def test_any_timm_backbone() -> None:
    network = create_network(ModelConfig(name="resnet10t", weights="none"), 2)
    assert network.eval()(torch.zeros(1, 1, SIDE, SIDE)).shape == (1, 2)


def test_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(UnknownModelError, match="mobilenetv2"):
        create_network(ModelConfig(name="mobilnetv2"), 2)


def test_transformer_is_refused() -> None:
    with pytest.raises(RecipeError, match="not in a feature map"):
        create_network(ModelConfig(name="vit_tiny_patch16_224", weights="none"), 2)


def test_missing_weights_are_never_replaced_by_random_ones(
    tmp_path: Path,
) -> None:
    with pytest.raises(RecipeError, match="which is not a file"):
        create_network(ModelConfig(name="mobilenetv2", weights=str(tmp_path / "none")), 2)
    empty = tmp_path / "empty.safetensors"
    empty.write_bytes(b"")
    with pytest.raises(RecipeError, match="could not be loaded"):
        create_network(ModelConfig(name="mobilenetv2", weights=str(empty)), 2)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"foreign": torch.zeros(1)}, foreign)
    with pytest.raises(RecipeError, match="lack 312 tensors"):
        create_network(ModelConfig(name="mobilenetv2", weights=str(foreign)), 2)
    with pytest.raises(RecipeError, match="no pretrained weights"):
        create_network(ModelConfig(name="small_cnn", weights="imagenet"), 2)


def test_our_own_backbones_take_weights_from_a_file_too(tmp_path: Path) -> None:
    config = ModelConfig(name="small_cnn", weights="none")
    weights = create_network(config, 2).backbone.state_dict()
    save_file(weights, tmp_path / "small_cnn.safetensors")
    config = config.model_copy(update={"weights": str(tmp_path / "small_cnn.safetensors")})
    loaded = create_network(config, 2).backbone.state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in weights.items())


@pytest.mark.films
def test_local_imagenet_weights_fill_the_backbone(films_root: Path) -> None:
    folder = Path(os.environ.get("PNEUMOSCOPE_WEIGHTS", films_root.parent / "weights"))
    file = folder / "mobilenetv2_100.imagenet.safetensors"
    if not file.is_file():
        pytest.skip(f"no ImageNet weights at {file}")
    network = create_network(ModelConfig(name="mobilenetv2", weights=str(file)), 2)
    published = load_file(file)
    for name, value in network.backbone.state_dict().items():
        assert torch.equal(value, published[name]), name
