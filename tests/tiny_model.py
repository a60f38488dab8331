"""A genuine model file that is small and quick: tests run real graphs, not stand-ins.

The network sees the mean brightness of each of 4 x 4 cells. Class `c` of `C` stands for the level
`c / (C - 1)`: black films are the first class, white films the last, and the class whose level is
nearest wins. The heatmap of the last class is therefore hot where the film is bright.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import seen_films
from pneumoscope.data.table import FilmTable
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.modelfile.file import write_model_file
from pneumoscope.modelfile.manifest import (
    CalibrationByClass,
    ModelCard,
    ModelManifest,
    SeenFilms,
)

CLASS_NAMES = ("NORMAL", "PNEUMONIA")
SIZE = 32
CELLS = 4
GAIN = 8.0


def tiny_graph(class_count: int = 2, size: int = SIZE) -> bytes:
    """A serialized ONNX model: uint8 `(N, 1, size, size)` in; logits, cam and embedding out."""
    return tiny_onnx(class_count, size).SerializeToString()


def tiny_onnx(class_count: int = 2, size: int = SIZE) -> ModelProto:
    """The same model before it is serialized, for tests that damage it."""
    cell = size // CELLS
    levels = np.linspace(0.0, 1.0, class_count, dtype=np.float32)
    # -(brightness - level)^2, without the term that is the same for every class, is linear.
    weights = (GAIN * 2 * levels)[:, None, None, None] * np.array([1, 0], np.float32)[:, None, None]
    constants = {
        "scale": np.float32(255.0),
        "features_weight": np.array([1.0, -1.0], np.float32).reshape(2, 1, 1, 1),
        "features_bias": np.array([0.0, 1.0], np.float32),
        "cam_weight": weights.astype(np.float32),
        "cam_bias": (-GAIN * levels**2).astype(np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["pixels", "scale"], ["brightness"]),
        helper.make_node(
            "AveragePool", ["brightness"], ["cells"], kernel_shape=[cell] * 2, strides=[cell] * 2
        ),
        helper.make_node("Conv", ["cells", "features_weight", "features_bias"], ["features"]),
        helper.make_node("Conv", ["features", "cam_weight", "cam_bias"], ["cam"]),
        helper.make_node("GlobalAveragePool", ["cam"], ["pooled_cam"]),
        helper.make_node("Flatten", ["pooled_cam"], ["logits"]),
        helper.make_node("GlobalAveragePool", ["features"], ["pooled_features"]),
        helper.make_node("Flatten", ["pooled_features"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 1, size, size])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", class_count]),
            helper.make_tensor_value_info(
                "cam", TensorProto.FLOAT, ["N", class_count, CELLS, CELLS]
            ),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 2]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def tempered(class_names: tuple[str, ...], temperature: float) -> CalibrationByClass:
    """The calibration that divides all logits by a temperature."""
    return CalibrationByClass(
        scale=dict.fromkeys(class_names, 1 / temperature), offset=dict.fromkeys(class_names, 0.0)
    )


def tiny_manifest(class_names: tuple[str, ...] = CLASS_NAMES, **changes: Any) -> ModelManifest:
    """A manifest for `tiny_graph(len(class_names))`; `changes` replace any of its settings."""
    count = len(class_names)
    normal, *findings = class_names
    settings: dict[str, Any] = {
        "name": "tiny",
        "architecture": "tiny",
        "class_names": class_names,
        "normal_class": normal,
        "preprocess": PreprocessConfig(size=SIZE),
        "calibration": tempered(class_names, 2.0),
        "prevalence": {normal: 0.4, **{name: 0.6 / len(findings) for name in findings}},
        "operating_points": {
            "balanced": dict.fromkeys(class_names, 1.0 / count),
            "screening": {normal: 0.9, **{name: 0.1 / len(findings) for name in findings}},
        },
        "evidence_scale": dict.fromkeys(class_names, GAIN),
        "training": {"recipe": {"name": "tiny"}, "films": {"train": {"NORMAL": 3}}},
        "card": ModelCard(
            licence="Apache-2.0",
            data_source="none: the weights are written down",
            data_licence="none",
            intended_use="tests",
            limitations="tells bright from dark",
        ),
    }
    return ModelManifest(**(settings | changes))


def write_tiny_model(
    path: Path, class_names: tuple[str, ...] = CLASS_NAMES, **changes: Any
) -> Path:
    """Write the tiny model file, and return its path."""
    write_model_file(tiny_graph(len(class_names)), tiny_manifest(class_names, **changes), path)
    return path


def seen_of(films: Path, **splits: list[str]) -> SeenFilms:
    """What a tiny model has seen that learned from some films, and was chosen by others."""
    config = PreprocessConfig(size=SIZE)
    images = [
        (split, preprocess(read_image(films / path).pixels, config))
        for split, paths in splits.items()
        for path in paths
    ]
    rows = [
        {"path": f"{place}.png", "label": "x", "split": split}
        for place, (split, _) in enumerate(images)
    ]
    table = FilmTable.from_rows(films, rows)
    order = np.array([int(Path(film.path).stem) for film in table.films])
    return seen_films(PreparedFilms(table, np.stack([image for _, image in images]), order, ()))
