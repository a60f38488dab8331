"""Run an exported graph over prepared films."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.modelfile.manifest import INPUT_NAME, OUTPUT_NAMES


@dataclass(frozen=True)
class GraphOutputs:
    """What a graph answered: logits `(N, C)` and class activation maps `(N, C, h, w)`, float32."""

    logits: npt.NDArray[np.float32]
    cam: npt.NDArray[np.float32]


def film_images(films: PreparedFilms, positions: slice) -> npt.NDArray[np.uint8]:
    """Images `(N, 1, H, W)` of some films of a table."""
    images: npt.NDArray[np.uint8] = films.pixels[films.rows[positions]][:, None]
    return images


def run_graph(graph: bytes, films: PreparedFilms, batch_size: int = 32) -> GraphOutputs:
    """The graph's answers for all films, in the order of their table."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    answers = [
        session.run(
            OUTPUT_NAMES[:2], {INPUT_NAME: film_images(films, slice(start, start + batch_size))}
        )
        for start in range(0, len(films.rows), batch_size)
    ]
    logits, cam = (np.concatenate(parts) for parts in zip(*answers, strict=True))
    return GraphOutputs(logits, cam)
