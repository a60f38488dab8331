"""Which class is the healthy one: known by its name, or stated, and never guessed."""

from __future__ import annotations

from itertools import permutations

import pytest

from pneumoscope.class_roles import (
    HEALTHY_NAMES,
    describe_classes,
    find_normal_class,
    order_classes,
    recognised_order,
    sounds_healthy,
)
from pneumoscope.errors import RecipeError

PAIRS = [
    ("NORMAL", "PNEUMONIA"),
    ("No Finding", "Covid"),
    ("Healthy", "COVID"),
    ("Control", "Case"),
    ("no_findings", "Lung Opacity"),
    ("No-Pneumonia", "Pneumonia"),
    ("NonPneumonia", "Pneumonia"),
    ("negative", "Positive"),
    ("Controls", "Cases"),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_the_healthy_class_is_known_by_its_name_whatever_the_order(pair: tuple[str, str]) -> None:
    for names in permutations(pair):
        assert find_normal_class(names) == pair[0]
        assert recognised_order(names) == pair
        assert order_classes(names, pair[0]) == pair


def test_every_name_is_recognised_in_every_spelling() -> None:
    for name in HEALTHY_NAMES:
        for spelling in (name, name.upper(), name.replace(" ", "_"), name.replace(" ", "-")):
            assert sounds_healthy(spelling)


@pytest.mark.parametrize("name", ["abnormal", "case", "background", "non-normal", "not normal", ""])
def test_names_that_only_look_like_it_are_not_recognised(name: str) -> None:
    assert not sounds_healthy(name)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("BACTERIA", "VIRUS"), "classes are BACTERIA and VIRUS; no name is recognised"),
        (("0", "1"), "no name is recognised"),
        (("Control", "Normal", "Covid"), "Control and Normal all sound like it"),
    ],
)
def test_where_names_do_not_tell_there_is_no_guess(names: tuple[str, ...], reason: str) -> None:
    with pytest.raises(RecipeError, match=reason) as caught:
        find_normal_class(names)
    assert "--normal-class NAME (in a recipe: normal_class: NAME)" in caught.value.hint
    assert recognised_order(names) == tuple(sorted(names))


def test_what_is_stated_wins() -> None:
    assert find_normal_class(("Control", "Normal", "Covid"), "control") == "Control"
    assert find_normal_class(("0", "1"), "1") == "1"
    assert find_normal_class(("NORMAL", "PNEUMONIA"), "none") is None
    assert find_normal_class(("None", "Covid"), "none") == "None"  # a class by that very name
    with pytest.raises(RecipeError, match="'Normal', and the classes are BACTERIA and VIRUS"):
        find_normal_class(("BACTERIA", "VIRUS"), "Normal")


@pytest.mark.parametrize(
    ("names", "stated", "sentence"),
    [
        (("No Finding", "Covid"), "auto", "Healthy class: No Finding, known by its name"),
        (("1", "0"), "1", "Healthy class: 1, as stated. Looked for: 0."),
        (("BACTERIA", "VIRUS"), "none", "Sensitivity and specificity are those of VIRUS."),
        (("A", "B", "C"), "none", "none, as stated. A, B and C are all findings."),
    ],
)
def test_what_was_found_is_said(names: tuple[str, ...], stated: str, sentence: str) -> None:
    assert sentence in describe_classes(names, stated)
