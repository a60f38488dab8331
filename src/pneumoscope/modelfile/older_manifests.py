"""Manifests of earlier schema versions, brought to the present one as they are read.

Version 1 knew the healthy class only where it was called normal, divided logits by a temperature,
and did not say which prevalence probabilities are for.
"""

from __future__ import annotations

from typing import Any


def to_present_version(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a manifest of any earlier version as the present version has them.

    What is wrong in the settings stays wrong, for the manifest's own checks to tell.
    """
    if settings["schema_version"] != 1:
        return settings
    newer = {
        **settings,
        "schema_version": 2,
        "normal_class_is_known": settings.get("normal_class") is not None,
        "prevalence": None,
    }
    temperature, names = newer.pop("temperature", None), settings.get("class_names")
    if (
        isinstance(temperature, int | float)
        and temperature > 0
        and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
    ):
        newer["calibration"] = {
            "scale": dict.fromkeys(names, 1 / temperature),
            "offset": dict.fromkeys(names, 0.0),
        }
    return newer
