"""Model files: what is written is read back, any runtime loads it, and damage never passes."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto

from pneumoscope.errors import ModelFileError, PneumoscopeError
from pneumoscope.modelfile import file as modelfile
from pneumoscope.modelfile.file import (
    add_provenance,
    read_manifest,
    read_model_file,
    write_model_file,
)
from tiny_model import tempered, tiny_graph, tiny_manifest, tiny_onnx, write_tiny_model

NO_OFFSET = {"NORMAL": 0.0, "PNEUMONIA": 0.0}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


def test_what_is_written_is_read_back(model: Path) -> None:
    graph = tiny_graph()
    data, manifest = read_model_file(model)
    assert data == model.read_bytes()
    assert data.startswith(graph)
    assert manifest.graph_bytes == len(graph)
    assert manifest.graph_sha256 == hashlib.sha256(graph).hexdigest()
    empty = {"graph_bytes": 0, "graph_sha256": ""}
    assert manifest.model_copy(update=empty) == tiny_manifest()
    assert read_manifest(data) == read_manifest(str(model)) == manifest


def test_onnx_sees_an_ordinary_model_with_metadata(model: Path) -> None:
    proto = onnx.load(model)
    onnx.checker.check_model(proto, full_check=True)
    assert proto.graph == tiny_onnx().graph
    metadata = {entry.key: entry.value for entry in proto.metadata_props}
    assert json.loads(metadata["pneumoscope.manifest"])["class_names"] == ["NORMAL", "PNEUMONIA"]


def test_onnxruntime_sees_the_manifest(model: Path) -> None:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    assert "pneumoscope.manifest" in session.get_modelmeta().custom_metadata_map


@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_no_changed_byte_passes(model: Path, data: st.DataObject) -> None:
    damaged = bytearray(model.read_bytes())
    position = data.draw(st.integers(0, len(damaged) - 1))
    damaged[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ModelFileError):
        read_model_file(bytes(damaged))


def test_no_truncated_file_passes(model: Path) -> None:
    whole = model.read_bytes()
    for length in range(len(whole)):
        with pytest.raises(ModelFileError):
            read_model_file(whole[:length])


@given(st.binary(min_size=1, max_size=40))
def test_nothing_appended_passes(model: Path, tail: bytes) -> None:
    # Protobuf would merge the tail into the graph.
    with pytest.raises(ModelFileError):
        read_model_file(model.read_bytes() + tail)


@given(st.binary(max_size=400))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError):
        read_model_file(data)


def test_a_field_that_claims_more_than_there_is_is_refused() -> None:
    with pytest.raises(ModelFileError, match="runs past the end"):
        read_model_file(b"\x08\x0a\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f")


def test_endless_fields_are_refused_in_bounded_time() -> None:
    with pytest.raises(ModelFileError, match="more than 10000 fields"):
        read_model_file(b"\x08\x0a" * 10_000_000)


def test_a_plain_onnx_file_is_recognised_as_one(tmp_path: Path) -> None:
    path = tmp_path / "plain.onnx"
    path.write_bytes(tiny_graph())
    with pytest.raises(ModelFileError, match="is an ONNX file, but not a pneumoscope model file"):
        read_manifest(path)


def test_a_picture_is_recognised_as_no_onnx_file(tmp_path: Path) -> None:
    path = tmp_path / "film.onnx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(ModelFileError, match="not an ONNX file"):
        read_manifest(path)


def test_two_manifests_are_refused(model: Path) -> None:
    once = ModelProto.FromString(model.read_bytes())
    once.metadata_props.add(key="pneumoscope.manifest", value="{}")
    with pytest.raises(ModelFileError, match="more than one manifest"):
        read_model_file(once.SerializeToString())


def with_manifest(text: str) -> bytes:
    proto = tiny_onnx()
    proto.metadata_props.add(key="pneumoscope.manifest", value=text)
    return proto.SerializeToString()


def test_a_newer_schema_asks_for_an_upgrade() -> None:
    with pytest.raises(ModelFileError, match=r"newer pneumoscope.*version 3") as caught:
        read_model_file(with_manifest('{"schema_version": 3, "new_key": 1}'))
    assert "newer version" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "wrong at settings"),
        ('{"schema_version": 1, "surprise": 1}', "wrong at"),
        ('{"temperature": NaN}', "not JSON"),
        (tiny_manifest().model_dump_json(), "does not match its checksum"),
    ],
)
def test_a_wrong_manifest_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ModelFileError, match=reason):
        read_model_file(with_manifest(text))


def test_a_huge_manifest_is_refused() -> None:
    with pytest.raises(ModelFileError, match="larger than"):
        read_model_file(with_manifest(" " * (modelfile.MAX_MANIFEST_BYTES + 1)))


@pytest.mark.parametrize(
    "changes",
    [
        {"class_names": ("A", "A")},
        {"normal_class": "SICK"},
        {"normal_class": "PNEUMONIA"},
        {"normal_class_is_known": False},
        {"calibration": {"scale": {"NORMAL": 1.0, "PNEUMONIA": 0.0}, "offset": NO_OFFSET}},
        {"calibration": {"scale": {"NORMAL": 1.0, "PNEUMONIA": float("inf")}, "offset": NO_OFFSET}},
        {"calibration": {"scale": {"NORMAL": 1.0}, "offset": NO_OFFSET}},
        {"prevalence": {"NORMAL": 0.5, "PNEUMONIA": 0.6}},
        {"prevalence": {"NORMAL": 0.5}},
        {"operating_points": {"screening": {"NORMAL": 0.5, "PNEUMONIA": 0.5}}},
        {"operating_points": {"balanced": {"NORMAL": 1.0}}},
        {"operating_points": {"balanced": {"NORMAL": 0.5, "PNEUMONIA": 0.6}}},
        {"evidence_scale": {"NORMAL": 1.0}},
        {"name": "../escape"},
        {"fitness": {}},
    ],
)
def test_a_manifest_that_contradicts_itself_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="ModelManifest"):
        tiny_manifest(**changes)


def test_thresholds_come_in_the_order_of_the_classes() -> None:
    points = {"balanced": {"PNEUMONIA": 0.3, "NORMAL": 0.7}}
    assert tiny_manifest(operating_points=points).thresholds() == [0.7, 0.3]


def test_an_unknown_operating_point_names_the_nearest() -> None:
    with pytest.raises(PneumoscopeError, match="Did you mean 'screening'"):
        tiny_manifest().thresholds("screning")


def test_a_graph_with_a_manifest_is_not_written_again(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="carries a manifest already"):
        write_model_file(model.read_bytes(), tiny_manifest(), tmp_path / "again.onnx")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    occupied = tmp_path / "model.onnx"
    occupied.mkdir()
    with pytest.raises(ModelFileError, match="could not be written"):
        write_model_file(tiny_graph(), tiny_manifest(), occupied)
    assert list(tmp_path.iterdir()) == [occupied]


def test_an_old_file_is_replaced_whole(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "model.onnx")
    write_tiny_model(path, ("A", "B", "C"))
    assert read_manifest(path).class_names == ("A", "B", "C")
    assert list(tmp_path.iterdir()) == [path]


def test_facts_are_added_to_a_model_file_and_the_graph_stays(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny.onnx")
    graph, before = read_model_file(model)
    add_provenance(model, {"weather": "fair"}, graph_sha256=before.graph_sha256)
    data, after = read_model_file(model)
    assert after.training == before.training | {"weather": "fair"}
    assert data[: after.graph_bytes] == graph[: before.graph_bytes]
    with pytest.raises(ModelFileError, match="the facts are about 0000"):
        add_provenance(model, {"weather": "foul"}, graph_sha256="0000")


def test_a_folder_or_nothing_is_no_model_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is not a file"):
        read_manifest(tmp_path)
    with pytest.raises(ModelFileError, match="does not exist"):
        read_manifest(tmp_path / "model.onnx")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.onnx")
    with pytest.raises(ModelFileError, match="is not a file"):
        read_manifest(tmp_path / "model.onnx")


@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "\x1b]0;title\x07"},
        {"training": {"recipe": {"\x1b[2J": 1}}},
        {"training": {"note": ["\u202eti"]}},
    ],
)
def test_no_text_of_a_manifest_can_steer_a_terminal(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="holds control characters"):
        tiny_manifest(**changes)


def test_class_names_of_a_manifest_are_printable() -> None:
    with pytest.raises(ValueError, match="class_names must be printable"):
        tiny_manifest(("NORMAL", "PNEU\nMONIA"))


def written_by_version_1(**changes: object) -> bytes:
    """A model file as version 1 wrote it, with a temperature of two."""
    settings = json.loads(tiny_manifest().model_dump_json())
    del settings["calibration"], settings["prevalence"]
    settings |= {"schema_version": 1, "temperature": 2.0}
    graph = tiny_graph()
    settings |= {"graph_bytes": len(graph), "graph_sha256": hashlib.sha256(graph).hexdigest()}
    entry = modelfile._metadata_entry(modelfile.MANIFEST_KEY, json.dumps(settings | changes))
    seal = hashlib.sha256(graph + entry).hexdigest()
    return graph + entry + modelfile._metadata_entry(modelfile.SEAL_KEY, seal)


def test_a_file_of_version_1_answers_as_it_did_and_states_no_prevalence() -> None:
    manifest = read_manifest(written_by_version_1())
    assert manifest.schema_version == 2
    assert manifest.calibration == tempered(manifest.class_names, 2.0)
    assert manifest.prevalence is None
    with pytest.raises(PneumoscopeError, match="does not say which prevalence") as caught:
        manifest.with_finding_share(0.1)
    assert "pneumoscope calibrate MODEL" in caught.value.hint


@pytest.mark.parametrize("temperature", [0.0, -1.0, "warm", None, 1e-320])
def test_a_wrong_temperature_of_version_1_is_damage(temperature: object) -> None:
    with pytest.raises(ModelFileError, match="manifest is wrong at calibration"):
        read_manifest(written_by_version_1(temperature=temperature))
