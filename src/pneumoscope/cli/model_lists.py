"""The packaged models, networks and recipes as lists, with how large each is."""

from __future__ import annotations

import re
from typing import Any

from rich.console import Console
from rich.table import Table

from pneumoscope.cli.terminal import plain_table
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import packaged_models
from pneumoscope.recipe.architectures import Architecture, architectures
from pneumoscope.recipe.files import load_recipe, packaged_recipes
from pneumoscope.recipe.systems import SYSTEMS, system_of

_WIDTH = 100
_COMMON_SIDE = 224


def model_lists() -> dict[str, list[dict[str, Any]]]:
    """`models`, `networks` and `recipes`, each a list of records for tables and for JSON.

    Every record has `parameters`, `multiply_adds` (of one film of `input_pixels` squared) and
    `file_bytes` of the model file in single precision; `None` where a network is not registered.
    """
    known = architectures()
    models = []
    for name, path in packaged_models().items():
        manifest = read_manifest(path)
        trained: Any = manifest.training.get("recipe", {})
        stride = trained.get("model", {}).get("output_stride")
        sizes = _sizes(known.get(manifest.architecture), manifest.preprocess.size, stride)
        models.append(
            {
                "name": name,
                "network": manifest.architecture,
                **sizes,
                "file_bytes": path.stat().st_size,
                "class_names": list(manifest.class_names),
            }
        )
    recipes = []
    for name in packaged_recipes():
        recipe = load_recipe(name)
        recipes.append(
            {
                "name": name,
                "network": recipe.model.name,
                **_sizes(
                    known.get(recipe.model.name),
                    recipe.preprocess.size,
                    recipe.model.output_stride,
                ),
                "epochs": recipe.epochs,
                "description": recipe.description,
            }
        )
    networks = [{"name": name, **_sizes(known[name], _COMMON_SIDE)} for name in known]
    return {"models": models, "networks": networks, "recipes": recipes}


def print_lists(lists: dict[str, list[dict[str, Any]]]) -> None:
    """Print the lists as tables of at most 100 columns."""
    console = Console(highlight=False, markup=False)
    console.width = _WIDTH if not console.is_terminal else min(console.width, _WIDTH)

    models = _table("Model files (pneumoscope predict --model NAME)", "network", "input")
    models.add_column("classes")
    for record in lists["models"]:
        models.add_row(
            *_cells(record, "name", "network", "input_pixels"), ", ".join(record["class_names"])
        )
    networks = _table("Networks (model.name of a recipe)", "input")
    for record in lists["networks"]:
        networks.add_row(*_cells(record, "name", "input_pixels"))
    recipes = _table("Recipes (pneumoscope train --recipe NAME)", "network", "input")
    recipes.add_column("system, or what it is")
    for record in lists["recipes"]:
        recipes.add_row(*_cells(record, "name", "network", "input_pixels"), _what_it_is(record))
    for table in (models, networks, recipes):
        console.print(table, "")
    console.print(
        "Multiply-adds: for one film, in convolutions and linear layers. File: in single precision."
        "\nThe card of a model: pneumoscope models show NAME|FILE"
    )


def _sizes(network: Architecture | None, side: int, stride: int | None = None) -> dict[str, Any]:
    return {
        "input_pixels": side,
        "parameters": network.parameters if network else None,
        "multiply_adds": network.multiply_adds.get((side, stride)) if network else None,
        "file_bytes": network.file_bytes if network else None,
    }


def _table(title: str, *facts: str) -> Table:
    table = plain_table(title, gap=1)
    for name in ("name", *facts):
        table.add_column(name, no_wrap=True)
    for name in ("parameters", "multiply-adds", "file"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(record: dict[str, Any], *facts: str) -> list[str]:
    sizes = (
        _scaled(record["parameters"], 1e6, "M"),
        _scaled(record["multiply_adds"], 1e9, "G"),
        _scaled(record["file_bytes"], 1e6, "MB"),
    )
    return [*(str(record[fact]) for fact in facts), *sizes]


def _scaled(count: int | None, unit: float, symbol: str) -> str:
    """A count in units with three digits that matter, such as `0.30 G`, `4.09 G` and `106 MB`."""
    if count is None:
        return "not known"
    amount = count / unit
    return f"{amount:.{0 if amount >= 100 else 1 if amount >= 10 else 2}f} {symbol}"


def _what_it_is(record: dict[str, Any]) -> str:
    """The recipe's system, or its description up to the first colon, parenthesis or full stop."""
    letter = system_of(record["name"])
    if letter is not None:
        return f"{letter}: {SYSTEMS[letter].title}"
    return re.split(r"[:.;]| \(", record["description"], maxsplit=1)[0]
