"""What a network that was never trained on films sees in them: the baseline of every rehearsal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.settings import ModelConfig

_BATCH = 32


def frozen_features(
    model: ModelConfig, films: PreparedFilms, progress: Callable[[int, int], None] | None = None
) -> npt.NDArray[np.float32]:
    """The pooled features, float32 `(N, D)`, of a network as its weights are, in the order of the
    films' table; without weights, those of the same random network. Raises as `create_network`."""
    torch.manual_seed(0)
    network = create_network(model, len(films.table.class_names)).eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(films.rows), _BATCH):
            images = films.pixels[films.rows[start : start + _BATCH]][:, None]
            found.append(network.features(torch.from_numpy(images)).mean(dim=(2, 3)).numpy())
            if progress is not None:
                progress(min(start + _BATCH, len(films.rows)), len(films.rows))
    return np.concatenate(found)
