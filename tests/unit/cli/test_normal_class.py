"""Commands that train refuse to guess which class is the healthy one, before they begin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pneumoscope.cli.main import main

COMMANDS = {
    "train": ("train", "--recipe", "small-cnn", "--run"),
    "tune": ("tune", "small-cnn", "--out"),
    "reproduce": ("reproduce", "A", "--fast", "--out"),
}


@pytest.fixture
def films(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for label in ("BACTERIA", "VIRUS"):
        folder = tmp_path / "films" / label
        folder.mkdir(parents=True)
        for number in range(4):
            pixels = rng.integers(0, 256, (30, 30), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{label}{number}.png")
    return tmp_path / "films"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Which class is the healthy one? The classes are BACTERIA and VIRUS"),
        (("--normal-class", "NORMAL"), "The healthy class is said to be 'NORMAL'"),
    ],
)
def test_the_healthy_class_is_not_guessed(
    films: Path, tmp_path: Path, command: str, options: tuple[str, ...], message: str
) -> None:
    out = tmp_path / "out"
    arguments = [*COMMANDS[command], str(out), "--data", str(films), *options]
    result = CliRunner().invoke(main, [*arguments, "--accelerator", "cpu"])
    assert result.exit_code == 1
    assert message in result.stderr
    assert "--normal-class NAME (in a recipe: normal_class: NAME)" in result.stderr
    # Repeated with the class that is meant, the command finds nothing in its way.
    assert not out.exists() or [path.name for path in out.glob("[!.]*")] == ["recipe.yaml"]
