"""What a run says of the machine it trained on."""

from __future__ import annotations

import pytest
import torch

from pneumoscope.recipe.settings import Recipe
from pneumoscope.training.hardware import (
    chosen_accelerator,
    describe_hardware,
    has_fast_bf16,
    processor_name,
    trains_in_bf16,
)


def test_the_machine_is_described() -> None:
    described = describe_hardware(Recipe(name="r", precision="fp32"), "cpu", 1)
    assert described["device"] == "cpu"
    assert described["name"] == processor_name()
    assert described["threads"] == torch.get_num_threads()
    assert described["cores"] >= 1
    assert described["precision"] == "fp32"
    assert processor_name()


def test_auto_takes_a_gpu_where_there_is_one() -> None:
    assert chosen_accelerator("auto") == ("gpu" if torch.cuda.is_available() else "cpu")
    assert chosen_accelerator("cpu") == "cpu"


@pytest.mark.parametrize(
    ("precision", "mixed"), [("bf16", True), ("fp32", False), ("auto", has_fast_bf16("cpu"))]
)
def test_the_recipe_decides_the_precision_or_leaves_it_to_the_machine(
    precision: str, mixed: bool
) -> None:
    recipe = Recipe.model_validate({"name": "r", "precision": precision})
    assert trains_in_bf16(recipe, "cpu") is mixed
