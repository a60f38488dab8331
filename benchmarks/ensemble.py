"""An ensemble in one file against its members' files, run one after the other.

    python benchmarks/ensemble.py MODEL MODEL

Writes `benchmarks/ensemble.md`. What is timed is ONNX Runtime alone, without reading films: by the
clock with all cores, as `Predictor` uses them, and in processor time with one thread, which other
work on the machine hardly disturbs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from machine import describe

from pneumoscope.merging.ensemble import write_ensemble
from pneumoscope.merging.source_models import SourceModel, read_source_model
from pneumoscope.merging.weights import MemberWeights
from pneumoscope.modelfile.file import INPUT_NAME

HERE = Path(__file__).parent
BATCHES = (1, 16)

Sessions = list[onnxruntime.InferenceSession]
Clock = Callable[[], float]


def load(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """A session with so many threads, or as many as there are cores for 0."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def seconds(sessions: Sessions, images: npt.NDArray[np.uint8], clock: Clock) -> float:
    """How long all sessions take, in turn."""
    started = clock()
    for session in sessions:
        session.run(None, {INPUT_NAME: images})
    return clock() - started


def compare(
    merged: Sessions, members: Sessions, images: npt.NDArray[np.uint8], clock: Clock, repeats: int
) -> list[tuple[float, float]]:
    """Times of both sides, taken in turn after one run that does not count."""
    seconds(merged, images, clock), seconds(members, images, clock)
    pairs = []
    for repeat in range(repeats):
        # Who comes first changes, in case going second is an advantage.
        if repeat % 2:
            in_turn = seconds(members, images, clock)
            pairs.append((seconds(merged, images, clock), in_turn))
        else:
            together = seconds(merged, images, clock)
            pairs.append((together, seconds(members, images, clock)))
    return pairs


def row(setting: str, batch: int, pairs: list[tuple[float, float]]) -> str:
    """One line of the table, in milliseconds a film."""
    ratios = [merged / members for merged, members in pairs]
    low, _, high = statistics.quantiles(ratios, n=4)
    merged, members = (
        1000 * statistics.median(times) / batch for times in zip(*pairs, strict=True)
    )
    return (
        f"| {setting} | {batch} | {merged:.1f} | {members:.1f} | {statistics.median(ratios):.2f} "
        f"| {low:.2f} to {high:.2f} | {min(ratios):.2f} to {max(ratios):.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--repeats", type=int, default=41)
    arguments = parser.parse_args()
    members: list[SourceModel] = [read_source_model(model) for model in arguments.models]
    size = members[0].manifest.preprocess.size
    rng = np.random.default_rng(0)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "ensemble.onnx"
        manifest = write_ensemble(members, MemberWeights.equal(len(members)), path, name="ensemble")
        for setting, threads, clock in (
            ("one thread, processor time", 1, time.process_time),
            ("all cores, wall time", 0, time.perf_counter),
        ):
            merged = [load(path, threads)]
            in_turn = [load(member.file, threads) for member in members]
            for batch in BATCHES:
                images = rng.integers(0, 256, (batch, 1, size, size), np.uint8)
                repeats = arguments.repeats * (5 if batch == 1 else 1)
                pairs = compare(merged, in_turn, images, clock, repeats)
                rows.append(row(setting, batch, pairs))
    table = "\n".join(
        [
            "# An ensemble in one file",
            "",
            f"Milliseconds a film, medians of {arguments.repeats} runs of each side in turn, five "
            f"times as many for single films: {manifest.architecture} in one file, and its "
            "members' files one after the other. A ratio below 1 means that the one file is "
            f"faster. The machine's load average was {os.getloadavg()[0]:.1f} at the end.",
            "",
            "| | films in a batch | one file | members in turn | ratio | half of all | all |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            describe("onnxruntime", "numpy"),
            "",
            "Command: `python benchmarks/ensemble.py MODEL MODEL`",
        ]
    )
    (HERE / "ensemble.md").write_text(table + "\n")
    print(table)


if __name__ == "__main__":
    main()
