"""Lets torchvision be imported beside a build of torch that its compiled operators do not fit.

PyPI's torchvision for Linux is built for CUDA. Beside a CPU build of torch its compiled operators
cannot be loaded, and since it describes two of them unconditionally, even `import torchvision`
fails. timm and Lightning import torchvision for transforms that need no compiled operator, so
declaring the two names is enough.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

import torch

_DESCRIBED_AT_IMPORT = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@functools.cache
def declare_missing_operators() -> torch.library.Library | None:
    """Declare the operators that torchvision expects, where its own library does not load.

    Call it before importing timm or Lightning. Returns the library that holds the declarations
    (they live as long as it does; the cache keeps it), or `None` where torchvision is complete or
    absent.
    """
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return None
    compiled = [*Path(spec.origin).parent.glob("_C*.so"), *Path(spec.origin).parent.glob("_C*.pyd")]
    try:
        for file in compiled:
            torch.ops.load_library(str(file))
    except OSError:
        library = torch.library.Library("torchvision", "DEF")
        for name in _DESCRIBED_AT_IMPORT:
            library.define(name + _SIGNATURE)
        return library
    return None
