"""Manifests of earlier schema versions, brought to the present one as they are read.

Version 2 tells a model without a healthy class (`normal_class` null) from one of which that is not
known (`normal_class_is_known` false). Version 1 knew the healthy class only where it was called
normal.
"""

from __future__ import annotations

from typing import Any


def to_present_version(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a manifest of any earlier version as the present version has them."""
    if settings["schema_version"] == 1:
        settings = {
            **settings,
            "schema_version": 2,
            "normal_class_is_known": settings.get("normal_class") is not None,
        }
    return settings
