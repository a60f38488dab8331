"""Answers of the Open Inference Protocol, and what it is told of a model."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.responses import Response

from pneumoscope.inference.predictor import NetworkAnswer
from pneumoscope.modelfile.manifest import INPUT_NAME, OUTPUT_NAMES, ModelManifest
from pneumoscope.serving.inference_requests import ANSWERED, DATATYPE, JSON_LENGTH, Inference
from pneumoscope.wording import json_text

VERSION = "1"
"""Of every model: a changed file takes the place of the one before."""

_FREE = -1  # a size that depends on the request, or on the network


def model_metadata(manifest: ModelManifest, most: int) -> dict[str, Any]:
    """What a model takes and gives; `most` images go into one request.

    The protocol has no word for classes and the preparation of images: they are `parameters`.
    """
    size, classes = manifest.preprocess.size, len(manifest.class_names)
    shapes = {
        "logits": [_FREE, classes],
        "cam": [_FREE, classes, _FREE, _FREE],
        "embedding": [_FREE, _FREE],
        "probabilities": [_FREE, classes],
    }
    return {
        "name": manifest.name,
        "versions": [VERSION],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": INPUT_NAME, "datatype": DATATYPE, "shape": [_FREE, 1, size, size]}],
        "outputs": [
            {"name": name, "datatype": _datatype(name), "shape": shapes[name]} for name in ANSWERED
        ],
        "parameters": {
            "graph_sha256": manifest.graph_sha256,
            "class_names": list(manifest.class_names),
            "normal_class": manifest.normal_class,
            "preprocess": dataclasses.asdict(manifest.preprocess),
            "operating_points": manifest.operating_points,
            "prevalence": manifest.finding_share,
            "warnings": list(manifest.warnings),
            "most_images": most,
        },
    }


def inference_response(
    asked: Inference, answer: NetworkAnswer, manifest: ModelManifest
) -> Response:
    """The tensors that were asked for, in that order; `manifest` calibrates the probabilities."""
    outputs, behind = [], []
    for name, is_binary in asked.outputs.items():
        values = _values(name, answer, manifest)
        output: dict[str, Any] = {
            "name": name,
            "datatype": _datatype(name),
            "shape": list(values.shape),
        }
        if is_binary:
            data = values.tobytes()
            behind.append(data)
            output["parameters"] = {"binary_data_size": len(data)}
        else:
            output["data"] = values.ravel().tolist()
        outputs.append(output)
    document = {"model_name": manifest.name, "model_version": VERSION, "outputs": outputs}
    if asked.id is not None:
        document["id"] = asked.id
    text = json_text(document).encode()
    if not behind:
        return Response(text, media_type="application/json")
    return Response(
        b"".join([text, *behind]),
        media_type="application/octet-stream",
        headers={JSON_LENGTH: str(len(text))},
    )


def _values(name: str, answer: NetworkAnswer, manifest: ModelManifest) -> NDArray[Any]:
    """A tensor, little-endian as the protocol has it."""
    if name == "probabilities":
        return np.asarray(manifest.probabilities(answer.logits), "<f8")
    return np.asarray(getattr(answer, name), "<f4")


def _datatype(name: str) -> str:
    return "FP32" if name in OUTPUT_NAMES else "FP64"
