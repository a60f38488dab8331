"""What the report of a run says of its training, in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.report.training_section import training_section, weights_in_words
from pneumoscope.runs.log import read_epochs
from tiny_run import EPOCHS, HARDWARE, STAGES

RECIPE = parse_recipe(
    {"name": "tiny", "stages": STAGES, "model": {"weights": "none"}, "description": "<b>fast</b>"}
)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> str:
    log = tmp_path_factory.mktemp("log") / "metrics.csv"
    log.write_text(EPOCHS, encoding="utf-8")
    section = training_section(read_epochs(log), RECIPE, HARDWARE)
    return " ".join(
        re.sub(r"<svg.*?</svg>|</?\w[^>]*>", " ", section.body, flags=re.DOTALL).split()
    )


def test_time_speed_and_hardware_are_told(words: str) -> None:
    assert "Time 7 min 30 s in all, 3 min 10 s for an epoch with its validation (median)" in words
    assert "Speed 42 training films a second (median)" in words
    assert "Abacus 3000, 4 cores, 2 threads, single precision (fp32)" in words


def test_stages_and_the_end_are_told(words: str) -> None:
    assert "Stages head only for 1 epoch, then all layers for 4 epochs" in words
    assert "Epochs 3 of 5; the model is that of epoch 2" in words
    assert "Weights from scratch" in words


def test_the_recipe_is_there_and_cannot_become_markup(words: str) -> None:
    assert "The recipe as used: tiny" in words
    assert "description: &lt;b&gt;fast&lt;/b&gt;" in words


def test_weights_are_named_without_their_folder(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(EPOCHS, encoding="utf-8")
    model = RECIPE.model.model_copy(update={"weights": str(tmp_path / "first.safetensors")})
    recipe = RECIPE.model_copy(update={"model": model})
    body = training_section(read_epochs(tmp_path / "metrics.csv"), recipe, HARDWARE).body
    assert "weights: first.safetensors" in body
    assert str(tmp_path) not in body


def test_runs_that_did_not_record_their_hardware_say_so(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(EPOCHS, encoding="utf-8")
    section = training_section(read_epochs(tmp_path / "metrics.csv"), RECIPE, None)
    assert "not recorded by this run" in section.body


def test_gpus_are_counted(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(EPOCHS, encoding="utf-8")
    gpus = HARDWARE | {"device": "gpu", "name": "G100", "devices": 2, "precision": "bf16"}
    section = training_section(read_epochs(tmp_path / "metrics.csv"), RECIPE, gpus)
    assert "2 x G100, mixed precision (bf16)" in section.body


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("none", "from scratch: the network began with random weights"),
        ("imagenet", "pretrained on ImageNet, as timm offers them"),
        (
            "mobilenetv2_100.imagenet.safetensors",
            "pretrained: mobilenetv2_100.imagenet.safetensors",
        ),
        ("/home/somebody/w.safetensors", "pretrained: w.safetensors"),
    ],
)
def test_where_weights_came_from(weights: str, expected: str) -> None:
    assert weights_in_words(weights) == expected
