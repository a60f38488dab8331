"""Where a recipe's pretrained weights come from: a download, a folder, or nowhere."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.errors import RecipeError
from pneumoscope.networks.registry import timm_name
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.variants import from_scratch


def choose_weights(recipe: Recipe, source: str) -> Recipe:
    """The recipe with weights from `source`.

    `imagenet` is timm's download and cache. `none` is `from_scratch`. A folder is searched for
    `<timm's name of the backbone>.*.safetensors`; a backbone without a file there is trained from
    scratch, which the recipe returned says (`model.weights: none`). A recipe that starts from
    random weights stays as it is. Raises `RecipeError` for a folder that does not exist, or that
    holds several files for the backbone.
    """
    if recipe.model.weights == "none":
        return recipe
    if source == "none":
        return from_scratch(recipe)
    weights = source if source == "imagenet" else _in_folder(recipe.model.name, Path(source))
    if weights is None:
        return from_scratch(recipe)
    model = recipe.model.model_copy(update={"weights": weights})
    return recipe.model_copy(update={"model": model})


def _in_folder(name: str, folder: Path) -> str | None:
    if not folder.is_dir():
        raise RecipeError(
            f"{folder} is not a folder of weights.",
            "Give a folder of .safetensors files, or imagenet, or none.",
        )
    files = sorted(folder.glob(f"{timm_name(name)}.*safetensors"))
    if len(files) > 1:
        raise RecipeError(
            f"{folder} holds {len(files)} files of weights for {name}: "
            f"{', '.join(file.name for file in files)}.",
            "Name one of them with --set model.weights=FILE.",
        )
    return str(files[0]) if files else None
