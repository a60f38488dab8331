"""Small convolutional networks, trained from scratch."""

from __future__ import annotations

from typing import Any

from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from torch import Tensor, nn

default_cfgs = generate_default_cfgs(
    {name: {"mean": (0.5,) * 3, "std": (0.25,) * 3} for name in ("small_cnn", "tiny_cnn")}
)


class SmallCnn(nn.Module):
    """Blocks of convolution, batch norm, ReLU and max pooling; each halves the side and doubles the
    channels.

    The last block does not pool: five blocks take 224 pixels to features of 14 x 14 cells. With
    `spread` every feature is in the end the mean of the `spread` x `spread` cells around it, an odd
    number. Of timm's `others` options, such as those of a classifier, it has no use.
    """

    def __init__(
        self,
        in_chans: int = 3,
        widths: tuple[int, ...] = (32, 64, 128, 256, 256),
        spread: int = 1,
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
        if spread > 1:
            blocks.append(nn.AvgPool2d(spread, 1, spread // 2, count_include_pad=False))
        self.blocks = nn.Sequential(*blocks)
        self.num_features = channels

    def forward_features(self, x: Tensor) -> Tensor:
        """Feature map `(N, num_features, H/s, W/s)` of a float batch `(N, 3, H, W)`; `s` is 16, of
        `tiny_cnn` 8."""
        features: Tensor = self.blocks(x)
        return features

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """Parameter groups in timm's notation: one group a block."""
        return {"stem": r"^blocks\.0", "blocks": r"^blocks\.(\d+)"}


@register_model
def small_cnn(pretrained: bool = False, **options: Any) -> SmallCnn:
    """`SmallCnn` by timm's options."""
    return build_model_with_cfg(SmallCnn, "small_cnn", pretrained, **options)


@register_model
def tiny_cnn(pretrained: bool = False, **options: Any) -> SmallCnn:
    """`SmallCnn` of four narrow blocks, under 1 MB.

    A cell sees 38 x 38 pixels of the input and no more, so that what speaks for a class is near
    the cell that says so (as with the bags of local features of Brendel & Bethge 2019). What speaks
    for an opacity is mostly its border; the mean over 5 x 5 cells adds up to most in its middle.
    """
    layout = {"widths": (24, 48, 96, 128), "spread": 5}
    return build_model_with_cfg(SmallCnn, "tiny_cnn", pretrained, **{**layout, **options})
