"""The time that models take, on this machine."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.evaluation.latency import measure_latencies, this_machine
from pneumoscope.inference.predictor import Predictor
from tiny_model import write_tiny_model


def test_every_model_has_a_latency(tmp_path: Path) -> None:
    predictor = Predictor.load(write_tiny_model(tmp_path / "tiny.onnx"))
    latencies = measure_latencies([predictor, predictor])
    assert len(latencies) == 2
    # Four tiny convolutions: more than nothing, and less than a second on any machine.
    assert all(0 < latency < 1000 for latency in latencies)
    assert measure_latencies([]) == []


def test_the_machine_is_named() -> None:
    machine = this_machine()
    assert machine.processor.strip()
    assert machine.cores >= 1
    assert f"{machine.cores} cores" in str(machine)
    assert f"ONNX Runtime {machine.onnxruntime}" in str(machine)
