"""What the splits of films are called, by us and by others."""

from __future__ import annotations

SPLITS = ("train", "val", "test")

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validate": "val",
    "validation": "val",
    "dev": "val",
    "development": "val",
    "test": "test",
    "testing": "test",
}
"""The split that a folder or a cell names, by its name in lower case."""


def known_split(name: str) -> str | None:
    """The split that a name means, in any case and with blanks around it; `None` where none."""
    return SPLIT_NAMES.get(name.strip().casefold())
