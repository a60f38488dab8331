"""`pneumoscope predict` on a folder of full-size films, with `--isolate` and without, in turn.

    python benchmarks/isolation.py FORMATS    # a folder of films of several formats

Writes `benchmarks/isolation.md`.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import statistics
import subprocess
import sys
import tempfile
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
            load_average(),
        ],
        packages=("numpy", "onnxruntime", "pillow", "pydicom"),
        arguments="FORMATS",
    )


if __name__ == "__main__":
    main()
