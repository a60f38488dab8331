"""`pneumoscope predict` on a folder of full-size films, with `--isolate` and without, in turn.

    python benchmarks/isolation.py FORMATS    # a folder of films of several formats

Writes `benchmarks/isolation.md`. Needs Linux, which tells how much memory each process took.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from result_page import SPREAD, in_turn, load_average, spread, table, write_page

COPIES = 30
TIMES_AND_PLACES = {"milliseconds", "heatmap"}


def predict(folder: Path, *options: str) -> tuple[float, list[dict[str, str]]]:
    """Wall seconds of the whole process, and its rows without times."""
    command = [sys.executable, "-m", "pneumoscope", "predict", str(folder), "--csv", *options]
    started = time.perf_counter()
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    return seconds, [
        {column: value for column, value in row.items() if column not in TIMES_AND_PLACES}
        for row in rows
    ]


def workers_memory(folder: Path) -> list[int]:
    """The most memory that each worker of one run had resident, in MiB."""
    command = [sys.executable, "-m", "pneumoscope", "predict", str(folder), "--csv", "--isolate"]
    most: dict[str, int] = {}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.1):
                for status in Path("/proc").glob("[0-9]*/status"):
                    with contextlib.suppress(OSError):  # it may be gone
                        lines = status.read_text().splitlines()
                        fields = dict(line.split(":", 1) for line in lines)
                        if int(fields["PPid"]) == process.pid and "VmHWM" in fields:
                            most[status.parent.name] = int(fields["VmHWM"].split()[0]) // 1024

        watcher = threading.Thread(target=watch)
        watcher.start()
        process.wait()
        ended.set()
        watcher.join()
    return sorted(most.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", type=Path)
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    films = sorted(path for path in arguments.formats.iterdir() if path.is_file())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "films"
        folder.mkdir()
        for copy in range(COPIES):
            for film in films:
                shutil.copyfile(film, folder / f"{copy:02d}-{film.name}")
        memory = workers_memory(folder)
        same = predict(folder)[1] == predict(folder, "--isolate")[1]
        pairs = in_turn(
            lambda: predict(folder)[0],
            lambda: predict(folder, "--isolate")[0],
            arguments.repeats,
        )
    sides = zip(("without", "with `--isolate`"), zip(*pairs, strict=True), strict=True)
    rows = [[name, *spread(times, "{:.1f} s".format)] for name, times in sides]
    ratios = [isolated / plain for plain, isolated in pairs]
    rows.append(["ratio of each pair", *spread(ratios, "{:.3f}".format)])
    medians = [statistics.median(times) for times in zip(*pairs, strict=True)]
    write_page(
        "isolation",
        "What isolation costs",
        [
            f"Wall seconds of the whole process for {COPIES * len(films)} films, {COPIES} copies "
            f"of each of {len(films)}, {arguments.repeats} runs of each side in turn after one "
            f"that does not count. The ratio of the medians is {medians[1] / medians[0]:.3f}. "
            + ("The answers are the same." if same else "THE ANSWERS DIFFER."),
            table(["", "median", *SPREAD], rows),
            f"Each of the {len(memory)} workers may take 2 GiB (`WorkerLimits.max_memory`); the "
            f"most that one had resident is {memory[-1]} MiB.",
            load_average(),
        ],
        packages=("numpy", "onnxruntime", "pillow", "pydicom"),
        arguments="FORMATS",
    )


if __name__ == "__main__":
    main()
