"""Which class is the healthy one: known by its name, or as somebody states it.

Whatever is told of a model hangs on it: sensitivity, ROC-AUC of two classes, the operating point
`screening`, which films are called ill, and whose evidence is coloured. So it is never guessed:
where not exactly one class has a name that is recognised, somebody has to say.

The healthy class comes first among the classes of a model, whatever it is called. Of two classes
the second is then the one that is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from pneumoscope.errors import RecipeError
from pneumoscope.wording import listed

AUTO: Final = "auto"
"""Known by its name."""
NONE: Final = "none"
"""Stated: every class is a finding."""

HEALTHY_NAMES = (
    "normal",
    "normals",
    "healthy",
    "control",
    "controls",
    "healthy control",
    "healthy controls",
    "negative",
    "no finding",
    "no findings",
    "no disease",
    "no abnormality",
    "no abnormalities",
    "no pneumonia",
    "non-pneumonia",
    "unremarkable",
)
"""Names of healthy classes that are recognised, in any case, blanks, hyphens and underscores
counting for nothing."""


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.casefold())


_RECOGNISED = frozenset(map(_folded, HEALTHY_NAMES))


def sounds_healthy(name: str) -> bool:
    """Whether a class has one of `HEALTHY_NAMES`."""
    return _folded(name) in _RECOGNISED


def find_normal_class(class_names: Sequence[str], stated: str = AUTO) -> str | None:
    """The healthy one of some classes; `None` where it is stated that there is none.

    `stated` is a class, in any case, or `none`, or `auto`: the one whose name is recognised. Raises
    `RecipeError` where no class or more than one is recognised, and for a class that is not there.
    """
    for name in class_names:
        if name.casefold() == stated.casefold():
            return name
    classes = listed(class_names)
    if stated.casefold() == NONE:
        return None
    if stated.casefold() != AUTO:
        raise RecipeError(
            f"The healthy class is said to be {stated!r}, and the classes are {classes}.",
            "Name one of them with --normal-class NAME (in a recipe: normal_class: NAME), or none.",
        )
    recognised = [name for name in class_names if sounds_healthy(name)]
    if len(recognised) == 1:
        return recognised[0]
    found = f"{listed(recognised)} all sound like it" if recognised else "no name is recognised"
    raise RecipeError(
        f"Which class is the healthy one? The classes are {classes}; {found}.",
        "Say it with --normal-class NAME (in a recipe: normal_class: NAME), or --normal-class none "
        "where every class is a finding.",
    )


def order_classes(names: Iterable[str], normal_class: str | None) -> tuple[str, ...]:
    """Class names in their order, each once: the healthy one, if any, and then the others sorted.

    >>> order_classes(["No Finding", "Covid"], "No Finding")
    ('No Finding', 'Covid')
    """
    return tuple(sorted(set(names), key=lambda name: (name != normal_class, name)))


def recognised_order(names: Iterable[str]) -> tuple[str, ...]:
    """Class names in the order of a table that nobody has said more of: `order_classes` with the
    class that is recognised, if exactly one is."""
    classes = sorted(set(names))
    recognised = [name for name in classes if sounds_healthy(name)]
    return order_classes(classes, recognised[0] if len(recognised) == 1 else None)


def can_be_screened(class_names: Sequence[str], normal_class: str | None) -> bool:
    """Whether films can be screened: for all findings, or for the second of two classes. Of three
    findings, none is the one that the others are screened for."""
    return normal_class is not None or len(class_names) == 2


def describe_classes(class_names: Sequence[str], stated: str) -> str:
    """Which class is taken for the healthy one, in sentences for whoever begins to train.

    Raises as `find_normal_class`.
    """
    normal_class = find_normal_class(class_names, stated)
    if normal_class is None:
        sentence = f"Healthy class: none, as stated. {listed(class_names)} are all findings."
        if len(class_names) == 2:
            sentence += f" Sensitivity and specificity are those of {class_names[1]}."
        return sentence
    findings = listed([name for name in class_names if name != normal_class])
    if stated.casefold() == AUTO:
        return (
            f"Healthy class: {normal_class}, known by its name (--normal-class says otherwise). "
            f"Looked for: {findings}."
        )
    return f"Healthy class: {normal_class}, as stated. Looked for: {findings}."
