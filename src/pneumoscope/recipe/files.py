"""Read recipes from YAML files, or by name from those that come with the package.

Every setting can be overridden from the command line with `--set part.key=value`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from pneumoscope.errors import RecipeError, UnknownModelError, nearest
from pneumoscope.recipe.dotted import check_search, put_setting
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.settings import Recipe

# PyYAML lets pass what Python raises of values that are none: a date such as 2024-13-01, a
# `!!timestamp` or `!!int` of something else, nesting without end.
_YAML_ERRORS = (
    yaml.YAMLError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)


def load_recipe(source: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe from a YAML file or, by name, from the recipes in the package.

    `overrides` are `part.key=value` strings; values are read as YAML. Raises `RecipeError` for
    wrong settings and `UnknownModelError` for a name that is neither a file nor a packaged recipe.
    """
    path = _find(source)
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, *_YAML_ERRORS) as error:
        raise RecipeError(f"The recipe {path} could not be read: {error}.") from error
    if not isinstance(settings, dict):
        raise RecipeError(
            f"The recipe {path} holds no settings.", "Expected YAML lines such as `name: my-run`."
        )
    settings.setdefault("name", path.stem)
    if not overrides:
        return _checked(settings, str(path))
    changed = copy.deepcopy(settings)
    for override in overrides:
        _apply(changed, override)
    try:
        return _checked(changed, "--set")
    except RecipeError:
        _checked(settings, str(path))  # a file that is wrong by itself is to blame
        raise


def _checked(settings: dict[str, Any], where: str) -> Recipe:
    recipe = parse_recipe(settings, where)
    check_search(recipe, where)
    return recipe


def packaged_recipes() -> dict[str, Path]:
    """Names and files of the recipes that come with the package."""
    for folder in (
        Path(str(resources.files("pneumoscope"))) / "recipes",
        Path(__file__).parents[3] / "recipes",
    ):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return {}


def _find(source: str | Path) -> Path:
    path = Path(source)
    if path.is_file():
        return path
    recipes = packaged_recipes()
    if str(source) in recipes:
        return recipes[str(source)]
    raise UnknownModelError(
        f"There is no recipe file and no packaged recipe {str(source)!r}.",
        nearest(str(source), recipes),
    )


def _apply(settings: dict[str, Any], override: str) -> None:
    """Set one `part.key=value` in nested settings."""
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise RecipeError(
            f"Cannot apply {override!r}.",
            "Write it as part.key=value, for example optimizer.lr=1e-4.",
        )
    try:
        value = yaml.safe_load(text)
    except _YAML_ERRORS as error:
        reason = getattr(error, "problem", None) or error
        raise RecipeError(
            f"Cannot apply {override!r}: its value is not YAML ({reason}).",
            "Close every bracket and quote, for example stages=[{epochs: 2}].",
        ) from error
    try:
        put_setting(settings, key.strip(), value)
    except RecipeError as error:
        raise RecipeError(f"Cannot apply {override!r}: {error.message}") from error
