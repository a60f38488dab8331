"""Model files with random small networks, no two alike, for tests that put several together.

Other than the tiny model, they tell left from right, and their maps may have any grid.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from pneumoscope.modelfile.file import write_model_file
from tiny_model import CLASS_NAMES, SIZE, tiny_manifest

FEATURES = 3


def varied_graph(
    seed: int, class_count: int = 2, *, cells: int = 4, gain: float = 8.0, size: int = SIZE
) -> bytes:
    """A serialized ONNX model with weights drawn by `seed`; `gain` stretches its logits."""
    rng = np.random.default_rng(seed)
    constants = {
        "scale": np.float32(255.0),
        "places": rng.normal(size=(1, 1, cells, cells)),
        "features_weight": rng.normal(size=(FEATURES, 1, 3, 3)),
        "cam_weight": gain * rng.normal(size=(class_count, FEATURES, 1, 1)),
        "cam_bias": rng.normal(size=class_count),
    }
    cell = size // cells
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["pixels", "scale"], ["brightness"]),
        helper.make_node(
            "AveragePool", ["brightness"], ["means"], kernel_shape=[cell] * 2, strides=[cell] * 2
        ),
        helper.make_node("Mul", ["means", "places"], ["placed"]),
        helper.make_node("Conv", ["placed", "features_weight"], ["sums"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["sums"], ["features"]),
        helper.make_node("Conv", ["features", "cam_weight", "cam_bias"], ["cam"]),
        helper.make_node("GlobalAveragePool", ["cam"], ["pooled_cam"]),
        helper.make_node("Flatten", ["pooled_cam"], ["logits"]),
        helper.make_node("GlobalAveragePool", ["features"], ["pooled_features"]),
        helper.make_node("Flatten", ["pooled_features"], ["embedding"]),
    ]
    outputs = {
        "logits": [class_count],
        "cam": [class_count, cells, cells],
        "embedding": [FEATURES],
    }
    graph = helper.make_graph(
        nodes,
        "varied",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["films", 1, size, size])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["films", *shape])
            for name, shape in outputs.items()
        ],
        [
            numpy_helper.from_array(np.asarray(value, np.float32), name)
            for name, value in constants.items()
        ],
        # A wrong note on the shape of an inner tensor would come to light in a batch.
        value_info=[
            helper.make_tensor_value_info(
                "features", TensorProto.FLOAT, ["films", FEATURES, cells, cells]
            )
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    serialized: bytes = model.SerializeToString()
    return serialized


def write_varied_model(
    path: Path,
    seed: int,
    class_names: tuple[str, ...] = CLASS_NAMES,
    *,
    cells: int = 4,
    gain: float = 8.0,
    **changes: Any,
) -> Path:
    """Write such a model file, and return its path; `changes` are settings of its manifest."""
    graph = varied_graph(seed, len(class_names), cells=cells, gain=gain)
    settings = {"name": path.stem, "architecture": f"varied{seed}"} | changes
    write_model_file(graph, tiny_manifest(class_names, **settings), path)
    return path
