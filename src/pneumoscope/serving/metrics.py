"""What the service counts and times, for Prometheus."""

from __future__ import annotations

from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
Stage = Literal["queue", "read", "infer", "store"]
_STAGES: tuple[Stage, ...] = get_args(Stage)
_FILMS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The figures of one service, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "pneumoscope_requests",
            "Requests that were answered, by route, method and status.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self.request_seconds = Histogram(
            "pneumoscope_request_seconds",
            "From the head of a request to the end of its answer, by route.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._stages = Histogram(
            "pneumoscope_stage_seconds",
            "Time in a stage: queue and read for a film, infer and store for a batch.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        # Each is looked up for every film, which takes longer than to count it.
        self._by_stage = {stage: self._stages.labels(stage) for stage in _STAGES}
        self._films = Counter(
            "pneumoscope_films",
            "Films that went through a network, by model.",
            ("model",),
            registry=self._registry,
        )
        self._batches = Histogram(
            "pneumoscope_batch_films",
            "Films that went through a network at once.",
            buckets=_FILMS,
            registry=self._registry,
        )
        self.unreadable = Counter(
            "pneumoscope_films_unreadable",
            "Films that could not be read.",
            registry=self._registry,
        )
        self.looked_up = Counter(
            "pneumoscope_films_from_history",
            "Films that were answered from the history.",
            registry=self._registry,
        )
        self.dropped = Counter(
            "pneumoscope_films_dropped",
            "Films whose client left before they were answered.",
            registry=self._registry,
        )
        self.waiting = Gauge(
            "pneumoscope_films_waiting",
            "Films that are waiting or being read.",
            registry=self._registry,
        )
        self.held_bytes = Gauge(
            "pneumoscope_body_bytes",
            "Bytes of request bodies that are held.",
            registry=self._registry,
        )

    def stage(self, name: Stage, seconds: float) -> None:
        """Count the time that a stage took."""
        self._by_stage[name].observe(seconds)

    def batch(self, model: str, films: int, seconds: float) -> None:
        """Count films that went through a network at once."""
        self._films.labels(model).inc(films)
        self._batches.observe(films)
        self.stage("infer", seconds)

    def text(self) -> bytes:
        """All figures, in Prometheus's text format."""
        return generate_latest(self._registry)
