"""What a wrong key of a recipe was probably meant to be."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Sequence

from pneumoscope.errors import nearest
from pneumoscope.recipe.settings import Recipe, Section

# What other programs, and people, call settings that have another name here.
_OTHER_NAMES = {
    "model.name": ("arch", "architecture", "backbone", "model_name", "network"),
    "model.weights": ("pretrained",),
    "preprocess.size": (
        *("image_size", "img_size", "imgsz", "input_shape", "input_size"),
        *("resize", "resolution"),
    ),
    "optimizer.lr": ("learning_rate", "lr0"),
    "optimizer.name": ("optim",),
    "schedule.name": ("lr_schedule", "lr_scheduler", "scheduler"),
    "batch_size": ("batch",),
    "loss.class_weights": ("class_weight",),
    "split.val_fraction": ("val_size", "val_split", "validation_split"),
    "split.test_fraction": ("test_size", "test_split"),
    "augment": ("augmentation", "augmentations", "transforms"),
    "ema_decay": ("ema",),
}
_EPOCHS = (
    "Epochs are those of the stages: give --epochs, or write stages: [{epochs: 5, train: all}] "
    "into the recipe."
)


def meant_key(location: Sequence[str], known: Sequence[str]) -> str:
    """A hint for the wrong key at `location`, whose section knows the keys `known`."""
    *parents, last = location
    if not parents and last in ("epochs", "num_epochs", "max_epochs", "n_epochs"):
        return _EPOCHS
    elsewhere = [
        name
        for name in _dotted_names()
        if name != last and (name.split(".")[-1] == last or last in _OTHER_NAMES.get(name, ()))
    ]
    # Whoever gives the very name of a setting elsewhere means that one; with several, none.
    if len(elsewhere) == 1:
        return f"Did you mean {elsewhere[0]!r}?"
    if len(elsewhere) > 1:
        return "Did you mean one of " + ", ".join(repr(name) for name in elsewhere) + "?"
    return nearest(last, known)


def meant_section(location: Sequence[str]) -> str:
    """A hint for a value at `location` where a section with settings of its own is expected; empty
    where none is."""
    name = ".".join(location)
    keys = [dotted for dotted in _dotted_names() if dotted.startswith(f"{name}.")]
    if not keys:
        return ""
    first = f"{name}.name" if f"{name}.name" in keys else keys[0]
    return f"{name} has settings of its own; did you mean {first!r}? They are {', '.join(keys)}."


def _dotted_names(section: typing.Any = Recipe, before: str = "") -> Iterator[str]:
    """The names of all settings of a recipe, such as `optimizer.lr`, and of its sections."""
    for name, annotation in typing.get_type_hints(section).items():
        if name.startswith(("_", "model_c")):
            continue
        yield before + name
        parts = [annotation, *typing.get_args(annotation)]
        for part in parts:
            if is_section(part):
                yield from _dotted_names(part, f"{before}{name}.")
                break


def is_section(part: typing.Any) -> bool:
    """Whether a type is a section of a recipe, with settings of its own."""
    return (
        isinstance(part, type)
        and typing.get_origin(part) is None
        and (issubclass(part, Section) or part.__name__ == "PreprocessConfig")
    )
