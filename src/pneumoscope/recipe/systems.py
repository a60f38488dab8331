"""The five systems, and the recipes that stand for their models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pneumoscope.errors import UnknownModelError, nearest


@dataclass(frozen=True)
class System:
    """A published way to tell pneumonia on chest radiographs. `recipes` has one for each of its
    models."""

    title: str
    recipes: tuple[str, ...]


SYSTEMS: Mapping[str, System] = {
    "A": System("scratch against transfer", ("a-cnn-scratch", "a-resnet50")),
    "B": System("transfer learning", ("b-resnet50", "b-mobilenet")),
    "C": System("a DenseNet pipeline", ("c-densenet121",)),
    "D": System("CAM and screening", ("d-resnet50", "d-densenet161")),
    "E": System("three classes", ("e-small-cnn", "e-resnet50", "e-mobilenet")),
}


def recipes_of(letters: Sequence[str]) -> list[str]:
    """The recipes of some systems, in the order of `SYSTEMS`; no letters stand for all systems.

    Raises `UnknownModelError` for a letter that is no system.
    """
    for letter in letters:
        if letter not in SYSTEMS:
            raise UnknownModelError(f"There is no system {letter!r}.", nearest(letter, SYSTEMS))
    chosen = set(letters or SYSTEMS)
    return [recipe for letter in SYSTEMS if letter in chosen for recipe in SYSTEMS[letter].recipes]


def system_of(recipe: str) -> str | None:
    """The letter of the system that a recipe belongs to, if it belongs to one."""
    return next((letter for letter, system in SYSTEMS.items() if recipe in system.recipes), None)
