"""The same recipe under other circumstances: without pretrained weights, in fewer epochs, or for
classes of other names."""

from __future__ import annotations

from itertools import pairwise

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.settings import Recipe, Stage

# Rates for fine-tuning are too low for random weights.
_SCRATCH_LR = 1e-3


def from_scratch(recipe: Recipe) -> Recipe:
    """The recipe for random weights: one stage of as many epochs, in which every layer learns.

    Frozen random layers would learn nothing, and rates for fine-tuning would take too long: a
    learning rate below 1e-3 is raised to it, and the first epoch warms up.
    """
    return recipe.model_copy(
        update={
            "model": recipe.model.model_copy(update={"weights": "none"}),
            "stages": (Stage(epochs=recipe.epochs),),
            "optimizer": recipe.optimizer.model_copy(
                update={"lr": max(recipe.optimizer.lr, _SCRATCH_LR)}
            ),
            "schedule": recipe.schedule.model_copy(
                update={"warmup_epochs": max(recipe.schedule.warmup_epochs, 1.0)}
            ),
        }
    )


def with_normal_class(recipe: Recipe, normal_class: str) -> Recipe:
    """The recipe for films whose healthy class has this name, as in the setting `normal_class`."""
    return recipe.model_copy(update={"normal_class": normal_class})


def with_epochs(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe with its stages shortened or stretched to `epochs` in all, in proportion.

    Every stage keeps one epoch or more. Raises `RecipeError` for fewer epochs than stages.
    """
    stages = len(recipe.stages)
    if epochs < stages:
        raise RecipeError(
            f"{recipe.name} has {stages} stages, which {epochs} epochs are too few for.",
            f"Give it {stages} epochs or more.",
        )
    total, done, ends = recipe.epochs, 0, [0]
    for index, stage in enumerate(recipe.stages, start=1):
        done += stage.epochs
        earliest, latest = ends[-1] + 1, epochs - (stages - index)
        ends.append(min(max(round(done * epochs / total), earliest), latest))
    return recipe.model_copy(
        update={
            "stages": tuple(
                stage.model_copy(update={"epochs": end - start})
                for stage, (start, end) in zip(recipe.stages, pairwise(ends), strict=True)
            )
        }
    )
