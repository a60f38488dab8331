"""`pneumoscope predict` on one film from a cold start, against a minimal torch script, in turn.

    python benchmarks/cold_start.py FILM

Writes `benchmarks/cold_start.md`. Needs the `train` extra for the torch side only.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from result_page import HERE, in_turn, table, write_page

SAVE_WEIGHTS = """
import sys, torch
from pneumoscope.networks.torchvision_ops import declare_missing_operators
declare_missing_operators()
from torchvision import models
torch.save(models.mobilenet_v2(num_classes=2).state_dict(), sys.argv[1])
"""


def seconds(command: list[str]) -> float:
    """Wall time of one whole process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film")
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        weights = str(Path(scratch) / "weights.pt")
        subprocess.run([sys.executable, "-c", SAVE_WEIGHTS, weights], check=True)
        ours = [sys.executable, "-m", "pneumoscope", "predict", arguments.film]
        plain = [sys.executable, str(HERE / "plain_predict.py"), arguments.film, weights]
        seconds(ours), seconds(plain)
        pairs = in_turn(lambda: seconds(ours), lambda: seconds(plain), arguments.repeats)
    ratios = [mine / other for mine, other in pairs]
    times = (*zip(*pairs, strict=True), ratios)
    sides = ("pneumoscope predict", "minimal torch script", "ratio")
    rows = [
        [name, f"{statistics.median(own):.2f}", f"{min(own):.2f} to {max(own):.2f}"]
        for name, own in zip(sides, times, strict=True)
    ]
    write_page(
        "cold_start",
        "Cold start of one prediction",
        [
            f"Wall seconds of the whole process for one film, {arguments.repeats} runs of each "
            "side in turn after one that does not count. Both run a MobileNetV2; ours also draws "
            "a table.",
            table(["", "median", "range"], rows),
        ],
        packages=("onnxruntime", "torch", "torchvision"),
        arguments="FILM",
    )


if __name__ == "__main__":
    main()
