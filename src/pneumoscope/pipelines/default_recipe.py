"""Which recipe trains on films of which nobody has said how: see `choose_recipe`."""

from __future__ import annotations

from dataclasses import dataclass

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import RecipeError
from pneumoscope.pipelines.network_names import check_network
from pneumoscope.recipe.backbones import is_ours
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.weights import check_source, check_weights, choose_weights
from pneumoscope.wording import count_films

TRANSFER, FROM_SCRATCH = "transfer", "small-cnn"
FEW_FILMS = 100
"""With fewer, a large network learns the films themselves, and no figure would tell."""
_TEST_FRACTION = 0.15
_WITH_LUNGS = ("augment.surroundings_probability=0.7", "loss.evidence_outside_lungs=0.02")


@dataclass(frozen=True)
class ChosenRecipe:
    """A recipe, and why it was chosen, in a sentence."""

    recipe: Recipe
    reason: str


def choose_recipe(
    films: FilmTable,
    overrides: tuple[str, ...] = (),
    *,
    network: str | None = None,
    weights: str | None = None,
    lung_fields: bool = False,
) -> ChosenRecipe:
    """The recipe for these films.

    `transfer` begins with ImageNet weights. `small-cnn` begins from scratch, where there are no
    such weights, or fewer than `FEW_FILMS` films. `network` is a backbone that somebody asked for:
    it is trained by the recipe of its kind, and the recipe bears its name. `weights` is that of
    `choose_weights`, `overrides` those of `load_recipe`; `lung_fields` says that there are masks,
    which `transfer` makes use of. Where nothing divides `FEW_FILMS` or more, some are held out as
    test films.

    Raises `UnknownModelError` for a network that there is not, and `RecipeError` for weights of
    `network` that cannot be had, a folder of weights that does not exist, and wrong settings.
    """
    if weights is not None:
        check_source(weights)
    settings = list(overrides)
    if network is not None:
        settings = [f"model.name={network}", f"name={network}", *settings]
    if not any(film.split for film in films.films) and len(films) >= FEW_FILMS:
        settings = [f"split.test_fraction={_TEST_FRACTION}", *settings]
    with_lungs = [*_WITH_LUNGS, *settings] if lung_fields else settings
    if network is not None and is_ours(network):
        return ChosenRecipe(
            load_recipe(FROM_SCRATCH, settings),
            f"{network} is a small network, which learns from scratch.",
        )
    if network is not None:
        recipe = _with_weights(load_recipe(TRANSFER, with_lungs), weights)
        kind = "from scratch" if recipe.model.weights == "none" else "from pretrained weights"
        return ChosenRecipe(recipe, f"{network} was asked for, and learns {kind}.")
    reason = f"{count_films(len(films))} are too few for a large network ({FEW_FILMS} at least)."
    if len(films) >= FEW_FILMS:
        try:
            recipe = _with_weights(load_recipe(TRANSFER, with_lungs), weights)
            if recipe.model.weights != "none":
                return ChosenRecipe(
                    recipe, "There are films enough, and pretrained weights to begin with."
                )
            reason = (
                "Without pretrained weights (--weights none), a small network does as well."
                if weights == "none"
                else f"There are no weights of {recipe.model.name} in {weights}."
            )
        except RecipeError as error:
            if weights is not None:
                raise  # a person named these
            reason = f"{error.message} With --weights FOLDER they would be used."
    return ChosenRecipe(load_recipe(FROM_SCRATCH, settings), reason)


def _with_weights(recipe: Recipe, weights: str | None) -> Recipe:
    check_network(recipe.model.name)
    chosen = choose_weights(recipe, weights) if weights else recipe
    check_weights(chosen)
    return chosen
