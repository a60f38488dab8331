"""Losses against torch's own."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from pneumoscope.recipe.settings import LossConfig
from pneumoscope.training.losses import (
    classification_loss,
    evidence_outside,
    one_hot,
)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_agrees_with_torch(smoothing: float) -> None:
    torch.manual_seed(0)
    logits, targets = torch.randn(16, 3), torch.randint(0, 3, (16,))
    ours = classification_loss(
        logits, one_hot(targets, 3), torch.ones(3), LossConfig(label_smoothing=smoothing)
    )
    torch.testing.assert_close(ours, F.cross_entropy(logits, targets, label_smoothing=smoothing))


def test_class_weights_agree_with_torch() -> None:
    torch.manual_seed(1)
    logits, targets = torch.randn(16, 2), torch.randint(0, 2, (16,))
    weights = torch.tensor([1.94, 0.67])
    ours = classification_loss(logits, one_hot(targets, 2), weights, LossConfig())
    torch.testing.assert_close(ours, F.cross_entropy(logits, targets, weight=weights))


def test_focal_loss_without_focus_is_cross_entropy_and_with_it_forgives_easy_films() -> None:
    logits, targets = torch.tensor([[4.0, 0.0], [0.0, 0.5]]), torch.tensor([0, 0])
    shares, weights = one_hot(targets, 2), torch.ones(2)
    plain = F.cross_entropy(logits, targets, reduction="none")
    unfocused = classification_loss(
        logits, shares, weights, LossConfig(name="focal", focal_gamma=0)
    )
    torch.testing.assert_close(unfocused, plain.mean())
    focused = classification_loss(logits, shares, weights, LossConfig(name="focal", focal_gamma=2))
    p = logits.softmax(dim=1)[:, 0]
    torch.testing.assert_close(focused, ((1 - p) ** 2 * plain).mean())


def test_evidence_outside_the_lungs() -> None:
    maps, lungs = torch.zeros(2, 2, 2, 2), torch.zeros(2, 1, 8, 8)
    lungs[0, :, :4, :4] = 1.0  # one cell of four; the second film has no lung field
    maps[0, 1] = torch.tensor([[9.0, 2.0], [0.0, -1.0]])
    maps[1, 1] = 5.0
    # |2| + |-1| in the three other cells, over four cells; the same for both classes.
    assert evidence_outside(maps, lungs).item() == pytest.approx(3 / 4)
    assert evidence_outside(maps, torch.zeros_like(lungs)).item() == 0.0


def test_lungs_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="mixup blends films whose lungs lie elsewhere"):
        LossConfig(mixup=0.2, evidence_outside_lungs=0.1)
