"""Checkpoints that a run cannot go on from are told before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pneumoscope.errors import TrainingError
from pneumoscope.training.checkpoints import check_last


def whole() -> dict[str, object]:
    return {"state_dict": {"weight": torch.zeros(50, 50)}, "epoch": 3}


def test_a_whole_checkpoint_passes(tmp_path: Path) -> None:
    torch.save(whole(), tmp_path / "last.ckpt")
    check_last(tmp_path / "last.ckpt", tmp_path / "best.ckpt")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_checkpoint_that_is_cut_short_says_what_to_do(tmp_path: Path, share: float) -> None:
    last, best = tmp_path / "last.ckpt", tmp_path / "best.ckpt"
    torch.save(whole(), last)
    data = last.read_bytes()
    last.write_bytes(data[: int(share * len(data))])
    with pytest.raises(TrainingError, match=r"last.ckpt is damaged") as caught:
        check_last(last, best)
    assert caught.value.hint.startswith("Start anew")
    best.touch()
    with pytest.raises(TrainingError) as caught:
        check_last(last, best)
    assert "Copy best.ckpt over it" in caught.value.hint
    assert "\n" not in str(caught.value)


def test_something_else_is_no_checkpoint(tmp_path: Path) -> None:
    last = tmp_path / "last.ckpt"
    torch.save([1, 2], last)
    with pytest.raises(TrainingError, match="is damaged"):
        check_last(last, tmp_path / "best.ckpt")
    with pytest.raises(TrainingError, match="no checkpoint"):
        check_last(tmp_path / "other.ckpt", tmp_path / "best.ckpt")
