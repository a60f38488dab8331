"""Maps of any classifier in torch, by any of the methods."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pneumoscope.attribution.feature_methods import (
    LIBRARY_CLASSES,
    gradient_cam,
    hook_cam,
    library_cam,
    score_cam,
)
from pneumoscope.attribution.pixel_methods import import_captum, integrated_gradients, occlusion
from pneumoscope.errors import PneumoscopeError
from pneumoscope.heatmaps.methods import check_method
from pneumoscope.networks.network import Network, contrast

_FILMS_AT_ONCE = 16


class NetworkMapper:
    """A `Mapper` that draws the maps of a network with one method. See `network_mapper`.

    `draw` takes float films `(n, 1, S, S)` of 0 to 255, at most `films_at_once` of them, and gives
    float maps `(n, C, h, w)`.
    """

    def __init__(self, name: str, draw: Callable[[Tensor], Tensor], films_at_once: int) -> None:
        self.name = name
        self._draw = draw
        self._films_at_once = films_at_once

    def maps(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Evidence for each class, float32 `(N, C, h, w)`, of prepared images uint8 `(N, S, S)`."""
        step = self._films_at_once
        batches = (images[start : start + step, None] for start in range(0, len(images), step))
        maps = [self._draw(torch.tensor(batch, dtype=torch.float32)) for batch in batches]
        return torch.cat(maps).numpy()


def network_mapper(method: str, network: nn.Module, layer: nn.Module) -> NetworkMapper:
    """A mapper for a network on the CPU that takes films `(N, 1, S, S)` of 0 to 255 to logits.

    `method` is one of `heatmaps.methods.METHODS`. `layer` is the module whose output is the
    feature map that the methods of the CAM family weigh, `feature_map` in a `Network`; integrated
    gradients and occlusion do without. The network is put into evaluation mode.

    Every method explains the same number for a class: its logit minus the mean of the others'. Maps
    of `hook-cam` are those of the model file (`class_evidence` of its cam). They, integrated
    gradients and occlusion are signed; the rest of the CAM family shows only what speaks for a
    class, from 0. The grid is that of the layer for the CAM family and the film's for the other
    two. Scales differ from method to method, and none is fitted to a film.

    Raises `PneumoscopeError` for an unknown method and for `hook-cam` with a head that is not
    average pooling and one linear layer, and `MissingExtraError` where a library is missing.
    """
    check_method(method)
    network.eval()
    if method == "hook-cam":
        if not isinstance(network, Network):
            raise PneumoscopeError(
                "hook-cam needs a network whose head is average pooling and one linear layer, and "
                f"{type(network).__name__} is not known to be one.",
                "Choose another method; grad-cam is the same map, from 0, for any head.",
            )
        return NetworkMapper(
            method, lambda films: contrast(hook_cam(network, layer, films)), _FILMS_AT_ONCE
        )
    if method in LIBRARY_CLASSES:
        library = library_cam(method, network, layer)
        draw = functools.partial(gradient_cam, library, network, layer)
        return NetworkMapper(method, draw, _FILMS_AT_ONCE)
    if method == "score-cam":
        return NetworkMapper(method, functools.partial(score_cam, network, layer), 1)
    attribute = integrated_gradients if method == "integrated-gradients" else occlusion
    return NetworkMapper(method, functools.partial(attribute, import_captum(method), network), 1)
