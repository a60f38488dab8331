"""Whether there is a network of the name that a recipe gives, before anything is started."""

from __future__ import annotations

from pneumoscope.cores import prepare_libraries
from pneumoscope.errors import needs_extra
from pneumoscope.recipe.backbones import is_registered


def check_network(name: str) -> None:
    """Raise `UnknownModelError` where neither we nor timm know a backbone.

    Registered ones are known at once. For all others timm is asked, which takes PyTorch, and so a
    few seconds; where that is missing, `MissingExtraError` is raised.
    """
    if is_registered(name):
        return
    prepare_libraries()  # before PyTorch is loaded
    with needs_extra("Training", "train"):
        from pneumoscope.networks.registry import check_backbone
    check_backbone(name)
