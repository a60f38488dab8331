"""The weights of classes: those of the official training split, and what is said of them."""

from __future__ import annotations

import pytest

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.class_weights import class_weights, class_weights_in_words

OFFICIAL = (1341, 3875)
NAMES = ("NORMAL", "PNEUMONIA")


def test_balanced_weights_of_the_official_training_split() -> None:
    assert class_weights("balanced", OFFICIAL) == pytest.approx([1.94, 0.67], abs=0.006)


def test_given_weights_must_fit() -> None:
    assert class_weights((2.0, 1.0), (1, 1)) == (2.0, 1.0)
    with pytest.raises(RecipeError, match="3 values for 2 classes"):
        class_weights((1.0, 1.0, 1.0), (1, 1))


def test_weights_are_told_in_numbers() -> None:
    assert (
        class_weights_in_words("balanced", NAMES, OFFICIAL)
        == "NORMAL 1.94, PNEUMONIA 0.673 (balanced, for 1,341 and 3,875 training films)"
    )
    assert "NORMAL 3, PNEUMONIA 1 (as the recipe says" in class_weights_in_words(
        (3.0, 1.0), NAMES, OFFICIAL
    )
    assert class_weights_in_words("none", NAMES, OFFICIAL).startswith("none: every film weighs")
