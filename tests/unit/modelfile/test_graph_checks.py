"""Graphs that take weights from elsewhere, run in circles or use unknown operators are refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from onnx import AttributeProto, ModelProto, SparseTensorProto, TensorProto, helper, numpy_helper

from pneumoscope.errors import ModelFileError
from pneumoscope.modelfile import file as modelfile
from pneumoscope.modelfile import graph_checks, protobuf
from pneumoscope.modelfile.file import read_model_file, write_model_file
from pneumoscope.modelfile.find import packaged_models
from pneumoscope.modelfile.graph_checks import ForbiddenGraphError, check_graph
from tiny_model import tiny_manifest, tiny_onnx


def external(tensor: TensorProto) -> None:
    """Let a tensor take its numbers from a file beside the model."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")


def external_weights(model: ModelProto) -> None:
    external(model.graph.initializer[1])


def external_location_only(model: ModelProto) -> None:
    model.graph.initializer[1].data_location = TensorProto.EXTERNAL


def external_entry_only(model: ModelProto) -> None:
    model.graph.initializer[1].external_data.add(key="location", value="weights.bin")


def external_constant(model: ModelProto) -> None:
    node = helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.ones(3)))
    external(node.attribute[0].t)
    model.graph.node.append(node)


def external_constants(model: ModelProto) -> None:
    node = helper.make_node("Constant", [], ["c"])
    attribute = AttributeProto(name="values", type=AttributeProto.TENSORS)
    external(attribute.tensors.add())
    node.attribute.append(attribute)
    model.graph.node.append(node)


def sparse_weights(model: ModelProto) -> None:
    model.graph.sparse_initializer.append(SparseTensorProto(dims=[3]))


def sparse_constant(model: ModelProto) -> None:
    sparse = SparseTensorProto(dims=[3])
    external(sparse.values)
    model.graph.node.append(helper.make_node("Constant", [], ["c"], sparse_value=sparse))


def loop(model: ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Loop", ["n", "go"], ["end"], body=body))


def graph_within_a_known_operator(model: ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Relu", ["image"], ["x"], body=body))


def local_function(model: ModelProto) -> None:
    opsets = [helper.make_opsetid("", 18)]
    model.functions.append(helper.make_function("own", "Twice", ["x"], ["y"], [], opsets))


def training_graph(model: ModelProto) -> None:
    model.training_info.add()


def foreign_domain(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("Gelu", ["x"], ["y"], domain="com.vendor"))


def unknown_operator(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("ImageDecoder", ["x"], ["y"]))


def nameless_operator(model: ModelProto) -> None:
    model.graph.node.add(input=["x"], output=["y"])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (external_weights, "numbers of 'features_weight' from another file"),
        (external_location_only, "numbers of 'features_weight' from another file"),
        (external_entry_only, "numbers of 'features_weight' from another file"),
        (external_constant, "from another file"),
        (external_constants, "from another file"),
        (sparse_weights, "sparse tensors"),
        (sparse_constant, "sparse tensors"),
        (loop, "the operator 'Loop'"),
        (graph_within_a_known_operator, "'Relu' holds a graph of its own"),
        (local_function, "functions of its own"),
        (training_graph, "a graph for training"),
        (foreign_domain, "the operator 'Gelu' of the domain 'com.vendor'"),
        (unknown_operator, "the operator 'ImageDecoder'"),
        (nameless_operator, "the operator ''"),
    ],
)
def test_what_a_graph_may_not_hold_is_refused(
    spoil: Callable[[ModelProto], None], reason: str, tmp_path: Path
) -> None:
    model = tiny_onnx()
    spoil(model)
    graph = model.SerializeToString()
    with pytest.raises(ModelFileError, match=reason):
        write_model_file(graph, tiny_manifest(), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ForbiddenGraphError, match=reason):
        check_graph(graph, len(graph))


def test_a_sealed_file_with_such_a_graph_is_refused() -> None:
    """The seal proves nothing about who wrote the file: it can be put on any graph."""
    model = tiny_onnx()
    unknown_operator(model)
    graph = model.SerializeToString()
    manifest = tiny_manifest().model_copy(
        update={"graph_bytes": len(graph), "graph_sha256": sha256(graph).hexdigest()}
    )
    entry = modelfile._metadata_entry(modelfile.MANIFEST_KEY, manifest.model_dump_json())
    seal = modelfile._metadata_entry(modelfile.SEAL_KEY, sha256(graph + entry).hexdigest())
    with pytest.raises(ModelFileError, match="the operator 'ImageDecoder'") as caught:
        read_model_file(graph + entry + seal)
    assert "all of its weights" in caught.value.message
    assert "docs/model-file.md" in caught.value.hint


def test_a_field_given_twice_hides_nothing() -> None:
    """Protobuf takes the last of two and merges messages: each piece is looked at."""
    harmless = helper.make_node("Relu", ["x"], ["y"]).SerializeToString()
    for second in (protobuf.bytes_field(4, b"Loop"), protobuf.bytes_field(7, b"com.vendor")):
        for node in (harmless + second, second + harmless):
            graph = protobuf.bytes_field(7, protobuf.bytes_field(1, node))
            whole = tiny_onnx().SerializeToString()
            for model in (graph + whole, whole + graph):
                with pytest.raises(ForbiddenGraphError):
                    check_graph(model, len(model))


def test_a_tag_of_more_than_32_bits_hides_nothing() -> None:
    """A reader that keeps 32 bits of it would see a field that we would not."""
    tag = (1 << 32) | (7 << 3) | protobuf.BYTES
    encoded = bytes([tag >> 7 * place & 0x7F | 0x80 for place in range(4)]) + bytes([tag >> 28])
    with pytest.raises(protobuf.BrokenMessageError, match="does not begin a field"):
        check_graph(encoded + b"\x00", len(encoded) + 1)


def test_the_cost_of_a_graph_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_checks, "MAX_GRAPH_FIELDS", 1_000)
    node = protobuf.bytes_field(1, helper.make_node("Relu", ["x"], ["y"]).SerializeToString())
    graph = protobuf.bytes_field(7, node * 2_000)
    with pytest.raises(protobuf.BrokenMessageError, match="more than 1,000 fields"):
        check_graph(graph, len(graph))


def test_packaged_models_pass_in_little_time() -> None:
    for path in packaged_models().values():
        begin = time.perf_counter()
        data, manifest = read_model_file(path)
        check_graph(data, manifest.graph_bytes)
        assert time.perf_counter() - begin < 1
