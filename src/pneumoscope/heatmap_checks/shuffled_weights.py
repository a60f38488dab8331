"""Destroys what a graph has learned, from its head down. Needs onnx, and no torch."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from pneumoscope.errors import ModelFileError

LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
# Nodes that may stand between stored weights and the layer that uses them.
REARRANGING = ("Cast", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
STAGES = {
    "head": 0.0,
    "head and last quarter": 0.25,
    "head and last half": 0.5,
    "head and last three quarters": 0.75,
    "all layers": 1.0,
}


@dataclass(frozen=True)
class ShuffledGraph:
    """A serialized ONNX model of which `weights_share` of all weights are shuffled."""

    stage: str
    weights_share: float
    graph: bytes


def shuffle_from_the_head(graph: bytes, rng: np.random.Generator) -> Iterator[ShuffledGraph]:
    """Cascading randomisation (Adebayo et al. 2018) of a serialized ONNX model, stage by stage.

    The weights and biases of each layer (convolutions and linear layers) are permuted within their
    tensor, which keeps their distribution. Stages go from the head, the layers with none behind
    them, to all layers; each keeps what the ones before it have shuffled. How deep a layer lies is
    the number of layers behind it on the longest way, so that members of an ensemble are shuffled
    side by side. Tensors of equal numbers are shuffled alike: the head is stored twice, for logits
    and for maps. Statistics of normalisation layers that were not folded into weights stay. In a
    network of few layers, stages that come to the same are left out but for the last.

    Raises `ModelFileError` for a graph without such layers.
    """
    model = onnx.load_model_from_string(graph)
    tensors = _stored_tensors(model.graph)
    depths = _depths(model.graph, tensors)
    if not depths:
        raise ModelFileError(
            "The graph has no layers with stored weights, so there is nothing to shuffle.",
            "Export the model again with this version of pneumoscope.",
        )
    deepest = max(depths.values())
    limits = [math.ceil(share * deepest) for share in STAGES.values()]
    total = sum(math.prod(tensors[name].dims) for name in depths)
    permutations: dict[bytes, NDArray[np.int64]] = {}
    shuffled = 0
    reached = -1
    for stage, limit, following in zip(STAGES, limits, [*limits[1:], deepest + 1], strict=True):
        if limit == following:
            continue
        for name in [name for name, depth in depths.items() if reached < depth <= limit]:
            _shuffle(tensors[name], permutations, rng)
            shuffled += math.prod(tensors[name].dims)
        reached = limit
        yield ShuffledGraph(stage, shuffled / total, model.SerializeToString())


def _stored_tensors(graph: onnx.GraphProto) -> dict[str, onnx.TensorProto]:
    """Numbers stored in the graph, by the name under which nodes use them."""
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            stored[node.output[0]] = node.attribute[0].t
    return stored


def _depths(graph: onnx.GraphProto, stored: Mapping[str, onnx.TensorProto]) -> dict[str, int]:
    """The depth of the layer that uses each tensor of weights or biases: 0 is the head."""
    rearranged = {
        node.output[0]: node.input[0] for node in graph.node if node.op_type in REARRANGING
    }
    behind: dict[str, int] = defaultdict(int)
    depths: dict[str, int] = {}
    # Nodes are stored in the order of their work, so the last ones come first here.
    for node in reversed(graph.node):
        depth = max(behind[name] for name in node.output)
        if node.op_type in LAYERS:
            sources = [_source(name, rearranged) for name in node.input]
            weights = [name for name in sources if name in stored]
            for name in weights:
                depths[name] = min(depth, depths.get(name, depth))
            depth += bool(weights)
        for name in node.input:
            behind[name] = max(behind[name], depth)
    return depths


def _source(name: str, rearranged: Mapping[str, str]) -> str:
    while name in rearranged:
        name = rearranged[name]
    return name


def _shuffle(
    tensor: onnx.TensorProto, permutations: dict[bytes, NDArray[np.int64]], rng: np.random.Generator
) -> None:
    """Permute a tensor in place, as others of the same numbers were."""
    values = numpy_helper.to_array(tensor)
    key = values.tobytes()
    if key not in permutations:
        permutations[key] = rng.permutation(values.size)
    mixed = values.ravel()[permutations[key]].reshape(values.shape)
    tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
