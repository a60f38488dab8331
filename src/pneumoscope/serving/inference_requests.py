"""Requests of the Open Inference Protocol: from their bytes to images, or what is wrong with them.

A request is JSON; the pixels stand in it, or follow it as bytes (Triton's extension for binary
data).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from pydantic_core import from_json

from pneumoscope.modelfile.manifest import INPUT_NAME, OUTPUT_NAMES
from pneumoscope.serving.inference_schemas import (
    InferenceInput,
    InferenceRequest,
    WantedOutput,
)
from pneumoscope.serving.problems import Problem

ANSWERED = (*OUTPUT_NAMES, "probabilities")
DATATYPE = "UINT8"
JSON_LENGTH = "Inference-Header-Content-Length"
"""The header that says how many bytes of a body are JSON, where others follow."""

_BESIDE_PIXELS = 1_000
"""More than enough brackets, commas and texts of a request, beside those of its pixels."""


@dataclass(frozen=True)
class Inference:
    """What a request asks for: `images` uint8 `(N, size, size)`, and the names of outputs with
    whether their data is to follow the JSON of the answer."""

    id: str | None
    images: NDArray[np.uint8]
    outputs: Mapping[str, bool]


def read_inference(body: bytes, json_length: str | None, *, size: int, most: int) -> Inference:
    """What a request asks for. `json_length` is the header that says where its JSON ends, if it has
    one; `size` is that of the model's images, of which it may send so many at `most`.

    Raises `Problem` 400, which says what is wrong.
    """
    end = _end_of_json(json_length, len(body))
    request = _parsed(body[:end], size, most)
    names = [tensor.name for tensor in request.inputs]
    if names != [INPUT_NAME]:
        raise invalid(f"Expected one input, {INPUT_NAME!r}, got {_shown(names)}.")
    outputs = _wanted(request)
    pixels = _pixels(request.inputs[0], memoryview(body)[end:], size, most)
    images = np.frombuffer(pixels, np.uint8).reshape(-1, size, size)
    return Inference(request.id, images, outputs)


def invalid(detail: str) -> Problem:
    """A request that is not as it should be."""
    return Problem(
        400, "invalid-inference", detail, "GET /v2/models/NAME says what a model takes and gives."
    )


def _end_of_json(json_length: str | None, length: int) -> int:
    if json_length is None:
        return length
    given = json_length.strip()
    if not re.fullmatch(r"[0-9]{1,18}", given) or not 0 < int(given) <= length:
        raise invalid(
            f"{JSON_LENGTH} is {given[:32]!r}, and the body has {length} bytes: "
            "expected the bytes of the JSON at its beginning."
        )
    return int(given)


def _parsed(text: bytes, size: int, most: int) -> InferenceRequest:
    """The JSON of a request.

    Short texts can become large objects, so what could not be a request for `most` images, in rows
    or not, is refused as it is.
    """
    pixels, rows = most * size * size, most * (size + 2)
    allowed = {b",": pixels, b"[": rows, b"{": 0, b'"': 0}
    for mark, number in allowed.items():
        if text.count(mark) > number + _BESIDE_PIXELS:
            raise invalid(
                f"The JSON has more parts than it can have with {most} images of {size} x {size}."
            )
    try:
        return InferenceRequest.model_validate(from_json(text, allow_inf_nan=False))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        told = [": ".join((*_place(fault["loc"]), fault["msg"])) for fault in faults[:5]]
        raise invalid("The request is not as it should be: " + "; ".join(told) + ".") from error
    except ValueError as error:
        raise invalid(f"The request is not JSON: {error}.") from error


def _place(steps: tuple[int | str, ...]) -> list[str]:
    return [".".join(map(str, steps))] if steps else []


def _wanted(request: InferenceRequest) -> dict[str, bool]:
    binary = bool(request.parameters and request.parameters.binary_data_output)
    if not request.outputs:
        return dict.fromkeys(ANSWERED, binary)
    wanted: dict[str, bool] = {}
    for output in request.outputs:
        if output.name not in ANSWERED or output.name in wanted:
            names = [output.name for output in request.outputs]
            raise invalid(
                f"Expected outputs among {', '.join(ANSWERED)}, each once, got {_shown(names)}."
            )
        wanted[output.name] = _is_binary(output, binary)
    return wanted


def _is_binary(output: WantedOutput, otherwise: bool) -> bool:
    parameters = output.parameters
    if parameters is None:
        return otherwise
    if parameters.classification is not None:
        raise invalid(
            "Classification of outputs is not offered: ask for probabilities, whose classes the "
            "model's metadata names."
        )
    if parameters.shared_memory_region is not None:
        raise _no_shared_memory()
    return otherwise if parameters.binary_data is None else parameters.binary_data


def _pixels(tensor: InferenceInput, after_json: memoryview, size: int, most: int) -> bytes:
    """The pixels of the one input, whose shape is checked before anything is made of it."""
    if tensor.datatype != DATATYPE:
        raise invalid(f"{INPUT_NAME} is {DATATYPE}, got {tensor.datatype[:32]!r}.")
    films, *image = tensor.shape or [0]
    if image != [1, size, size] or not 1 <= films <= most:
        raise invalid(
            f"The shape of {INPUT_NAME} is (N, 1, {size}, {size}) with N from 1 to {most}, got "
            f"{_shown(tensor.shape)}."
        )
    binary = tensor.parameters.binary_data_size if tensor.parameters else None
    if tensor.parameters and tensor.parameters.shared_memory_region is not None:
        raise _no_shared_memory()
    if (binary is None) == (tensor.data is None):
        raise invalid(
            f"The data of {INPUT_NAME} stands in data, or follows the JSON and binary_data_size is "
            f"its bytes: got {'neither' if binary is None else 'both'}."
        )
    if len(after_json) != (binary or 0):
        said = "no binary_data_size" if binary is None else f"a binary_data_size of {binary}"
        raise invalid(f"{len(after_json)} bytes follow the JSON, and {INPUT_NAME} has {said}.")
    pixels = bytes(after_json) if tensor.data is None else _listed(tensor.data, tensor.shape)
    if len(pixels) != films * size * size:
        raise invalid(
            f"{INPUT_NAME} of shape {_shown(tensor.shape)} has {films * size * size} pixels, got "
            f"{len(pixels)}."
        )
    return pixels


def _listed(data: list[Any], shape: Sequence[int]) -> bytes:
    """Pixels that stand in the JSON: in one list, or in lists as the shape has them."""
    if data and isinstance(data[0], list):
        for length in shape[1:]:
            if any(not isinstance(part, list) or len(part) != length for part in data):
                raise invalid(
                    f"data is nested otherwise than the shape of {INPUT_NAME}, {_shown(shape)}."
                )
            data = list(chain.from_iterable(data))
    others = {type(value).__name__ for value in data if type(value) is not int}
    if others:
        raise _no_pixels(f"values of type {', '.join(sorted(others))}")
    try:
        return bytes(data)
    except ValueError as error:
        raise _no_pixels("smaller or larger ones") from error


def _no_pixels(got: str) -> Problem:
    return invalid(f"data of {DATATYPE} are whole numbers from 0 to 255, got {got}.")


def _no_shared_memory() -> Problem:
    return invalid("Shared memory is not offered: send data in the request, and take it so.")


def _shown(values: Sequence[object]) -> str:
    """The beginning of what was sent, which may be long."""
    first = ", ".join(repr(value)[:40] for value in values[:6])
    return f"({first}, ...)" if len(values) > 6 else f"({first})"
