"""Destroying weights from the head down, in graphs written by hand and in the packaged model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pneumoscope.errors import ModelFileError
from pneumoscope.heatmap_checks.shuffled_weights import ShuffledGraph, shuffle_from_the_head
from pneumoscope.merging.ensemble import write_ensemble
from pneumoscope.merging.source_models import read_source_model
from pneumoscope.merging.weights import MemberWeights
from pneumoscope.modelfile.file import read_model_file
from pneumoscope.modelfile.find import find_model
from pneumoscope.modelfile.manifest import OUTPUT_NAMES
from varied_model import varied_graph, write_varied_model


def shuffled(graph: bytes, seed: int = 0) -> list[ShuffledGraph]:
    return list(shuffle_from_the_head(graph, np.random.default_rng(seed)))


def weights(graph: bytes) -> dict[str, NDArray[np.float32]]:
    stored = onnx.load_model_from_string(graph).graph.initializer
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in stored}


def changed(before: bytes, after: bytes) -> set[str]:
    """The tensors that are not what they were. Their numbers must be the same in another order."""
    ours, theirs = weights(before), weights(after)
    for name, values in ours.items():
        np.testing.assert_array_equal(np.sort(values, axis=None), np.sort(theirs[name], axis=None))
    return {name for name, values in ours.items() if not np.array_equal(values, theirs[name])}


def test_the_head_goes_first_and_numbers_stay() -> None:
    graph = varied_graph(seed=1, class_count=3)
    head, everything = shuffled(graph)
    assert [head.stage, everything.stage] == ["head", "all layers"]
    assert changed(graph, head.graph) == {"cam_weight", "cam_bias"}
    assert changed(graph, everything.graph) == {"cam_weight", "cam_bias", "features_weight"}
    # Later stages keep what earlier ones did.
    assert changed(head.graph, everything.graph) == {"features_weight"}
    assert head.weights_share == pytest.approx(12 / (12 + 27))
    assert everything.weights_share == 1.0


def test_a_seed_gives_one_result() -> None:
    graph = varied_graph(seed=1)
    assert shuffled(graph, 5) == shuffled(graph, 5)
    assert shuffled(graph, 5) != shuffled(graph, 6)


def test_members_of_an_ensemble_are_shuffled_side_by_side(tmp_path: Path) -> None:
    members = [
        read_source_model(write_varied_model(tmp_path / f"{seed}.onnx", seed)) for seed in (1, 2)
    ]
    path = tmp_path / "merged.onnx"
    write_ensemble(members, MemberWeights.equal(2), path, name="merged")
    data, _ = read_model_file(path)
    head, everything = shuffled(data)
    # Two biases may stay where they are by chance.
    layers = [
        sorted(
            name.partition("/")[2]
            for name in changed(data, stage.graph)
            if name.endswith("_weight")
        )
        for stage in (head, everything)
    ]
    assert layers[0] == ["cam_weight"] * 2
    assert layers[1] == ["cam_weight"] * 2 + ["features_weight"] * 2


def test_weights_are_found_behind_other_nodes() -> None:
    rng = np.random.default_rng(2)
    nodes = [
        helper.make_node(
            "Constant", [], ["first"], value=numpy_helper.from_array(rng.random((4, 8)))
        ),
        helper.make_node("MatMul", ["image", "first"], ["hidden"]),
        helper.make_node("Identity", ["stored"], ["same"]),
        helper.make_node("Transpose", ["same"], ["turned"]),
        helper.make_node("Gemm", ["hidden", "turned"], ["logits"]),
    ]
    double = TensorProto.DOUBLE
    graph = helper.make_graph(
        nodes,
        "behind",
        [helper.make_tensor_value_info("image", double, ["N", 4])],
        [helper.make_tensor_value_info("logits", double, ["N", 3])],
        [numpy_helper.from_array(rng.random((3, 8)), "stored")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    head, everything = shuffled(model.SerializeToString())
    assert head.weights_share == pytest.approx(24 / 56)
    assert changed(model.SerializeToString(), head.graph) == {"stored"}
    constants = [
        numpy_helper.to_array(onnx.load_model_from_string(stage.graph).graph.node[0].attribute[0].t)
        for stage in (head, everything)
    ]
    assert not np.array_equal(*constants)
    np.testing.assert_array_equal(*(np.sort(values, axis=None) for values in constants))


def test_a_graph_without_weights_is_refused() -> None:
    graph = helper.make_graph(
        [helper.make_node("Identity", ["image"], ["logits"])],
        "empty",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N"])],
    )
    with pytest.raises(ModelFileError, match="no layers with stored weights"):
        shuffled(helper.make_model(graph).SerializeToString())


def test_maps_of_the_packaged_model_still_add_up_to_its_logits() -> None:
    data, manifest = read_model_file(find_model())
    size = manifest.preprocess.size
    film = np.random.default_rng(3).integers(0, 256, (1, 1, size, size), np.uint8)
    stages = shuffled(data)
    assert [stage.stage for stage in stages] == [
        "head",
        "head and last quarter",
        "head and last half",
        "head and last three quarters",
        "all layers",
    ]
    shares = [stage.weights_share for stage in stages]
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    for stage in stages:
        logits, cam, _ = onnxruntime.InferenceSession(stage.graph).run(
            list(OUTPUT_NAMES), {"image": film}
        )
        # The head is stored twice, and both copies must have become the same other head.
        bias = weights(stage.graph)["network.head.bias"]
        np.testing.assert_allclose(cam.mean(axis=(2, 3)) + bias, logits, rtol=1e-3, atol=1e-4)
