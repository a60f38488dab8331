"""One film after the other in ONNX Runtime, with threads that sleep while they wait and ones that
spin, in turn.

    python benchmarks/waiting_threads.py

Writes `benchmarks/waiting_threads.md`. The load average tells what else the machine was doing.
"""

from __future__ import annotations

import time

import numpy as np
import onnxruntime
from result_page import SPREAD, in_turn, load_average, spread, table, write_page

from pneumoscope.cores import threads
from pneumoscope.modelfile.find import find_model

REPEATS, FILMS = 20, 20


def session(spinning: bool) -> onnxruntime.InferenceSession:
    """The packaged model on as many threads as there are cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    return onnxruntime.InferenceSession(
        str(find_model()), options, providers=["CPUExecutionProvider"]
    )


def seconds(network: onnxruntime.InferenceSession, film: np.ndarray) -> float:
    """Wall seconds for the films, one by one."""
    feed = {network.get_inputs()[0].name: film}
    network.run(None, feed)
    begun = time.perf_counter()
    for _ in range(FILMS):
        network.run(None, feed)
    return time.perf_counter() - begun


def main() -> None:
    sleeping, spinning = session(spinning=False), session(spinning=True)
    film = np.random.default_rng(0).integers(0, 256, (1, 1, 224, 224), dtype=np.uint8)
    pairs = in_turn(lambda: seconds(sleeping, film), lambda: seconds(spinning, film), REPEATS)
    ratios = [asleep / awake for asleep, awake in pairs]
    row = ["time asleep / time spinning", *spread(ratios, lambda ratio: f"{ratio:.2f}")]
    write_page(
        "waiting_threads",
        "Threads that sleep while they wait",
        [
            f"{FILMS} films one by one through the packaged model on {threads()} threads, "
            f"{REPEATS} times each in turn. {load_average()}",
            table(["", "median", *SPREAD], [row]),
        ],
        packages=("onnxruntime",),
        arguments="",
    )


if __name__ == "__main__":
    main()
