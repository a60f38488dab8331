"""`pneumoscope serve` under load, beside a torch endpoint and beside predicting in this process.

    python benchmarks/serving.py FILMS    # a folder of JPEG films

Writes `benchmarks/serving.md`, and all runs to `benchmarks/results/serving.csv`. All goes over the
loopback, and takes an hour; `--quick` takes some minutes. Needs Linux, and `python-multipart`
besides the development environment.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import multiprocessing
import platform
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from result_page import HERE, load_average, table, write_page
from servers import Server, our_service, torch_endpoint
from uploads import new_films, read_films, uploads

from load import Load, closed_loop, open_loop, probes
from pneumoscope.cores import free_cores
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.predictor import Predictor
from pneumoscope.runs.machine import processor_name

CLIENTS = 50
STEADY, OVERLOAD = 0.8, 10.0  # shares of what the service can do
PACKAGES = ("fastapi", "numpy", "onnxruntime", "pillow", "torch", "uvicorn")
OURS, TORCH, FROZEN, IN_PROCESS = "pneumoscope serve", "torch", "torch, frozen", "predict_many"
SETTINGS = tuple(
    (form, workers, threads)
    for form in ("eager", "channels-last", "compiled", "frozen")
    for workers, threads in ((1, 1), (2, 1), (1, 2))
)
"""Of the torch endpoint: the form of its network, inference workers, and threads of each."""


@dataclass(frozen=True)
class Effort:
    """How much is measured: repeats of each part, seconds of each run."""

    repeats: int
    closed: float
    opened: float
    tuning: float
    memory: float


WHOLE = Effort(repeats=5, closed=60, opened=30, tuning=10, memory=600)
QUICK = Effort(repeats=2, closed=6, opened=6, tuning=3, memory=20)


@dataclass(frozen=True)
class Run:
    """One run: what was measured, of which server, and what came of it.

    `processor` are the milliseconds of the processor that the server took for a film.
    """

    part: str
    server: str
    rate: float
    p50: float = float("nan")
    p95: float = float("nan")
    p99: float = float("nan")
    refusals_p95: float = float("nan")
    processor: float = float("nan")
    statuses: str = ""
    failed: int = 0
    unsent: int = 0
    load_share: float = float("nan")

    @classmethod
    def of(cls, part: str, name: str, load: Load, processor_seconds: float = 0.0) -> Run:
        judged = load.statuses.count(200)
        return cls(
            part,
            name,
            load.rate,
            *(load.quantile(share) for share in (0.5, 0.95, 0.99)),
            refusals_p95=load.quantile(0.95, status=503),
            processor=1000 * processor_seconds / judged if judged else float("nan"),
            statuses=" ".join(
                f"{status}:{n}" for status, n in sorted(Counter(load.statuses).items())
            ),
            failed=load.failed,
            unsent=load.unsent,
            load_share=load.processor_seconds / load.seconds,
        )


Runs = list[Run]


def under_clients(part: str, name: str, server: Server, films: list[bytes], seconds: float) -> Run:
    """All clients on one server."""
    before = server.processor_seconds
    load = closed_loop(server.url, uploads(films, server.url), clients=CLIENTS, seconds=seconds)
    return Run.of(part, name, load, server.processor_seconds - before)


def in_process(films: list[bytes], seconds: float) -> Run:
    """Films through `predict_many` in this process, decoded in others."""
    predictor = Predictor.load()
    with FilmWorkers() as isolation:
        warm = itertools.islice(new_films(films), 64)
        for _ in predictor.predict_many(warm, isolation=isolation):
            pass
        begin = time.perf_counter()
        sources = itertools.takewhile(
            lambda _: time.perf_counter() < begin + seconds, new_films(films)
        )
        answers = Counter(map(type, predictor.predict_many(sources, isolation=isolation)))
        rate = answers[Prediction] / (time.perf_counter() - begin)
    return Run("clients", IN_PROCESS, rate)


def tune(films: list[bytes], effort: Effort) -> dict[tuple[str, int, int], Run]:
    """The torch endpoint in all its settings."""
    runs = {}
    for setting in SETTINGS:
        with torch_endpoint(*setting) as server:
            under_clients("warm-up", TORCH, server, films, effort.tuning / 2)
            runs[setting] = under_clients("tuning", str(setting), server, films, effort.tuning)
    return runs


def at_rate(part: str, server: Server, films: list[bytes], rate: float, seconds: float) -> Runs:
    """Films at a rate that does not heed the answers, and how soon `/healthz` answers meanwhile."""
    # Probes come from a process of their own: what sends the films must not delay them.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as other:
        health = other.submit(probes, server.health, seconds=seconds)
        load = open_loop(server.url, uploads(films, server.url), rate=rate, seconds=seconds)
        return [Run.of(part, OURS, load), Run.of(part, "/healthz", health.result())]


def memory_over_time(server: Server, films: list[bytes], seconds: float) -> list[float]:
    """MiB that the service has resident while all clients keep it busy, at ten times in between."""
    sizes = []
    for _ in range(10):
        under_clients("memory", OURS, server, films, seconds / 10)
        sizes.append(server.memory)
    return sizes


def median(runs: Runs, part: str, server: str, figure: Callable[[Run], float]) -> float:
    return statistics.median(
        figure(run) for run in runs if (run.part, run.server) == (part, server)
    )


def measure(films: list[bytes], effort: Effort) -> tuple[Runs, list[float]]:
    """All runs, and the memory of the service over time."""
    tuned = tune(films, effort)
    runs = list(tuned.values())
    with ExitStack() as servers:
        started = {OURS: servers.enter_context(our_service())}
        for name, forms in ((TORCH, ("eager", "channels-last")), (FROZEN, ("frozen",))):
            best = max((key for key in tuned if key[0] in forms), key=lambda key: tuned[key].rate)
            started[name] = servers.enter_context(torch_endpoint(*best))
        for name, server in started.items():
            under_clients("warm-up", name, server, films, effort.tuning)
        for repeat in range(effort.repeats):
            turn = list(started.items())
            for name, server in turn if repeat % 2 else reversed(turn):
                runs.append(under_clients("clients", name, server, films, effort.closed))
            runs.append(in_process(films, effort.closed / 2))
        capacity = median(runs, "clients", OURS, lambda run: run.rate)
        for _ in range(effort.repeats):
            for part, share in (("steady", STEADY), ("overload", OVERLOAD)):
                runs += at_rate(part, started[OURS], films, share * capacity, effort.opened)
    with our_service() as server:
        return runs, memory_over_time(server, films, effort.memory)


def criteria(runs: Runs, memory: list[float]) -> list[list[str]]:
    """What is asked of the service, what is needed for it, and what came out."""

    def of(part: str, server: str, figure: str) -> float:
        return median(runs, part, server, lambda run: getattr(run, figure))

    ours, torch = of("clients", OURS, "rate"), of("clients", TORCH, "rate")
    steady, overload = of("steady", OURS, "p95"), of("overload", OURS, "p95")
    rows = [
        (
            "films a second, over `predict_many`",
            ">=",
            0.85,
            ours / of("clients", IN_PROCESS, "rate"),
        ),
        ("films a second, over the torch endpoint", ">=", 2.5, ours / torch),
        (
            "p99, over that of the torch endpoint",
            "<=",
            0.5,
            of("clients", OURS, "p99") / of("clients", TORCH, "p99"),
        ),
        (
            "p95 of accepted films at ten times capacity, over that at 80 %",
            "<=",
            2.0,
            overload / steady,
        ),
        (
            "p95 of refusals at ten times capacity, ms",
            "<=",
            100.0,
            of("overload", OURS, "refusals_p95"),
        ),
        (
            "p95 of `/healthz` at ten times capacity, ms",
            "<=",
            100.0,
            of("overload", "/healthz", "p95"),
        ),
        ("memory at the end, over that at a fifth of the time", "<=", 1.1, memory[-1] / memory[1]),
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


def write_results(runs: Runs, memory: list[float], films: list[bytes], effort: Effort) -> None:
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
            table(["", "needed", "got", "holds"], criteria(runs, memory)),
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
            f"{CLIENTS} clients: {', '.join(f'{size:.0f}' for size in memory)}.",
            f"Settings of the torch endpoint, {effort.tuning:.0f} s each: the form of its network, "
            "threads that infer, and threads that each of these computes with.",
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
    runs, memory = measure(films, effort)
    write_results(runs, memory, films, effort)


if __name__ == "__main__":
    main()
