"""Methods that ask what the pixels of a film do: integrated gradients and occlusion, by captum.

Each takes one film, float `(1, 1, S, S)` of 0 to 255, and gives signed maps `(1, C, S, S)` for the
`contrast` of the logits. Both compare the film with an even gray of its own mean: against black,
the dark lungs would count for nothing in integrated gradients, and a black square in a film is
itself a conspicuous thing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from pneumoscope.errors import needs_extra
from pneumoscope.networks.network import contrast

INTEGRATION_STEPS = 50
WINDOWS_PER_SIDE = 7

_FILMS_AT_ONCE = 16


def import_captum(method: str) -> Any:
    """The module `captum.attr`. Raises `MissingExtraError` where captum is not installed."""
    with needs_extra(f"The method {method}", "train"):
        import captum.attr
    return captum.attr


def integrated_gradients(captum: Any, network: nn.Module, film: Tensor) -> Tensor:
    """Integrated gradients (Sundararajan et al. 2017) on the film's own grid.

    A class's map sums to its contrast for the film minus that for the even gray, up to the error of
    `INTEGRATION_STEPS` steps. Gray is repeated to three channels inside the network, so there is
    one value a pixel.
    """
    method = captum.IntegratedGradients(_contrast_of(network))

    def attribute(index: int) -> Tensor:
        return method.attribute(
            film,
            baselines=film.mean().item(),
            target=index,
            n_steps=INTEGRATION_STEPS,
            internal_batch_size=_FILMS_AT_ONCE,
        )

    return _every_class(attribute, _class_count(network, film))


def occlusion(captum: Any, network: nn.Module, film: Tensor) -> Tensor:
    """Occlusion (Zeiler & Fergus 2014): how far the contrast falls when a square is painted gray.

    The square is a seventh of the side, and moves by half of itself; a pixel gets the mean over the
    squares that cover it.
    """
    method = captum.Occlusion(_contrast_of(network))
    window = max(2, round(film.shape[-1] / WINDOWS_PER_SIDE))

    def attribute(index: int) -> Tensor:
        return method.attribute(
            film,
            sliding_window_shapes=(1, window, window),
            strides=(1, window // 2, window // 2),
            baselines=film.mean().item(),
            target=index,
            perturbations_per_eval=_FILMS_AT_ONCE,
        )

    with torch.inference_mode():
        return _every_class(attribute, _class_count(network, film))


def _contrast_of(network: nn.Module) -> Callable[[Tensor], Tensor]:
    return lambda films: contrast(network(films))


def _class_count(network: nn.Module, film: Tensor) -> int:
    with torch.inference_mode():
        return int(network(film).shape[1])


def _every_class(attribute: Callable[[int], Tensor], classes: int) -> Tensor:
    """The maps of all classes.

    Both methods are linear in what they explain, and the contrasts of all classes add up to zero:
    the last map is minus the sum of the others.
    """
    maps = torch.cat([attribute(index) for index in range(classes - 1)], dim=1)
    return torch.cat([maps, -maps.sum(dim=1, keepdim=True)], dim=1)
