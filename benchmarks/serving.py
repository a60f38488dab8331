"""`pneumoscope serve` under load, beside a torch endpoint and beside predicting in this process.

    python benchmarks/serving.py FILMS    # a folder of JPEG films

Writes `benchmarks/serving.md`, and all runs to `benchmarks/results/serving.csv`. All goes over the
loopback, and takes an hour; `--quick` takes some minutes. Needs Linux, and `python-multipart`
besides the development environment.

The history lies where `TMPDIR` says, on a disk on which nothing else is written: ext4 takes twenty
times as long for a new file where many were deleted in the last minutes.
"""

from __future__ import annotations

import argparse
import csv
import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from result_page import HERE, load_average, table, write_page
from serving_runs import (
    CLIENTS,
    FROZEN,
    IN_PROCESS,
    OURS,
    OVERLOAD,
    QUICK,
    SETTINGS,
    STEADY,
    TORCH,
    WHOLE,
    Effort,
    Runs,
    measure,
)
from uploads import read_films

from pneumoscope.cores import free_cores
from pneumoscope.runs.machine import processor_name

PACKAGES = ("fastapi", "numpy", "onnxruntime", "pillow", "torch", "uvicorn")


def criteria(runs: Runs) -> list[list[str]]:
    """What is asked of the service, what is needed for it, and what came out."""

    def of(part: str, server: str, figure: str) -> float:
        return statistics.median(
            getattr(run, figure) for run in runs if (run.part, run.server) == (part, server)
        )

    memory = [run.memory for run in runs if run.part == "memory"]
    ours = of("clients", OURS, "rate")
    p99 = of("clients", OURS, "p99") / of("clients", TORCH, "p99")
    p95 = of("overload", OURS, "p95") / of("steady", OURS, "p95")
    refused, healthy = of("overload", OURS, "refusals_p95"), of("overload", "/healthz", "p95")
    rows = [
        ("films/s over `predict_many`", ">=", 0.85, ours / of("clients", IN_PROCESS, "rate")),
        ("films/s over the torch endpoint", ">=", 2.5, ours / of("clients", TORCH, "rate")),
        ("p99 over that of the torch endpoint", "<=", 0.5, p99),
        ("p95 at ten times capacity over that at 80 %", "<=", 2.0, p95),
        ("p95 of refusals at ten times capacity, ms", "<=", 100.0, refused),
        ("p95 of `/healthz` at ten times capacity, ms", "<=", 100.0, healthy),
        (
            "memory at the end over that after a fifth of the time",
            "<=",
            1.1,
            memory[-1] / memory[1],
        ),
    ]
    return [
        [what, f"{sign} {needed:g}", f"{got:.2f}", "yes" if _holds(sign, got, needed) else "NO"]
        for what, sign, needed, got in rows
    ]


def _holds(sign: str, got: float, needed: float) -> bool:
    return got >= needed if sign == ">=" else got <= needed


def medians(runs: Runs, part: str, servers: Sequence[str]) -> Iterator[list[str]]:
    """A row a server: medians of its runs of a part."""
    for server in servers:
        chosen = [run for run in runs if (run.part, run.server) == (part, server)]
        figures = ("rate", "p50", "p95", "p99", "refusals_p95", "processor")
        values = [statistics.median(getattr(run, figure) for run in chosen) for figure in figures]
        lost = sum(run.failed + run.unsent for run in chosen)
        yield [server, *(f"{value:.1f}".replace("nan", "") for value in values), str(lost)]


HEADINGS = ("", "films/s", "p50", "p95", "p99", "p95 of refusals", "processor, ms a film", "lost")


def write_results(runs: Runs, films: list[bytes], effort: Effort) -> None:
    """The page, and the table of all runs."""
    results = HERE / "results" / "serving.csv"
    results.parent.mkdir(exist_ok=True)
    facts = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{processor_name()}, {free_cores()} cores, {platform.system()}",
        "versions": " ".join(f"{package}={metadata.version(package)}" for package in PACKAGES),
    }
    with results.open("w", newline="", encoding="utf-8") as file:
        rows = [asdict(run) | facts for run in runs]
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    memory = ", ".join(f"{run.memory:.0f}" for run in runs if run.part == "memory")
    size = statistics.mean(map(len, films)) / 1000
    load_share = max(run.load_share for run in runs if run.part == "clients" and run.server == OURS)
    write_page(
        "serving",
        "The service under load",
        [
            f"{len(films)} different JPEG films, {size:.0f} kB on average, each upload made "
            f"different; {effort.repeats} runs of each kind in turn, and their medians. Times are "
            "in milliseconds, from when a request was due to the last byte of its answer; lost are "
            "requests without an answer. The service keeps a record and a copy of each film, as it "
            f"does by default; the load takes at most {100 * load_share:.1f} % of a core itself. "
            f"{facts['date']}; {load_average()}",
            table(["", "needed", "got", "holds"], criteria(runs)),
            f"{CLIENTS} clients, each sending its next film when the last one is answered, "
            f"{effort.closed:.0f} s a run. The torch endpoint runs the packaged model's network "
            "without keeping anything, in the best of the settings below: as it is usually "
            "written, and as TorchScript optimised for inference. `predict_many` decodes in other "
            "processes, as `predict --isolate` does, and keeps nothing either.",
            table(HEADINGS, medians(runs, "clients", (OURS, TORCH, FROZEN, IN_PROCESS))),
            f"Films that come at random times, at {STEADY:.0%} of what the service can do, "
            f"{effort.opened:.0f} s a run.",
            table(HEADINGS, medians(runs, "steady", (OURS, "/healthz"))),
            f"The same at {OVERLOAD:g} times what it can do.",
            table(HEADINGS, medians(runs, "overload", (OURS, "/healthz"))),
            f"MiB that all processes of a service have resident, {effort.memory:.0f} s long with "
            f"{CLIENTS} clients: {memory}.",
            f"Settings of the torch endpoint, {effort.tuning:.0f} s each.",
            table(HEADINGS, medians(runs, "tuning", [str(setting) for setting in SETTINGS])),
        ],
        packages=PACKAGES,
        arguments="FILMS",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("films", type=Path)
    parser.add_argument("--quick", action="store_true", help="short runs, for trying")
    arguments = parser.parse_args()
    films = read_films(arguments.films)
    effort = QUICK if arguments.quick else WHOLE
    write_results(measure(films, effort), films, effort)


if __name__ == "__main__":
    main()
