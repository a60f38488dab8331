"""What recipes call backbones of timm, and which of the registered ones are ours."""

from __future__ import annotations

from pneumoscope.recipe.architectures import ARCHITECTURES

SHORT_NAMES = {
    "mobilenetv2": "mobilenetv2_100",
    "mobilenetv3": "mobilenetv3_large_100",
    "resnet50": "resnet50",
    "densenet121": "densenet121",
    "densenet161": "densenet161",
}
"""Short names of some of timm's; recipes may call them, and all others, by timm's names as well."""


def timm_name(name: str) -> str:
    """The name by which timm knows a backbone of a recipe."""
    return SHORT_NAMES.get(name, name)


def is_registered(name: str) -> bool:
    """Whether a backbone is one of our own or of the short names; timm knows others."""
    return name in ARCHITECTURES


def is_ours(name: str) -> bool:
    """Whether a backbone is one of our own, which have no pretrained weights."""
    return name in ARCHITECTURES and name not in SHORT_NAMES
