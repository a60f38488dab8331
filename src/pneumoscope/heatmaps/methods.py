"""The methods that draw maps for networks in torch: their names, and what each of them does.

They are made by `attribution`, from the checkpoint of a run; the names are here so that they can be
listed and checked without torch. The map of a model file itself is no method but an output of its
graph (`GraphMapper`).
"""

from __future__ import annotations

from pneumoscope.errors import PneumoscopeError, nearest

METHODS = {
    "hook-cam": "class activation map: the head's weights on the last feature map",
    "grad-cam": "feature maps, each weighed by its mean gradient",
    "grad-cam++": "feature maps, weighed by their positive gradients",
    "layer-cam": "feature maps, each cell weighed by its own positive gradient",
    "score-cam": "feature maps, each weighed by the answer to the film under that map (slow)",
    "integrated-gradients": "gradients of the pixels, from an even gray to the film (slow)",
    "occlusion": "what is lost when a square of the film is painted over (slow)",
}


def check_method(method: str) -> None:
    """Raise `PneumoscopeError`, with the nearest names, unless it is one of `METHODS`."""
    if method not in METHODS:
        raise PneumoscopeError(
            f"There is no method {method!r} of drawing maps.", nearest(method, METHODS)
        )
