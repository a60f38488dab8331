"""A small convolutional network, trained from scratch."""

from __future__ import annotations

from typing import Any

from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from torch import Tensor, nn

default_cfgs = generate_default_cfgs({"small_cnn": {"mean": (0.5,) * 3, "std": (0.25,) * 3}})


class SmallCnn(nn.Module):
    """Blocks of convolution, batch norm, ReLU and max pooling; each halves the side and doubles the
    channels.

    The last block does not pool, so an input of 224 pixels ends in features of 14 x 14 cells. Of
    timm's `others` options, such as those of a classifier, it has no use.
    """

    def __init__(
        self,
        in_chans: int = 3,
        widths: tuple[int, ...] = (32, 64, 128, 256, 256),
        **others: Any,
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = in_chans
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

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """Parameter groups in timm's notation: one group a block."""
        return {"stem": r"^blocks\.0", "blocks": r"^blocks\.(\d+)"}


@register_model
def small_cnn(pretrained: bool = False, **options: Any) -> SmallCnn:
    """`SmallCnn` by timm's options."""
    return build_model_with_cfg(SmallCnn, "small_cnn", pretrained, **options)
