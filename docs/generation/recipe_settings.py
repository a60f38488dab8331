"""All settings of a recipe, as one page."""

from __future__ import annotations

import json
from typing import Any

from pneumoscope.recipe.settings import Recipe

_HEADER = """\
# Settings of a recipe

Generated from `pneumoscope.recipe.settings` by `make docs`. How to use a recipe is told in
[training.md](training.md).

A recipe is a YAML file. Only `name` has to be given, and a recipe read from a file takes even that
from the file's name. A key that is not listed here is an error.
"""

_LOWER = {"minimum": "≥", "exclusiveMinimum": ">"}
_UPPER = {"maximum": "≤", "exclusiveMaximum": "<"}
_UNLIMITED = 2**63


def recipe_page() -> str:
    """`recipes.md`."""
    schema = Recipe.model_json_schema()
    parts = schema.pop("$defs")
    sections = [
        _HEADER,
        "## The recipe itself\n",
        f"{_explanation(schema)}\n",
        _table(schema, skip=frozenset(_part_names(schema))),
    ]
    for key, name in _part_names(schema).items():
        part = parts[name]
        title = f"{key} (a list)" if key == "stages" else key
        sections += [f"## {title}\n", f"{_explanation(part)}\n"]
        if {"type": "null"} in schema["properties"][key].get("anyOf", []):
            sections.append(f"`{key}: null` turns it off.\n")
        sections.append(_table(part))
    return "\n".join(sections)


def _part_names(schema: dict[str, Any]) -> dict[str, str]:
    """Keys that hold settings of their own, with the name of their class."""
    found = {}
    for key, setting in schema["properties"].items():
        if references := _references(setting):
            found[key] = references[0]
    return found


def _references(setting: dict[str, Any]) -> list[str]:
    options = [setting, setting.get("items", {}), *setting.get("anyOf", [])]
    return [option["$ref"].rpartition("/")[2] for option in options if "$ref" in option]


def _table(schema: dict[str, Any], skip: frozenset[str] = frozenset()) -> str:
    rows = ["| key | value | default |", "|---|---|---|"]
    for key, setting in schema["properties"].items():
        if key in skip:
            continue
        default = (
            f"`{json.dumps(setting['default'])}`" if "default" in setting else "none: required"
        )
        kind = _kind(setting)
        if "description" in setting:
            kind += f"; {setting['description']}"
        rows.append(f"| `{key}` | {kind} | {default} |")
    return "\n".join(rows) + "\n"


def _kind(setting: dict[str, Any]) -> str:
    """What values a setting takes, in words."""
    if "anyOf" in setting:
        return " or ".join(_kind(option) for option in setting["anyOf"])
    if "enum" in setting:
        return ", ".join(f"`{value}`" for value in setting["enum"])
    if setting.get("type") == "array":
        members = setting.get("prefixItems")
        return f"[low, high], each {_kind(members[0])}" if members else "list of numbers"
    words = {"number": "number", "integer": "integer", "string": "text", "null": "`null`"}
    return words.get(setting["type"], setting["type"]).replace("boolean", "true or false") + (
        _bounds(setting)
    )


def _bounds(setting: dict[str, Any]) -> str:
    bounds = [
        f"{sign} {setting[key]:g}"
        for signs in (_LOWER, _UPPER)
        for key, sign in signs.items()
        if key in setting and setting[key] < _UNLIMITED
    ]
    return f" {' and '.join(bounds)}" if bounds else ""


def _explanation(schema: dict[str, Any]) -> str:
    """What the docstring says to people who write recipes, not to those who write code."""
    paragraphs = schema["description"].split("\n\n")
    return "\n\n".join(text for text in paragraphs if not text.startswith("Raises "))
