"""The network in every model file: scaling, backbone, average pooling and a linear head."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class InputScaling(nn.Module):
    """From gray pixels of 0 to 255 to what the backbone was made for.

    Repeats the gray channel three times and normalises with the backbone's mean and standard
    deviation (on a scale of 0 to 1).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """Float `(N, 3, H, W)` of `(N, 1, H, W)` with values 0 to 255, uint8 or float."""
        x = image.float() / 255.0
        return (x.expand(-1, 3, -1, -1) - self.mean) / self.std


class Network(nn.Module):
    """Scaling, backbone, global average pooling, dropout and one linear layer.

    Because the head is linear in the pooled features, the class activation map (Zhou et al. 2016)
    is the same linear layer applied to every cell, and it equals Grad-CAM (Selvaraju et al. 2017)
    up to scale.
    """

    backbone: Any  # an nn.Module with `forward_features`, `num_features` and `group_matcher`

    def __init__(
        self,
        backbone: nn.Module,
        features: int,
        classes: int,
        scaling: InputScaling,
        dropout: float,
    ) -> None:
        super().__init__()
        self.scaling = scaling
        self.backbone = backbone
        self.feature_map = nn.Identity()  # where hooks find the last feature map
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(features, classes)

    def forward(self, image: Tensor) -> Tensor:
        """Logits `(N, C)` of a batch `(N, 1, H, W)` with values 0 to 255."""
        return self._logits(self.features(image))

    def logits_and_maps(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward`, with the class activation maps `(N, C, h, w)`, which dropout spares."""
        features = self.features(image)
        return self._logits(features), self.maps(features)

    def features(self, image: Tensor) -> Tensor:
        """The last feature map `(N, D, h, w)` of a batch `(N, 1, H, W)`."""
        features: Tensor = self.feature_map(self.backbone.forward_features(self.scaling(image)))
        return features

    def maps(self, features: Tensor) -> Tensor:
        """Class activation maps `(N, C, h, w)` of a feature map `(N, D, h, w)`."""
        return F.conv2d(features, self.head.weight[:, :, None, None])

    def _logits(self, features: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(features.mean(dim=(2, 3))))
        return logits

    def train(self, mode: bool = True) -> Network:
        """Like `nn.Module.train`, but frozen batch norms keep their statistics."""
        super().train(mode)
        for module in self.modules():
            if (
                isinstance(module, _BatchNorm)
                and module.weight is not None
                and not module.weight.requires_grad
            ):
                module.eval()
        return self


def contrast(values: Tensor) -> Tensor:
    """Each class against the others: `(N, C, ...)` minus the mean of the other classes.

    Of logits it is what explanations of a class explain. Of class activation maps it is
    `inference.prediction.class_evidence`, so that maps of all methods mean the same.
    """
    others = (values.sum(dim=1, keepdim=True) - values) / (values.shape[1] - 1)
    return values - others


class ExplainedNetwork(nn.Module):
    """The network as it is exported: one pass gives logits, maps and the embedding."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits `(N, C)`, maps `(N, C, h, w)` and embedding `(N, D)` of a uint8 batch `(N, 1, H,
        W)`.

        The mean of a map plus the head's bias is the class's logit.
        """
        features = self.network.features(image)
        embedding = features.mean(dim=(2, 3))
        return self.network.head(embedding), self.network.maps(features), embedding
