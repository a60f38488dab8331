"""Our own backbones, which timm's registry knows as it knows its own: one module each.

A module decorates a function with timm's `register_model`; the function's name is the backbone's.
What it makes has `forward_features`, `num_features` and `group_matcher`.
"""

import importlib
import pkgutil

import timm

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_module.name)

OWN_BACKBONES: tuple[str, ...] = tuple(
    name
    for name in timm.list_models()
    if timm.models.model_entrypoint(name).__module__.startswith(f"{__name__}.")
)
"""Their names."""
