"""Settings of a recipe by their dotted names, such as `optimizer.lr`: replaced, and searched."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.search_space import SearchedValues, SearchRange
from pneumoscope.recipe.settings import Recipe

# Trials are compared on the same films, and a lucky seed is no better recipe.
_SHARED_BY_TRIALS = ("labels", "split", "seed", "search")


def put_setting(settings: dict[str, Any], name: str, value: Any) -> None:
    """Set one setting in nested settings; a part that is missing or null begins empty.

    Raises `RecipeError` where a part of the name holds a value instead of settings.
    """
    *parents, last = name.split(".")
    section: Any = settings
    for parent in parents:
        if isinstance(section, dict):
            if section.get(parent) is None:
                section[parent] = {}
            section = section[parent]
    if not isinstance(section, dict):
        raise RecipeError(f"{'.'.join(parents)} has no keys of its own.")
    section[last] = value


def with_settings(recipe: Recipe, values: Mapping[str, Any], where: str = "the recipe") -> Recipe:
    """The recipe with other settings, validated anew, and with nothing left to search.

    Raises `RecipeError` for names and values that a recipe cannot have.
    """
    settings = recipe.model_dump(mode="json", exclude={"search"})
    for name, value in values.items():
        try:
            put_setting(settings, name, value)
        except RecipeError as error:
            raise RecipeError(f"In {where}: unknown key {name!r}. {error.message}") from error
    return parse_recipe(settings, where)


def setting_of(recipe: Recipe, name: str) -> Any:
    """The value of a setting in plain types; `None` also where the part around it is turned off."""

    def step(section: Any, part: str) -> Any:
        return None if section is None else section[part]

    return functools.reduce(step, name.split("."), recipe.model_dump(mode="json"))


def check_search(recipe: Recipe, where: str = "the recipe") -> None:
    """Raise `RecipeError` where `search` names what is no setting, or values it cannot take."""
    for name, searched in recipe.search.items():
        part = name.partition(".")[0]
        if part in _SHARED_BY_TRIALS:
            raise RecipeError(
                f"In {where}, search: {name} cannot be searched.",
                f"All trials of a tuning share {', '.join(_SHARED_BY_TRIALS[:-1])}.",
            )
        for value in _outermost(searched):
            with_settings(recipe, {name: value}, f"{where}, search")
        if isinstance(searched, SearchRange) and isinstance(setting_of(recipe, name), bool):
            raise RecipeError(
                f"In {where}, search: {name} is true or false, not a number.",
                "Write the choices as a list: [true, false].",
            )


def start_of_search(recipe: Recipe) -> dict[str, Any]:
    """The recipe's own value of every setting that is searched, as its range or list has it.

    Raises `RecipeError` where a range or list leaves the recipe's own value out.
    """
    start = {}
    for name, searched in recipe.search.items():
        own = setting_of(recipe, name)
        if isinstance(searched, SearchRange):
            found = [own] if own is not None and searched.holds(own) else []
        else:
            unchanged = with_settings(recipe, {})
            found = [
                choice for choice in searched if with_settings(recipe, {name: choice}) == unchanged
            ]
        if not found:
            raise RecipeError(
                f"The search of {name} leaves out the recipe's own value, {own!r}, with which "
                "tuning begins.",
                f"Widen search.{name}, or choose another value with --set {name}=VALUE.",
            )
        start[name] = found[0]
    return start


def _outermost(searched: SearchedValues) -> tuple[Any, ...]:
    """The values that stand for all others: ends and first step of a range, or every choice."""
    if not isinstance(searched, SearchRange):
        return searched
    ends = (searched.low, searched.high)
    return ends if searched.step is None else (*ends, searched.low + searched.step)


def asks_for_division(overrides: Sequence[str]) -> bool:
    """Whether the values of `overrides` say how to divide films, although a table may do so."""
    return any(override.split("=")[0].strip().split(".")[0] == "split" for override in overrides)
