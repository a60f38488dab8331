"""What `serving.py` measures: servers under load, one run after the other."""

from __future__ import annotations

import itertools
import multiprocessing
import statistics
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

from servers import FORMS, Server, TorchSettings, our_service, torch_endpoint
from uploads import new_films, uploads

from load import Load, closed_loop, open_loop, probes
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.predictor import Predictor

CLIENTS = 50
STEADY, OVERLOAD = 0.8, 10.0  # shares of what the service can do
OURS, TORCH, FROZEN, IN_PROCESS = "pneumoscope serve", "torch", "torch, frozen", "predict_many"
SETTINGS = tuple(
    TorchSettings(form, workers, threads)
    for form in FORMS
    for workers, threads in ((1, 1), (2, 1), (1, 2))
)
USUAL_FORMS = ("eager", "channels-last")


@dataclass(frozen=True)
class Effort:
    """How much is measured: repeats of each part, seconds of each run."""

    repeats: int
    closed: float
    opened: float
    tuning: float
    memory: float


WHOLE = Effort(repeats=5, closed=60, opened=60, tuning=10, memory=600)
QUICK = Effort(repeats=2, closed=6, opened=6, tuning=3, memory=20)


@dataclass(frozen=True)
class Run:
    """One run: what was measured, of which server, and what came of it.

    `rate` are films judged in a second, `p50` to `refusals_p95` milliseconds, `processor` those of
    the processor that the server took for a film, and `memory` MiB.
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
    memory: float = float("nan")

    @classmethod
    def of(cls, part: str, name: str, load: Load, processor_seconds: float = 0.0) -> Run:
        judged = load.statuses.count(200)
        return cls(
            part,
            name,
            load.rate,
            p50=load.quantile(0.5),
            p95=load.quantile(0.95),
            p99=load.quantile(0.99),
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


def tune(films: list[bytes], effort: Effort) -> dict[TorchSettings, Run]:
    """The torch endpoint in all its settings."""
    runs = {}
    for setting in SETTINGS:
        with torch_endpoint(setting) as server:
            under_clients("warm-up", TORCH, server, films, effort.tuning / 2)
            runs[setting] = under_clients("tuning", str(setting), server, films, effort.tuning)
    return runs


def at_rate(part: str, server: Server, films: list[bytes], rate: float, seconds: float) -> Runs:
    """Films at a rate that does not heed the answers, and how soon `/healthz` answers meanwhile."""
    # Probes come from a process of their own: what sends the films must not delay them.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as other:
        health = other.submit(probes, server.health, seconds=seconds)
        before = server.processor_seconds
        load = open_loop(server.url, uploads(films, server.url), rate=rate, seconds=seconds)
        spent = server.processor_seconds - before
        return [Run.of(part, OURS, load, spent), Run.of(part, "/healthz", health.result())]


def memory_over_time(server: Server, films: list[bytes], seconds: float) -> Runs:
    """Ten runs in which all clients keep the service busy; after each, what it has resident."""
    return [
        replace(under_clients("memory", OURS, server, films, seconds / 10), memory=server.memory)
        for _ in range(10)
    ]


def measure(films: list[bytes], effort: Effort) -> Runs:
    """All runs."""
    tuned = tune(films, effort)
    runs = list(tuned.values())
    with ExitStack() as servers:
        started = {OURS: servers.enter_context(our_service())}
        for name, forms in ((TORCH, USUAL_FORMS), (FROZEN, ("frozen",))):
            chosen = [setting for setting in SETTINGS if setting.form in forms]
            best = max(chosen, key=lambda setting: tuned[setting].rate)
            started[name] = servers.enter_context(torch_endpoint(best))
        for name, server in started.items():
            under_clients("warm-up", name, server, films, effort.tuning)
        for repeat in range(effort.repeats):
            turn = list(started.items())
            for name, server in turn if repeat % 2 else reversed(turn):
                runs.append(under_clients("clients", name, server, films, effort.closed))
            runs.append(in_process(films, effort.closed / 2))
        capacity = statistics.median(
            run.rate for run in runs if (run.part, run.server) == ("clients", OURS)
        )
        for _ in range(effort.repeats):
            for part, share in (("steady", STEADY), ("overload", OVERLOAD)):
                runs += at_rate(part, started[OURS], films, share * capacity, effort.opened)
    with our_service() as server:
        return runs + memory_over_time(server, films, effort.memory)
