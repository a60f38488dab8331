"""A small convolutional network, trained from scratch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class SmallCnn(nn.Module):
    """Blocks of convolution, batch norm, ReLU and max pooling; each halves the side and doubles the
    channels.

    The last block does not pool, so an input of 224 pixels ends in features of 14 x 14 cells. It
    has the three members that every backbone here has: `forward_features`, `num_features` and
    `group_matcher`.
    """

    OUTPUT_STRIDE = 16

    def __init__(
        self, in_channels: int = 3, widths: tuple[int, ...] = (32, 64, 128, 256, 256)
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = in_channels
        for index, width in enumerate(widths):
            layers = [
                nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            if index < len(widths) - 1:
                layers.append(nn.MaxPool2d(2))
            blocks.append(nn.Sequential(*layers))
            channels = width
        self.blocks = nn.Sequential(*blocks)
        self.num_features = channels

    def forward_features(self, x: Tensor) -> Tensor:
        """Feature map `(N, num_features, H/16, W/16)` of a float batch `(N, 3, H, W)`."""
        features: Tensor = self.blocks(x)
        return features

    def forward(self, x: Tensor) -> Tensor:
        """Pooled features `(N, num_features)`."""
        return torch.mean(self.forward_features(x), dim=(2, 3))

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """Parameter groups in timm's notation: one group a block."""
        return {"stem": r"^blocks\.0", "blocks": r"^blocks\.(\d+)"}
