"""Maps for the checkpoint of a run, and what is said where there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from pneumoscope.attribution.run_mapper import create_mapper
from pneumoscope.errors import PneumoscopeError, TrainingError
from pneumoscope.networks.network import ExplainedNetwork
from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import ModelConfig

SIDE = 48
CHECKPOINT = Path("checkpoints") / "best.ckpt"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """What training leaves of a network with three classes, before anything is exported."""
    recipe = load_recipe("small-cnn", [f"preprocess.size={SIDE}"])
    (tmp_path / "recipe.yaml").write_text(recipe.to_yaml(), encoding="utf-8")
    rows = [f"{name}/{name}-1.png,{name}" for name in ("BACTERIA", "NORMAL", "VIRUS")]
    (tmp_path / "split.csv").write_text("\n".join(["path,label", *rows]), encoding="utf-8")
    torch.manual_seed(0)
    network = create_network(recipe.model, 3)
    state = {f"network.{name}": value for name, value in network.state_dict().items()}
    (tmp_path / CHECKPOINT).parent.mkdir()
    torch.save({"state_dict": state | {"val_roc_auc.x": torch.zeros(1)}}, tmp_path / CHECKPOINT)
    return tmp_path


def test_the_network_is_that_of_the_checkpoint(run: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE), np.uint8)
    mapper = create_mapper("hook-cam", run)
    torch.manual_seed(0)
    network = create_network(ModelConfig(name="small_cnn", weights="none"), 3).eval()
    with torch.no_grad():
        _, cam, _ = ExplainedNetwork(network)(torch.from_numpy(images[:, None]))
    evidence = 1.5 * (cam - cam.mean(dim=1, keepdim=True))
    assert mapper.name == "hook-cam"
    np.testing.assert_allclose(mapper.maps(images), evidence, atol=1e-4 * evidence.abs().max())


def test_unknown_method(run: Path) -> None:
    with pytest.raises(PneumoscopeError, match="Did you mean 'occlusion'"):
        create_mapper("oclusion", run)


@pytest.mark.parametrize("missing", ["recipe.yaml", "split.csv"])
def test_not_a_run(missing: str, run: Path) -> None:
    (run / missing).unlink()
    with pytest.raises(TrainingError, match=f"not the folder of a training run.*{missing}"):
        create_mapper("grad-cam", run)


def test_no_checkpoint(run: Path) -> None:
    shutil.rmtree(run / "checkpoints")
    with pytest.raises(TrainingError, match="has no checkpoint"):
        create_mapper("grad-cam", run)


def cut_off(run: Path) -> None:
    file = run / CHECKPOINT
    file.write_bytes(file.read_bytes()[:5000])


def no_checkpoint_at_all(run: Path) -> None:
    (run / CHECKPOINT).write_bytes(b"not what torch writes")


def empty(run: Path) -> None:
    (run / CHECKPOINT).write_bytes(b"")


def of_other_classes(run: Path) -> None:
    with (run / "split.csv").open("a", encoding="utf-8") as file:
        file.write("\nOTHER/OTHER-1.png,OTHER")


@pytest.mark.parametrize("damage", [cut_off, no_checkpoint_at_all, empty, of_other_classes])
def test_damaged_checkpoints(damage: object, run: Path) -> None:
    assert callable(damage)
    damage(run)
    with pytest.raises(TrainingError, match="is damaged, or of another network"):
        create_mapper("grad-cam", run)
