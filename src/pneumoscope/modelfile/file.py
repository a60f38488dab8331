"""Read and write model files: an ONNX graph and everything needed to use it, in one file.

A model file is an ordinary ONNX file. Its bytes are a serialized `ModelProto` (the graph) followed
by two more entries of `ModelProto.metadata_props`: the manifest, as JSON, and a seal, the SHA-256
of all bytes before it. Protobuf merges fields that are appended, so any ONNX runtime loads the file
as it is and sees the manifest as metadata, while reading and verifying needs neither onnx nor
onnxruntime.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue, ValidationError
from pydantic_core import from_json

from pneumoscope.errors import ModelFileError
from pneumoscope.files import write_bytes
from pneumoscope.modelfile import protobuf
from pneumoscope.modelfile.graph_checks import ForbiddenGraphError, check_graph
from pneumoscope.modelfile.manifest import SCHEMA_VERSION, ModelManifest
from pneumoscope.modelfile.older_manifests import to_present_version

MANIFEST_KEY = "pneumoscope.manifest"
SEAL_KEY = "pneumoscope.sha256"

MAX_FILE_BYTES = 2**31 - 1  # protobuf's own limit
MAX_MANIFEST_BYTES = 4 * 2**20

# Field numbers of ModelProto (onnx.proto3).
_GRAPH_FIELD = 7
_METADATA_FIELD = 14


def write_model_file(graph: bytes, manifest: ModelManifest, path: str | Path) -> ModelManifest:
    """Write a model file and return its manifest with `graph_bytes` and `graph_sha256` filled in.

    `graph` is a serialized ONNX `ModelProto`. The file appears whole or not at all. Raises
    `ModelFileError` when `graph` is no ONNX model, holds what `check_graph` refuses, has a manifest
    already, or cannot be written.
    """
    path = Path(path)
    if _manifest_entry(graph, str(path)) is not None:
        raise ModelFileError(
            f"The graph for {path} carries a manifest already.", "Pass the plain ONNX model."
        )
    _check_graph(graph, len(graph), f"The graph for {path}")
    digest = hashlib.sha256(graph)
    manifest = manifest.model_copy(
        update={"graph_bytes": len(graph), "graph_sha256": digest.hexdigest()}
    )
    entry = _metadata_entry(MANIFEST_KEY, manifest.model_dump_json())
    digest.update(entry)
    seal = _metadata_entry(SEAL_KEY, digest.hexdigest())
    try:
        write_bytes(path, graph + entry + seal, recorded=False)  # its seal is record enough
    except OSError as error:
        raise ModelFileError(
            f"The model file {path} could not be written: {error.strerror}."
        ) from error
    return manifest


def read_manifest(source: str | Path | bytes) -> ModelManifest:
    """The verified manifest of a model file. Raises `ModelFileError` as `read_model_file` does."""
    return read_model_file(source)[1]


def read_model_file(source: str | Path | bytes) -> tuple[bytes, ModelManifest]:
    """All bytes of a model file (an ONNX model with metadata) and its verified manifest.

    Raises `ModelFileError` when the file cannot be read, is no ONNX file, has no manifest, was made
    by a newer version, is not, byte by byte, what was written, or has a graph that `check_graph`
    refuses.
    """
    name = "The model" if isinstance(source, bytes) else str(source)
    data = source if isinstance(source, bytes) else _read(source)
    entry = _manifest_entry(data, name)
    if entry is None:
        raise ModelFileError(
            f"{name} is an ONNX file, but not a pneumoscope model file: it carries no manifest.",
            "Model files are written by `pneumoscope train`.",
        )
    manifest = parse_manifest(entry.value, name)
    digest = hashlib.sha256(memoryview(data)[: entry.start])
    if (manifest.graph_bytes, manifest.graph_sha256) != (entry.start, digest.hexdigest()):
        raise _damaged(name, "the graph does not match its checksum in the manifest")
    digest.update(memoryview(data)[entry.start : entry.end])
    if data[entry.end :] != _metadata_entry(SEAL_KEY, digest.hexdigest()):
        raise _damaged(name, "the file does not match the checksum at its end")
    _check_graph(data, entry.start, name)
    return data, manifest


def add_provenance(
    path: Path, facts: Mapping[str, JsonValue], *, graph_sha256: str | None = None
) -> ModelManifest:
    """Put more facts into `training` of a model file, in place; returns the new manifest.

    With `graph_sha256`, the file must hold that very graph. Raises `ModelFileError` where it does
    not, where the file is write-protected, and as `read_model_file` and `write_model_file` do.
    """
    data, manifest = read_model_file(path)
    if not os.access(path, os.W_OK):
        raise ModelFileError(f"{path} is write-protected.", "Copy it, and name the copy.")
    if graph_sha256 not in (None, manifest.graph_sha256):
        raise ModelFileError(
            f"{path} holds the graph {manifest.graph_sha256[:12]}, and the facts are about "
            f"{str(graph_sha256)[:12]}.",
            "Give the model file that they were found with.",
        )
    manifest = manifest.model_copy(update={"training": manifest.training | dict(facts)})
    return write_model_file(data[: manifest.graph_bytes], manifest, path)


class _Entry(NamedTuple):
    start: int
    end: int
    value: bytes


def _manifest_entry(data: bytes, name: str) -> _Entry | None:
    """Where an ONNX file holds its manifest, if it does."""
    if not data:
        raise ModelFileError(f"{name} is empty.", "Expected a model file (.onnx).")
    found: list[_Entry] = []
    has_graph = False
    try:
        for field in protobuf.fields(data):
            if field.wire_type != protobuf.BYTES:
                continue
            has_graph |= field.number == _GRAPH_FIELD
            if field.number == _METADATA_FIELD:
                parts = {
                    part.number: data[part.payload : part.end]
                    for part in protobuf.fields(data, field.payload, field.end, limit=16)
                    if part.wire_type == protobuf.BYTES
                }
                if parts.get(1) == MANIFEST_KEY.encode():
                    found.append(_Entry(field.start, field.end, parts.get(2, b"")))
    except protobuf.BrokenMessageError as error:
        raise _damaged(name, str(error), "not an ONNX file, or damaged") from error
    if not has_graph:
        raise _damaged(name, "it holds no graph", "not an ONNX file, or damaged")
    if len(found) > 1:
        raise _damaged(name, "it carries more than one manifest")
    return found[0] if found else None


def _check_graph(data: bytes, end: int, name: str) -> None:
    try:
        check_graph(data, end)
    except ForbiddenGraphError as error:
        raise ModelFileError(
            f"{name} is refused: {error}. Expected a graph that holds all of its weights, and "
            "only operators that networks on images need.",
            "docs/model-file.md lists them. Export the model again with `pneumoscope train` or "
            "`export`; do not use the file if you do not know who made it.",
        ) from error
    except protobuf.BrokenMessageError as error:
        raise _damaged(name, str(error), "not an ONNX file, or damaged") from error


def _metadata_entry(key: str, value: str) -> bytes:
    """One more `metadata_props` entry (a `StringStringEntryProto`) of a `ModelProto`."""
    entry = protobuf.bytes_field(1, key.encode()) + protobuf.bytes_field(2, value.encode())
    return protobuf.bytes_field(_METADATA_FIELD, entry)


def parse_manifest(text: bytes, name: str) -> ModelManifest:
    """The manifest in JSON of this or an earlier version; `name` is what messages call it.

    Raises `ModelFileError` where it is wrong, or of a newer version.
    """
    if len(text) > MAX_MANIFEST_BYTES:
        raise _damaged(name, f"its manifest is larger than {MAX_MANIFEST_BYTES} bytes")
    try:
        settings = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise _damaged(name, f"its manifest is not JSON ({error})") from error
    version = settings.get("schema_version") if isinstance(settings, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ModelFileError(
            f"{name} was made by a newer pneumoscope: its manifest has schema version {version}, "
            f"this one reads up to {SCHEMA_VERSION}.",
            "Install a newer version of pneumoscope.",
        )
    if isinstance(version, int) and 0 < version < SCHEMA_VERSION:
        settings = to_present_version(settings)
    try:
        return ModelManifest.model_validate(settings)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "settings"
        raise _damaged(name, f"its manifest is wrong at {where}: {problem['msg']}") from error


def _read(path: str | Path) -> bytes:
    path = Path(path)
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise ModelFileError(f"The model file {path} {what}.")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _damaged(str(path), "it is larger than 2 GiB, which no ONNX file can be")
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"The model file {path} could not be read: {error.strerror}."
        ) from error


def _damaged(name: str, reason: str, what: str = "a damaged model file") -> ModelFileError:
    return ModelFileError(f"{name} is {what}: {reason}.", "Export or download it again.")
