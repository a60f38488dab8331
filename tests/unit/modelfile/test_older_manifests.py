"""Model files of earlier versions are read, and say what they do not tell."""

from __future__ import annotations

import hashlib
import json

import pytest
from onnx import ModelProto

from pneumoscope.modelfile.file import read_manifest, read_model_file
from tiny_model import tiny_graph, tiny_manifest


def of_version_1(class_names: tuple[str, ...], normal_class: str | None) -> bytes:
    """A model file as version 1 wrote it."""
    graph = tiny_graph(len(class_names))
    settings = tiny_manifest(class_names).model_dump(mode="json")
    for newer in ("normal_class_is_known", "calibration", "prevalence"):
        del settings[newer]
    settings |= {
        "temperature": 2.0,
        "schema_version": 1,
        "normal_class": normal_class,
        "graph_bytes": len(graph),
        "graph_sha256": hashlib.sha256(graph).hexdigest(),
    }
    unsealed = graph + _metadata("pneumoscope.manifest", json.dumps(settings))
    return unsealed + _metadata("pneumoscope.sha256", hashlib.sha256(unsealed).hexdigest())


def _metadata(key: str, value: str) -> bytes:
    proto = ModelProto()
    proto.metadata_props.add(key=key, value=value)
    return proto.SerializeToString()


def test_a_healthy_class_that_was_called_normal_is_known() -> None:
    data, manifest = read_model_file(of_version_1(("NORMAL", "PNEUMONIA"), "NORMAL"))
    graph = tiny_graph()
    described = {"graph_bytes": len(graph), "graph_sha256": hashlib.sha256(graph).hexdigest()}
    assert manifest == tiny_manifest(prevalence=None).model_copy(update=described)
    assert manifest.warnings == ()
    assert data.startswith(graph)


@pytest.mark.parametrize("class_names", [("Covid", "No Finding"), ("A", "B", "C")])
def test_another_healthy_class_is_not_guessed_but_warned_of(class_names: tuple[str, ...]) -> None:
    manifest = read_manifest(of_version_1(class_names, None))
    assert (manifest.normal_class, manifest.normal_class_is_known) == (None, False)
    (warning,) = manifest.warnings
    assert f"as if it were {class_names[0]}" in warning
    assert all(name in warning for name in class_names)


def test_a_file_that_states_that_no_class_is_healthy_has_no_warning() -> None:
    assert tiny_manifest(("BACTERIA", "VIRUS"), normal_class=None).warnings == ()
