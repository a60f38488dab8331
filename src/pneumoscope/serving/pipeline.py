"""The way of films through the service: read, judged in small batches, stored, and answered.

    event loop -> reading threads -> inference threads -> one storing thread -> event loop

A network runs on one core at a time, and on few films at once: cores that each run it for
themselves neither wait for each other nor leave their caches. Each stage takes what is there and
waits for no more to come: batches are as large as the load makes them. Storing alone waits moments
for others, while films wait for the network. Films are decoded in processes of their own, so the
threads here mostly wait.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import HistoryFullError, ImageReadError
from pneumoscope.history.records import Keep, NewRecord
from pneumoscope.history.store import History
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.predictor import NetworkAnswer
from pneumoscope.serving.jobs import FilmJob, TensorJob, Ticket
from pneumoscope.serving.metrics import Metrics
from pneumoscope.serving.preparing import prepare_sent
from pneumoscope.serving.recording import (
    Asked,
    SentFilm,
    found_again,
    record_of_film,
    record_of_unreadable,
)
from pneumoscope.serving.served_models import ServedModel
from pneumoscope.serving.settings import ServiceSettings
from pneumoscope.serving.uploads import UploadedFilm

_SHARE_OF_WAITING, _LONGEST_WAIT = 0.05, 0.05
"""So much longer than they took until then, and so many seconds at most, films that were judged
wait for others to be stored with, under load: a transaction costs something by itself."""
_FULL_SECONDS = 30.0
"""So long after a film there was no room for it is taken that there is none for others either.
Then one has to show, since who is told that there is no room sends none."""


@dataclass(frozen=True)
class _Judged:
    """A film that was judged, with the network's answer for it and its share of the time."""

    job: FilmJob
    answer: NetworkAnswer
    milliseconds: float

    def record(self, keep: Keep) -> NewRecord:
        job = self.job
        assert job.sent is not None
        assert job.prepared is not None
        return record_of_film(
            job.sent, job.prepared, self.answer, self.milliseconds, job.asked, keep
        )


@dataclass(frozen=True)
class _Unreadable:
    """A film that could not be read."""

    job: FilmJob
    sent: SentFilm
    error: ImageReadError

    def record(self, keep: Keep) -> NewRecord:
        return record_of_unreadable(self.sent, self.error, self.job.asked, keep)


class Pipeline:
    """Reads films with models, and keeps what was found. Make one, `start` it, and `close` it."""

    def __init__(
        self,
        history: History,
        workers: FilmWorkers,
        settings: ServiceSettings,
        metrics: Metrics,
    ) -> None:
        self._history = history
        self._workers = workers
        self._settings = settings
        self._metrics = metrics
        self._to_read: queue.SimpleQueue[FilmJob | TensorJob | None] = queue.SimpleQueue()
        # As many as go through the network at once: films are not decoded far ahead of the network.
        self._to_judge: queue.Queue[FilmJob | TensorJob | None] = queue.Queue(
            settings.batch * settings.inferring
        )
        self._to_store: queue.SimpleQueue[_Judged | _Unreadable | None] = queue.SimpleQueue()
        # Daemons: an end that is forced does not wait for them, and loses no more than a kill does.
        self._readers = [
            threading.Thread(target=self._read, name=f"read-{number}", daemon=True)
            for number in range(settings.workers)
        ]
        self._judges = [
            threading.Thread(target=self._judge, name=f"judge-{number}", daemon=True)
            for number in range(settings.inferring)
        ]
        self._store_thread = threading.Thread(target=self._store, name="store", daemon=True)
        self._full_since = float("-inf")

    @property
    def _threads(self) -> tuple[threading.Thread, ...]:
        return *self._readers, *self._judges, self._store_thread

    @property
    def is_alive(self) -> bool:
        """Whether all threads run: without one of them films wait for longer, or forever."""
        return all(thread.is_alive() for thread in self._threads)

    @property
    def lacks_room(self) -> bool:
        """Whether the last film could not be stored for want of room, a short time ago."""
        return time.monotonic() - self._full_since < _FULL_SECONDS

    def start(self) -> None:
        """Start all threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Finish what was taken, and end all threads."""
        for _ in self._readers:
            self._to_read.put(None)
        for reader in self._readers:
            reader.join()
        self._to_judge.put(None)
        for judge in self._judges:
            judge.join()
        self._to_store.put(None)
        self._store_thread.join()

    def submit(self, film: UploadedFilm, asked: Asked) -> Ticket:
        """Let a film be judged: the answer is its `Record`, once that is stored.

        The answer raises `HistoryError` where it could not be stored, and `ModelFileError` where
        the network cannot be run. A film that cannot be read is a record that says so.
        """
        ticket = Ticket.new(1, film)
        self._to_read.put(FilmJob(ticket, asked))
        return ticket

    def submit_images(self, model: ServedModel, images: NDArray[np.uint8]) -> Ticket:
        """Let images be judged that are prepared already, uint8 `(N, size, size)`: the answer is
        the `NetworkAnswer` for them. It raises `ModelFileError` where the network cannot be run."""
        ticket = Ticket.new(len(images))
        # There is nothing to read, but the queue behind may be full, and a thread has to wait.
        self._to_read.put(TensorJob(ticket, model, images))
        return ticket

    def _read(self) -> None:
        while (job := self._to_read.get()) is not None:
            if job.ticket.dropped:
                continue
            if isinstance(job, TensorJob):
                self._to_judge.put(job)
                continue
            film = job.ticket.sent
            if film is None:  # dropped just now
                continue
            try:
                self._read_film(job, film)
            except Exception as error:  # whatever it is, somebody waits for it
                job.ticket.fail(error)

    def _read_film(self, job: FilmJob, film: UploadedFilm) -> None:
        begin = time.perf_counter()
        self._metrics.stage("queue", begin - job.ticket.since)
        sent = SentFilm(film, hashlib.sha256(film.data).hexdigest())
        if self._settings.look_up and (found := found_again(self._history, sent, job.asked)):
            self._metrics.looked_up.inc()
            job.ticket.answer(found)
            return
        keep = self._history.keep
        try:
            prepared, copy = prepare_sent(
                self._workers, film, job.model.manifest.preprocess, copy=keep == "stripped"
            )
        except ImageReadError as error:
            self._metrics.unreadable.inc()
            self._to_store.put(_Unreadable(job, sent, error))
            return
        finally:
            self._metrics.stage("read", time.perf_counter() - begin)
        job.sent, job.prepared = replace(sent, copy=copy), prepared
        self._to_judge.put(job)

    def _judge(self) -> None:
        while (first := self._to_judge.get()) is not None:
            batch = self._greedy_batch(first)
            by_model: dict[ServedModel, list[FilmJob | TensorJob]] = {}
            for job in batch:
                if not job.ticket.dropped:
                    by_model.setdefault(job.model, []).append(job)
            for model, jobs in by_model.items():
                try:
                    self._judge_batch(model, jobs)
                except Exception as error:  # whatever it is, somebody waits for it
                    for job in jobs:
                        job.ticket.fail(error)
        self._to_judge.put(None)  # for the next of these threads

    def _greedy_batch(self, first: FilmJob | TensorJob) -> list[FilmJob | TensorJob]:
        """What is there now, up to the films of a batch."""
        batch, films = [first], first.films
        while films < self._settings.batch:
            try:
                job = self._to_judge.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._to_judge.put(None)
                break
            batch.append(job)
            films += job.films
        return batch

    def _judge_batch(self, model: ServedModel, jobs: Sequence[FilmJob | TensorJob]) -> None:
        begin = time.perf_counter()
        images = np.concatenate([job.images for job in jobs])
        answer = _answer_in_batches(model, images, self._settings.batch)
        spent = time.perf_counter() - begin
        self._metrics.batch(model.name, len(images), spent)
        place = 0
        for job in jobs:
            part = _rows(answer, slice(place, place + job.films))
            place += job.films
            if isinstance(job, TensorJob):
                job.ticket.answer(part)
            else:
                self._to_store.put(_Judged(job, part, 1000 * spent / len(images)))

    def _store(self) -> None:
        while (first := self._to_store.get()) is not None:
            group, ended = self._group(first)
            self._store_group([outcome for outcome in group if not outcome.job.ticket.dropped])
            if ended:
                return

    def _group(self, first: _Judged | _Unreadable) -> tuple[list[_Judged | _Unreadable], bool]:
        """What goes into one transaction, and whether it is the last one: whatever is there and,
        while films wait for the network, what comes within moments. A film that is alone waits for
        nothing."""
        group, now, ticket = [first], time.perf_counter(), first.job.ticket
        waited = 0.0 if ticket.dropped else now - ticket.since
        end = now + min(_LONGEST_WAIT, _SHARE_OF_WAITING * waited)
        while not self._to_store.empty() or not self._to_judge.empty():
            try:
                another = self._to_store.get(timeout=max(0.0, end - time.perf_counter()))
            except queue.Empty:
                break
            if another is None:
                return group, True
            group.append(another)
        return group, False

    def _store_group(self, group: Sequence[_Judged | _Unreadable]) -> None:
        begin = time.perf_counter()
        new: list[tuple[Ticket, NewRecord]] = []
        for outcome in group:
            ticket = outcome.job.ticket
            try:
                new.append((ticket, outcome.record(self._history.keep)))
            except Exception as error:  # whatever it is, it is no fault of the others
                ticket.fail(error)
        if not new:  # which says nothing of the history
            return
        try:
            self._history.add([one for _, one in new])
        except Exception as error:  # whatever it is, somebody waits for it
            if isinstance(error, HistoryFullError):
                self._full_since = time.monotonic()
            for ticket, _ in new:
                ticket.fail(error)
            return
        self._full_since = float("-inf")
        self._metrics.stage("store", time.perf_counter() - begin)
        for ticket, one in new:
            ticket.answer(one.record)


def _answer_in_batches(model: ServedModel, images: NDArray[np.uint8], batch: int) -> NetworkAnswer:
    """What the network says of images, of which it is given so many at once."""
    parts = [
        model.predictor.answer(images[start : start + batch])
        for start in range(0, len(images), batch)
    ]
    if len(parts) == 1:
        return parts[0]
    return NetworkAnswer(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("logits", "probabilities", "cam", "embedding")
        )
    )


def _rows(answer: NetworkAnswer, rows: slice) -> NetworkAnswer:
    return NetworkAnswer(
        answer.logits[rows], answer.probabilities[rows], answer.cam[rows], answer.embedding[rows]
    )
