"""How long models take for one film, on the machine at hand."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import numpy as np
import onnxruntime

from pneumoscope.cores import free_cores
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.records import Record
from pneumoscope.runs.machine import processor_name

WARM_UPS = 3
RUNS = 30


class Machine(Record):
    """Where latencies were measured: a processor by name, how many of its cores were free, and the
    version of ONNX Runtime."""

    processor: str
    cores: int
    onnxruntime: str

    def __str__(self) -> str:
        return f"{self.processor}, {self.cores} cores, ONNX Runtime {self.onnxruntime}"


def this_machine() -> Machine:
    """The machine that this runs on."""
    return Machine(
        processor=processor_name(), cores=free_cores(), onnxruntime=onnxruntime.__version__
    )


def measure_latencies(predictors: Sequence[Predictor]) -> list[float]:
    """Milliseconds that each network takes for one film: medians of 30 runs after 3 to warm up.

    The models take turns, so that whatever else the machine does slows all of them alike. Reading
    and preprocessing are not in it, since they depend on the film.
    """
    times: list[list[float]] = [[] for _ in predictors]
    for _ in range(WARM_UPS + RUNS):
        for predictor, own in zip(predictors, times, strict=True):
            size = predictor.manifest.preprocess.size
            gray = np.full((size, size), 128, dtype=np.uint8)
            own.append(predictor.predict(gray).timings["infer"])
    return [statistics.median(own[WARM_UPS:]) for own in times]
