"""Recipes from dictionaries of settings, with every wrong key and value named."""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from pneumoscope.errors import RecipeError, one_line
from pneumoscope.recipe.hints import meant_key, meant_section
from pneumoscope.recipe.settings import Recipe

_MOST = 10  # wrong keys and values that are named
_LONGEST = 200  # characters that are repeated of each
# What pydantic says where there is a value instead of a section.
_SECTION_EXPECTED = ("model_type", "dataclass_type", "dict_type")


def parse_recipe(settings: dict[str, Any], where: str = "the recipe") -> Recipe:
    """Validate a dictionary of settings. Raises `RecipeError` naming wrong keys and values."""
    try:
        return Recipe.model_validate(settings)
    except ValidationError as error:
        raise RecipeError(
            f"In {where}: " + "; ".join(_explain(item) for item in error.errors()[:_MOST])
        ) from error


def _explain(item: Any) -> str:
    location = [one_line(str(part), _LONGEST) for part in item["loc"]]
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        hint = meant_key(location, _known_keys(location[:-1]))
        return f"unknown key {'.'.join(location)!r}. {hint}"
    message = item["msg"].removeprefix("Value error, ")
    got = one_line(repr(item["input"]), _LONGEST)
    hint = meant_section(location) if item["type"] in _SECTION_EXPECTED else ""
    return f"{'.'.join(location) or 'settings'}: {message} (got {got}). {hint}".removesuffix(". ")


def _known_keys(parents: Sequence[str]) -> list[str]:
    section: Any = Recipe
    for parent in parents:
        if parent.isdigit():
            continue
        hints = typing.get_type_hints(section)
        section = _class_in(hints[parent]) if parent in hints else section
    return [
        name for name in typing.get_type_hints(section) if not name.startswith(("_", "model_c"))
    ]


def _class_in(annotation: Any) -> Any:
    """The settings class inside an annotation such as `tuple[Stage, ...]`."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation
    found = [_class_in(part) for part in typing.get_args(annotation)]
    return next(
        (part for part in found if isinstance(part, type) and typing.get_type_hints(part)), Recipe
    )
