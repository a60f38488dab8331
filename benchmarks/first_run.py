"""A tiny first run from drawn films to its report, by this checkout and by another one, in turn.

    git worktree add ../before COMMIT
    python benchmarks/first_run.py ../before

Draws 300 phantoms, trains `small-cnn` on them for four epochs, and writes
`benchmarks/first_run.md`. Times are those of the processor, of the command and all processes that
it starts, so that other work on the machine matters little; films are decoded anew each time. Needs
the `train` extra.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from result_page import HERE, in_turn, table, write_page

FILMS, EPOCHS = 300, 4


def processor_seconds(checkout: Path, films: Path, scratch: Path) -> float:
    """Processor time of `pneumoscope train` by the code of a checkout, in one thread."""
    run, cache = scratch / "run", scratch / "cache"
    for folder in (run, cache):
        shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "pneumoscope", "train", "--recipe", "small-cnn"]
    command += ["--data", str(films), "--epochs", str(EPOCHS), "--run", str(run)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*command, "--accelerator", "cpu", "--cache", str(cache)],
        check=True,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(checkout / "src"), "OMP_NUM_THREADS": "1"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="another checkout of this repository")
    parser.add_argument("--ours", type=Path, default=HERE.parent, help=argparse.SUPPRESS)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        films = Path(scratch) / "films"
        draw = [sys.executable, "-m", "pneumoscope", "data", "phantom", "--to", str(films)]
        subprocess.run(
            [*draw, "--count", str(FILMS)],
            check=True,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(arguments.ours / "src")},
        )
        ours, other = (
            lambda checkout=checkout: processor_seconds(checkout.resolve(), films, Path(scratch))
            for checkout in (arguments.ours, arguments.other)
        )
        pairs = in_turn(ours, other, arguments.repeats)
    ratios = [mine / before for mine, before in pairs]
    times = (*zip(*pairs, strict=True), ratios)
    rows = [
        [name, f"{statistics.median(own):.2f}", f"{min(own):.2f} to {max(own):.2f}"]
        for name, own in zip(("this version", "the other one", "ratio"), times, strict=True)
    ]
    write_page(
        "first_run",
        "A tiny first run",
        [
            f"Processor seconds of `pneumoscope train --recipe small-cnn --epochs {EPOCHS}` on "
            f"{FILMS} drawn films, with decoding, export, evaluation, audit and report, and of all "
            f"processes that it starts; {arguments.repeats} runs of each side in turn, in one "
            "thread. The other side is the version before films were tried out in the command's "
            "own process: for few small films, starting workers took longer than reading them.",
            table(["", "median", "range"], rows),
        ],
        packages=("lightning", "matplotlib", "onnxruntime", "timm", "torch"),
        arguments="OTHER_CHECKOUT",
    )


if __name__ == "__main__":
    main()
