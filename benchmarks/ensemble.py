"""An ensemble in one file against its members' files, run one after the other.

    python benchmarks/ensemble.py MODEL MODEL

Writes `benchmarks/ensemble.md`. What is timed is ONNX Runtime alone, without reading films: by the
clock with all cores, as `Predictor` uses them, and in processor time with one thread, which other
work on the machine hardly disturbs.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from result_page import SPREAD, Pairs, in_turn, load_average, spread, table, write_page

from pneumoscope.merging.ensemble import write_ensemble
from pneumoscope.merging.source_models import SourceModel, read_source_model
from pneumoscope.merging.weights import MemberWeights
from pneumoscope.modelfile.manifest import INPUT_NAME

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


def row(setting: str, batch: int, pairs: Pairs) -> list[str]:
    """One line of the table, in milliseconds a film."""
    merged, members = (
        1000 * statistics.median(times) / batch for times in zip(*pairs, strict=True)
    )
    ratios = [one_file / members for one_file, members in pairs]
    times = [f"{merged:.1f}", f"{members:.1f}"]
    return [setting, str(batch), *times, *spread(ratios, "{:.2f}".format)]


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
            apart = [load(member.file, threads) for member in members]
            for batch in BATCHES:
                images = rng.integers(0, 256, (batch, 1, size, size), np.uint8)
                repeats = arguments.repeats * (5 if batch == 1 else 1)
                take = partial(seconds, images=images, clock=clock)
                take(merged), take(apart)
                pairs = in_turn(partial(take, merged), partial(take, apart), repeats)
                rows.append(row(setting, batch, pairs))
    headings = ["", "films in a batch", "one file", "members in turn", "ratio", *SPREAD]
    write_page(
        "ensemble",
        "An ensemble in one file",
        [
            f"Milliseconds a film, medians of {arguments.repeats} runs of each side in turn, five "
            f"times as many for single films: {manifest.architecture} in one file, and its "
            "members' files one after the other. A ratio below 1 means that the one file is "
            f"faster. {load_average()}",
            table(headings, rows),
        ],
        packages=("onnxruntime", "numpy"),
        arguments="MODEL MODEL",
    )


if __name__ == "__main__":
    main()
