"""Whoever says where in a film the evidence lies."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pneumoscope.inference.prediction import class_evidence
from pneumoscope.inference.predictor import Predictor


class Mapper(Protocol):
    """A method of drawing evidence maps for films."""

    @property
    def name(self) -> str:
        """The method's name, as in reports."""

    def maps(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Evidence for each class, float32 `(N, C, h, w)`, of prepared images uint8 `(N, S, S)`.

        Above zero it speaks for the class. The grid `h` x `w` covers the whole square; methods
        choose it and the scale.
        """


class GraphMapper:
    """The maps that come out of the model file itself, with the prediction."""

    name = "cam"

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def maps(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Evidence for each class, float32 `(N, C, h, w)`: see `class_evidence`."""
        return class_evidence(self._predictor.answer(images).cam)
