"""ONNX Runtime with the graph of a model file: opened, checked against its manifest, and run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from pneumoscope.cores import threads as threads_to_use
from pneumoscope.errors import ModelFileError, PneumoscopeError
from pneumoscope.modelfile.manifest import INPUT_NAME, OUTPUT_NAMES, ModelManifest

_RUNTIME_ERRORS = (
    runtime_errors.Fail,
    runtime_errors.InvalidArgument,
    runtime_errors.InvalidGraph,
    runtime_errors.InvalidProtobuf,
    runtime_errors.NotImplemented,
    runtime_errors.RuntimeException,
    UnicodeDecodeError,  # of what the error says, where a name in the graph is no text
)


def open_session(
    data: bytes,
    manifest: ModelManifest,
    path: Path,
    *,
    threads: int | None,
    providers: Sequence[str],
) -> onnxruntime.InferenceSession:
    """A session for the contents of a model file, which was read from `path`.

    `threads` may compute at once; `None` leaves it to `cores.threads`. Raises `ModelFileError`
    where the graph cannot be loaded or is not what the manifest says, and `PneumoscopeError` where
    a provider is not available.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads_to_use(threads)
    # Threads that wait for others sleep. Spinning, they take the cores of those on a busy machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(data, options, providers=list(providers))
    except _RUNTIME_ERRORS as error:
        raise ModelFileError(
            f"ONNX Runtime {onnxruntime.__version__} cannot load {path}: {error}.",
            "A newer onnxruntime may be able to; else export the model again.",
        ) from error
    _check_graph(session, manifest, path)
    # ONNX Runtime falls back to the processor with no more than a warning.
    missing = set(providers) - set(session.get_providers())
    if missing:
        raise PneumoscopeError(
            f"This installation cannot run a model with {', '.join(sorted(missing))}.",
            f"Available: {', '.join(onnxruntime.get_available_providers())}.",
        )
    return session


def run_session(
    session: onnxruntime.InferenceSession, images: NDArray[np.uint8], name: str
) -> Sequence[Any]:
    """The graph's `OUTPUT_NAMES` for images, uint8 `(N, size, size)`, of the model called `name`.

    Raises `ModelFileError` where the graph cannot be run.
    """
    try:
        outputs: Sequence[Any] = session.run(
            list(OUTPUT_NAMES), {INPUT_NAME: images[:, np.newaxis]}
        )
    except _RUNTIME_ERRORS as error:
        raise ModelFileError(
            f"ONNX Runtime {onnxruntime.__version__} cannot run the model {name!r}: {error}.",
            "The machine may be short of memory; else export the model again.",
        ) from error
    return outputs


def _check_graph(
    session: onnxruntime.InferenceSession, manifest: ModelManifest, path: Path
) -> None:
    """Raise `ModelFileError` unless the graph has the inputs and outputs that we rely on."""
    size, classes = manifest.preprocess.size, len(manifest.class_names)
    # None stands for any size; the first axis must be free, so that films can be batched.
    expected: dict[str, tuple[str, tuple[int | None, ...]]] = {
        INPUT_NAME: ("tensor(uint8)", (None, 1, size, size)),
        "logits": ("tensor(float)", (None, classes)),
        "cam": ("tensor(float)", (None, classes, None, None)),
        "embedding": ("tensor(float)", (None, None)),
    }
    try:
        actual = {
            tensor.name: (tensor.type, tuple(tensor.shape))
            for tensor in (*session.get_inputs(), *session.get_outputs())
        }
    except UnicodeDecodeError as error:  # ONNX Runtime hands on names and sizes as they stand
        raise _unfit(path, f"tensors {sorted(expected)}", "names that are not UTF-8") from error
    if set(actual) != set(expected):
        raise _unfit(path, f"tensors {sorted(expected)}", str(sorted(actual)))
    for name, (kind, shape) in expected.items():
        actual_kind, actual_shape = actual[name]
        if actual_kind != kind or not _fits(actual_shape, shape):
            raise _unfit(path, f"{name} as {kind} {shape}", f"{actual_kind} {actual_shape}")


def _fits(actual: Sequence[int | str | None], expected: Sequence[int | None]) -> bool:
    """Whether a tensor's shape agrees with the expected one; names stand for sizes left free."""
    if len(actual) != len(expected) or isinstance(actual[0], int):
        return False
    return all(
        want is None or not isinstance(got, int) or got == want
        for got, want in zip(actual, expected, strict=True)
    )


def _unfit(path: Path, expected: str, got: str) -> ModelFileError:
    return ModelFileError(
        f"The graph of {path} is not that of a pneumoscope model: expected {expected}, got {got}.",
        "Export the model again.",
    )
