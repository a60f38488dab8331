"""Build an ONNX graph out of the graphs of model files. Needs onnx, and no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import compose, helper, numpy_helper

from pneumoscope.errors import ModelFileError
from pneumoscope.metrics.calibration import Calibration
from pneumoscope.modelfile.manifest import INPUT_NAME, OUTPUT_NAMES

# The first version of ONNX's operators with all that is used here, and the one we export.
LOWEST_OPSET = 18
FILMS_AXIS = "films"

_BACKWARDS = np.iinfo(np.int64).min


class GraphBuilder:
    """A graph with a model file's input and outputs, made of whole graphs and of single nodes.

    `graphs` are the serialized graphs that may be included. Tensors are spoken of by name; the
    films are in the tensor `INPUT_NAME`. Raises `ModelFileError` where graphs need different
    versions of one set of operators.
    """

    def __init__(self, graphs: Sequence[bytes]) -> None:
        self._models = [onnx.load_model_from_string(graph) for graph in graphs]
        self._opsets = _common_opsets(self._models)
        self._graph = onnx.GraphProto(name="pneumoscope")
        self._graph.input.append(self._models[0].graph.input[0])
        self._count = 0

    def include(self, index: int, image: str = INPUT_NAME) -> tuple[str, str, str]:
        """Include the graph of that index, fed with `image`: its logits, maps and embedding."""
        prefix = f"{self._new_name('graph')}/"
        graph = compose.add_prefix_graph(self._models[index].graph, prefix)
        self._graph.node.append(helper.make_node("Identity", [image], [prefix + INPUT_NAME]))
        self._graph.node.extend(graph.node)
        self._graph.initializer.extend(graph.initializer)
        # A number of films that is called otherwise in every graph: one that is fed with more films
        # than come in (flip) needs that, and ONNX Runtime then plans their memory apart: sharing it
        # made ensembles of MobileNetV2 some 5 % slower than their members in turn.
        for tensor in graph.value_info:
            for axis in tensor.type.tensor_type.shape.dim:
                if axis.dim_param:
                    axis.dim_param = prefix + axis.dim_param
        self._graph.value_info.extend(graph.value_info)
        logits, cam, embedding = (prefix + name for name in OUTPUT_NAMES)
        return logits, cam, embedding

    def output_shape(self, index: int, name: str) -> tuple[int, ...]:
        """The shape of one film's share of an output of the graph of that index.

        Raises `ModelFileError` where the graph does not say.
        """
        found = next(output for output in self._models[index].graph.output if output.name == name)
        shape = tuple(axis.dim_value for axis in found.type.tensor_type.shape.dim[1:])
        if not all(shape):
            raise ModelFileError(
                f"The graph does not say how large its output {name!r} is.",
                "Export the model again with this version of pneumoscope.",
            )
        return shape

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output."""
        return self.nodes(operator, *inputs, outputs=1, **attributes)[0]

    def nodes(self, operator: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Add a node with some outputs."""
        names = [self._new_name(operator.lower()) for _ in range(outputs)]
        self._graph.node.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Add a constant tensor."""
        name = self._new_name("constant")
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def mirror(self, tensor: str) -> str:
        """Add what turns films or maps `(N, C, H, W)` left to right."""
        ends = [self.constant([number], np.int64) for number in (-1, _BACKWARDS, 3, -1)]
        return self.node("Slice", tensor, *ends)

    def resize(self, maps: str, grid: tuple[int, int]) -> str:
        """Add what brings maps `(N, C, h, w)` to a larger grid, linearly, cells on cells."""
        sizes = self.constant(grid, np.int64)
        return self.node(
            "Resize",
            maps,
            "",
            "",
            sizes,
            axes=[2, 3],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def log_mean_probability(
        self, logits: Sequence[str], calibrations: Sequence[Calibration], weights: Sequence[float]
    ) -> str:
        """Add the logarithm of the weighted mean of calibrated probabilities, `(N, C)`.

        Computed from logarithms throughout, so that no probability is too small for float32. A
        softmax of the result, without calibration, is the mean itself.
        """
        terms = []
        for tensor, calibration, weight in zip(logits, calibrations, weights, strict=True):
            scaled = self.node("Mul", tensor, self.constant(calibration.scale))
            calibrated = self.node("Add", scaled, self.constant(calibration.offset))
            log_probability = self.node("LogSoftmax", calibrated, axis=1)
            term = self.node("Add", log_probability, self.constant(np.log(weight)))
            terms.append(self.node("Unsqueeze", term, self.constant([0], np.int64)))
        stacked = self.node("Concat", *terms, axis=0)
        return self.node("ReduceLogSumExp", stacked, self.constant([0], np.int64), keepdims=0)

    def serialize(self, tensors: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]) -> bytes:
        """The finished model: which tensor is each output, and the shape of one film's share."""
        for name, tensor in tensors.items():
            self._graph.node.append(helper.make_node("Identity", [tensor], [name]))
            self._graph.output.append(
                helper.make_tensor_value_info(
                    name, onnx.TensorProto.FLOAT, [FILMS_AXIS, *shapes[name]]
                )
            )
        model = helper.make_model(
            self._graph,
            opset_imports=[helper.make_opsetid(*opset) for opset in self._opsets.items()],
            ir_version=max(model.ir_version for model in self._models),
            producer_name="pneumoscope",
        )
        serialized: bytes = model.SerializeToString()
        return serialized

    def _new_name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"


def _common_opsets(models: Sequence[onnx.ModelProto]) -> dict[str, int]:
    """Versions of all sets of operators that the models use, by domain."""
    versions: dict[str, int] = {}
    for model in models:
        for opset in model.opset_import:
            known = versions.setdefault(opset.domain, opset.version)
            if known != opset.version:
                raise ModelFileError(
                    "The models use different versions of the operators "
                    f"{opset.domain or 'ai.onnx'}: {known} and {opset.version}.",
                    "Export them with one version of pneumoscope.",
                )
    if versions[""] < LOWEST_OPSET:
        raise ModelFileError(
            f"The model uses version {versions['']} of ONNX's operators; "
            f"{LOWEST_OPSET} or newer is needed.",
            "Export it again with this version of pneumoscope.",
        )
    return versions
