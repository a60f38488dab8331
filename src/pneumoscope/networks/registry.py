"""Networks by the names of their backbones: those of timm's registry, which holds our own too.

Every backbone here ends in a feature map; the network pools it and adds a linear head, so the
class activation map is exact. Layers that a backbone has behind its feature map are left out: with
MobileNetV3, whose last layer follows the pooling, the head sees 960 features instead of 1280.
Backbones without a feature map, such as transformers, are refused, since they have no class
activation map.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import get_deprecated_models, group_parameters, is_model_pretrained
from torch import nn

from pneumoscope.errors import RecipeError, UnknownModelError, nearest
from pneumoscope.networks.backbones import OWN_BACKBONES
from pneumoscope.networks.network import InputScaling, Network
from pneumoscope.networks.threads import use_threads
from pneumoscope.recipe.backbones import SHORT_NAMES, timm_name
from pneumoscope.recipe.settings import ModelConfig
from pneumoscope.recipe.weights import OTHER_WEIGHTS

_SIDE = 224  # of a film on which a backbone is tried out, in pixels


def model_names() -> tuple[str, ...]:
    """The names that recipes use: our own backbones, and the short ones of some of timm's."""
    return (*OWN_BACKBONES, *SHORT_NAMES)


def check_backbone(name: str) -> None:
    """Raise `UnknownModelError` for a backbone that neither we nor timm know."""
    if not timm.is_model(timm_name(name)):
        raise UnknownModelError(
            f"There is no backbone {name!r}.",
            nearest(name, [*model_names(), *timm.list_models()]),
        )


def create_network(config: ModelConfig, classes: int) -> Network:
    """Build the network that a recipe's `model` section describes, with `classes` outputs, and let
    PyTorch compute with as many threads as `cores.threads` says.

    Raises `UnknownModelError` for a name that neither we nor timm know, and `RecipeError` for
    weights that cannot be had or do not fit: there is no silent fallback to random weights.
    """
    use_threads()
    backbone = _backbone(config)
    mean, std = backbone.pretrained_cfg["mean"], backbone.pretrained_cfg["std"]
    if config.pixel_mean is not None:
        mean = (config.pixel_mean,) * 3
    if config.pixel_std is not None:
        std = (config.pixel_std,) * 3
    features = _feature_channels(backbone, config)
    if config.weights not in ("imagenet", "none"):
        _check_that_weights_are_complete(backbone, config)
    return Network(backbone, features, classes, InputScaling(mean, std), config.dropout)


def block_groups(network: Network) -> list[list[str]]:
    """Names of the network's parameters in groups from the input to the head, the last group."""
    backbone = network.backbone
    groups = group_parameters(backbone, backbone.group_matcher(coarse=True))
    blocks = [[f"backbone.{name}" for name in groups[key]] for key in sorted(groups)]
    return [*blocks, ["head.weight", "head.bias"]]


def _backbone(config: ModelConfig) -> Any:
    check_backbone(config.name)
    name = timm_name(config.name)
    options: dict[str, Any] = {"num_classes": 0, "global_pool": ""}
    if config.output_stride is not None:
        options["output_stride"] = config.output_stride
    if config.weights == "imagenet":
        # timm itself turns deprecated names into others, whose weights it does not know by them.
        if not is_model_pretrained(name) and name not in get_deprecated_models():
            raise RecipeError(
                f"There are no pretrained weights {config.weights!r} for {config.name}.",
                "Set model.weights to none.",
            )
        options["pretrained"] = True
    elif config.weights != "none":
        if not Path(config.weights).is_file():
            raise RecipeError(
                f"model.weights names {config.weights!r}, which is not a file.",
                "Give the path of a .safetensors file in timm's layout, or imagenet, or none.",
            )
        options |= {"pretrained": True, "pretrained_cfg_overlay": {"file": config.weights}}
    try:
        return timm.create_model(name, **options)
    except (AssertionError, NotImplementedError, TypeError) as error:
        # How timm's backbones say that they have no other stride differs.
        if config.output_stride is None:
            raise
        raise _fixed_stride(config) from error
    except Exception as error:  # timm and its download library raise many unrelated kinds here
        if config.weights == "none":
            raise
        raise RecipeError(
            f"The weights {config.weights!r} for {config.name} could not be loaded: "
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}",
            OTHER_WEIGHTS,
        ) from error


def _fixed_stride(config: ModelConfig) -> RecipeError:
    return RecipeError(
        f"The backbone {config.name} cannot have the output stride {config.output_stride}.",
        "Leave model.output_stride out, or choose a backbone such as mobilenetv2 or resnet50.",
    )


def _feature_channels(backbone: Any, config: ModelConfig) -> int:
    """Channels of the feature map. Parts of the backbone that lie behind it are taken out."""
    used: set[nn.Module] = set()
    hooks = [
        child.register_forward_pre_hook(lambda module, _: used.add(module))
        for child in backbone.children()
    ]
    with torch.no_grad():
        features = backbone.eval().forward_features(torch.zeros(1, 3, _SIDE, _SIDE))
    for hook in hooks:
        hook.remove()
    for child_name, child in list(backbone.named_children()):
        if child not in used:
            setattr(backbone, child_name, nn.Identity())
    if features.ndim != 4 or features.shape[1] != backbone.num_features:
        raise RecipeError(
            f"The backbone {config.name} ends in values of shape {tuple(features.shape)}, not in a "
            "feature map (N, channels, rows, columns), so it has no class activation map.",
            "Choose a convolutional backbone.",
        )
    if config.output_stride not in (None, _SIDE // features.shape[2]):
        raise _fixed_stride(config)  # it has paid no heed
    return int(features.shape[1])


def _check_that_weights_are_complete(backbone: nn.Module, config: ModelConfig) -> None:
    """timm loads what it finds and leaves the rest random, which must not pass unnoticed."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(config.weights, framework="pt") as file:
            missing = backbone.state_dict().keys() - set(file.keys())
    except SafetensorError as error:
        raise RecipeError(
            f"The weights {config.weights} are not a safetensors file: {error}."
        ) from error
    if missing:
        raise RecipeError(
            f"The weights {config.weights} lack {len(missing)} tensors of {config.name}, such as "
            f"{min(missing)}.",
            "Expected a .safetensors file of this very backbone in timm's layout.",
        )
