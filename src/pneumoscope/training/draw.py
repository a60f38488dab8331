"""Random numbers for the augmentation of one batch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pneumoscope.recipe.settings import Range


class Draw:
    """Random numbers for a batch of `count` films, all from one generator on the CPU."""

    def __init__(self, count: int, device: torch.device, generator: torch.Generator) -> None:
        self.count, self.device, self.generator = count, device, generator

    def between(self, limits: tuple[float, float]) -> Tensor:
        """One uniform number a film."""
        low, high = limits
        return (low + (high - low) * torch.rand(self.count, generator=self.generator)).to(
            self.device
        )

    def between_logarithmically(self, limits: Range) -> Tensor:
        """One number a film, uniform in its logarithm: halving is as likely as doubling."""
        low, high = limits
        return torch.exp(self.between((math.log(low), math.log(high))))

    def one(self, limits: tuple[float, float]) -> float:
        """A single uniform number."""
        low, high = limits
        return low + (high - low) * float(torch.rand((), generator=self.generator))

    def chosen(self, probability: float) -> Tensor:
        """A boolean a film."""
        return (torch.rand(self.count, generator=self.generator) < probability).to(self.device)

    def indices(self, probability: float) -> list[int]:
        """The films that are chosen."""
        return (
            [int(index) for index in self.chosen(probability).nonzero()] if probability > 0 else []
        )

    def permutation(self) -> Tensor:
        """The films in another order."""
        return torch.randperm(self.count, generator=self.generator).to(self.device)

    def normal(self, shape: torch.Size) -> Tensor:
        """Standard normal noise."""
        return torch.randn(shape, generator=self.generator).to(self.device)


def per_film(values: Tensor) -> Tensor:
    """One value a film `(N,)`, to go with pictures: `(N, 1, 1, 1)`."""
    return values.view(-1, 1, 1, 1)
