"""Maps of the network in a run's folder. Imports torch only when asked for a mapper."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.errors import needs_extra
from pneumoscope.heatmaps.mapper import Mapper
from pneumoscope.heatmaps.methods import check_method


def create_mapper(method: str, run: Path) -> Mapper:
    """A mapper for the best checkpoint of a run, with a method of `heatmaps.methods.METHODS`.

    Raises `PneumoscopeError` for an unknown method, `TrainingError` for a folder that is no run or
    has no checkpoint, and `MissingExtraError` where torch or the method's library is missing. See
    `network_mapper` for what the maps mean.
    """
    check_method(method)
    with needs_extra("Maps of checkpoints", "train"):
        from pneumoscope.attribution.checkpoint import load_network
        from pneumoscope.attribution.network_mapper import network_mapper
    network = load_network(run)
    return network_mapper(method, network, network.feature_map)
