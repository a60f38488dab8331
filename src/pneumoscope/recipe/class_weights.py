"""How much the films of each class weigh in the loss."""

from __future__ import annotations

from collections.abc import Sequence

from pneumoscope.errors import RecipeError


def class_weights(setting: str | Sequence[float], films: Sequence[int]) -> tuple[float, ...]:
    """The weight of each class, by the setting `loss.class_weights` and its training films.

    `balanced` gives films / (classes x films of the class), `none` 1 for every class. Raises
    `RecipeError` where numbers are given, and not one for each class.
    """
    if setting == "none":
        return (1.0,) * len(films)
    if setting == "balanced":
        return tuple(sum(films) / (len(films) * of_class) for of_class in films)
    if len(setting) != len(films):
        raise RecipeError(f"loss.class_weights has {len(setting)} values for {len(films)} classes.")
    return tuple(float(weight) for weight in setting)


def class_weights_in_words(
    setting: str | Sequence[float], class_names: Sequence[str], films: Sequence[int]
) -> str:
    """`NORMAL 1.94, PNEUMONIA 0.67 (balanced, for 1,341 and 3,875 training films)`, or that all
    films weigh the same."""
    counts = " and ".join(f"{count:,}" for count in films)
    if setting == "none":
        return f"none: every film weighs the same ({counts} training films)"
    weights = class_weights(setting, films)
    numbers = ", ".join(
        f"{name} {weight:.3g}" for name, weight in zip(class_names, weights, strict=True)
    )
    how = "balanced" if setting == "balanced" else "as the recipe says"
    return f"{numbers} ({how}, for {counts} training films)"
