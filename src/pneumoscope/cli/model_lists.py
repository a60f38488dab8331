"""The packaged models, networks and recipes as lists, with how large each is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from pneumoscope.cli.terminal import plain_table
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import packaged_models
from pneumoscope.recipe.architectures import ARCHITECTURES, SIDE
from pneumoscope.recipe.files import load_recipe, packaged_recipes
from pneumoscope.recipe.systems import SYSTEMS, system_of

Row = Mapping[str, Any]

_WIDTH = 100
_HEADINGS = {
    "input_pixels": "input",
    "multiply_adds": "multiply-adds",
    "file_bytes": "file",
    "class_names": "classes",
    "description": "system, or what it is",
}
_UNITS = {"parameters": (1e6, "M"), "multiply_adds": (1e9, "G"), "file_bytes": (1e6, "MB")}


def model_lists() -> dict[str, list[Row]]:
    """`models`, `networks` and `recipes`, each a list of records for tables and for JSON.

    `parameters` and `file_bytes` (of the model file, in single precision) are `None` where a
    network is not a registered one; `multiply_adds` are of one film of `input_pixels` squared.
    """
    files = packaged_models().items()
    manifests = {name: (read_manifest(path), path.stat().st_size) for name, path in files}
    recipes = {name: load_recipe(name) for name in packaged_recipes()}
    return {
        "models": [
            {
                "name": name,
                "network": manifest.architecture,
                "input_pixels": manifest.preprocess.size,
                **_sizes(manifest.architecture),
                "file_bytes": file_bytes,
                "class_names": list(manifest.class_names),
            }
            for name, (manifest, file_bytes) in manifests.items()
        ],
        "networks": [
            {
                "name": name,
                "input_pixels": SIDE,
                "parameters": network.parameters,
                "multiply_adds": network.multiply_adds,
                "file_bytes": network.file_bytes,
            }
            for name, network in ARCHITECTURES.items()
        ],
        "recipes": [
            {
                "name": name,
                "network": recipe.model.name,
                "input_pixels": recipe.preprocess.size,
                **_sizes(recipe.model.name),
                "epochs": recipe.epochs,
                "description": recipe.description,
            }
            for name, recipe in recipes.items()
        ],
    }


def print_lists(lists: Mapping[str, Sequence[Row]]) -> None:
    """Print the lists as tables of at most 100 columns."""
    console = Console(highlight=False, markup=False)
    console.width = _WIDTH if not console.is_terminal else min(console.width, _WIDTH)
    models = [
        {**model, "class_names": ", ".join(model["class_names"])} for model in lists["models"]
    ]
    recipes = [{**recipe, "description": _what_it_is(recipe)} for recipe in lists["recipes"]]
    console.print(_table("Model files (pneumoscope predict --model NAME)", models), "")
    console.print(_table("Networks (model.name of a recipe)", lists["networks"]), "")
    console.print(_table("Recipes (pneumoscope train --recipe NAME)", recipes), "")
    console.print(
        "Multiply-adds: for one film, in convolutions and linear layers. File: in single precision."
        "\nThe card of a model: pneumoscope models show NAME|FILE"
    )


def _sizes(network: str) -> Row:
    known = ARCHITECTURES.get(network)
    return {
        "parameters": known and known.parameters,
        "file_bytes": known and known.file_bytes,
    }


def _table(title: str, records: Sequence[Row]) -> Table:
    table = plain_table(title, gap=1)
    for name in records[0] if records else ():
        table.add_column(
            _HEADINGS.get(name, name),
            justify="right" if name in _UNITS else "left",
            no_wrap=name not in ("class_names", "description"),
        )
    for record in records:
        table.add_row(*(_cell(name, value) for name, value in record.items()))
    return table


def _cell(name: str, value: Any) -> str:
    """Sizes have units and three digits that matter, such as `0.30 G`, `4.09 G` and `106 MB`."""
    if value is None:
        return "not known"
    if name not in _UNITS:
        return str(value)
    unit, symbol = _UNITS[name]
    amount = value / unit
    return f"{amount:.{0 if amount >= 100 else 1 if amount >= 10 else 2}f} {symbol}"


def _what_it_is(recipe: Row) -> str:
    """The recipe's system, or its description up to the first colon, parenthesis or full stop."""
    letter = system_of(recipe["name"])
    if letter is not None:
        return f"{letter}: {SYSTEMS[letter].title}"
    return re.split(r"[:.;]| \(", recipe["description"], maxsplit=1)[0]
