"""Write a network as an ONNX graph: one pass gives logits, activation maps and embedding."""

from __future__ import annotations

import copy
import warnings

import torch

from pneumoscope.modelfile.manifest import INPUT_NAME, OUTPUT_NAMES
from pneumoscope.networks.network import ExplainedNetwork, Network

OPSET = 18


def export_graph(network: Network, size: int) -> bytes:
    """The serialized ONNX model of a network for uint8 images `(N, 1, size, size)`, any N.

    Scaling and gray-to-RGB are part of the graph.
    """
    explained = ExplainedNetwork(copy.deepcopy(network)).eval()
    example = torch.zeros(2, 1, size, size, dtype=torch.uint8)
    with warnings.catch_warnings():
        # torch 2.13 itself copies its trees of arguments in a way that it no longer likes.
        warnings.filterwarnings(
            "ignore",
            message=r"`isinstance\(treespec, LeafSpec\)` is deprecated",
            category=FutureWarning,
            module="copyreg",
        )
        program = torch.onnx.export(
            explained,
            (example,),
            input_names=[INPUT_NAME],
            output_names=list(OUTPUT_NAMES),
            dynamic_shapes=({0: torch.export.Dim("films")},),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # `dynamo=True` always returns a program
    model = program.model_proto
    for node in model.graph.node:
        # The exporter notes which line each node comes from, with the paths of this machine.
        del node.metadata_props[:]
    serialized: bytes = model.SerializeToString()
    return serialized
