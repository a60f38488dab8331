"""A model file at work: films in, predictions out."""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pneumoscope.cores import threads as threads_to_use
from pneumoscope.errors import ImageReadError, ModelFileError, PneumoscopeError
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.preparing import FilmSource, PreparedFilm, prepare_film
from pneumoscope.inference.runtime import open_session, run_session
from pneumoscope.logs import tell
from pneumoscope.modelfile.file import read_model_file
from pneumoscope.modelfile.find import find_model
from pneumoscope.modelfile.manifest import ModelManifest

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NetworkAnswer:
    """What the network says of a batch of N prepared films, for C classes.

    `logits` float32 `(N, C)`, `probabilities` float64 `(N, C)`, calibrated; `cam` float32
    `(N, C, h, w)`, the activation map of each class; `embedding` float32 `(N, D)`.
    """

    logits: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    cam: NDArray[np.float32]
    embedding: NDArray[np.float32]


@dataclass(frozen=True)
class _Opened:
    """How a session was made of a model file, so that another process can do the same."""

    path: Path
    threads: int | None
    providers: tuple[str, ...]

    def session(self) -> tuple[onnxruntime.InferenceSession, ModelManifest]:
        data, manifest = read_model_file(self.path)
        session = open_session(
            data, manifest, self.path, threads=self.threads, providers=self.providers
        )
        return session, manifest


class Predictor:
    """Predicts films with one model file. Make one with `Predictor.load`.

    A predictor may be used from several threads at once, and goes into other processes: pickled, it
    is the path of its model file with its options, and where it arrives the file is opened anew.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        manifest: ModelManifest,
        opened: _Opened | None = None,
    ) -> None:
        self._session = session
        self._opened = opened
        self.manifest = manifest

    def __repr__(self) -> str:
        classes = ", ".join(self.manifest.class_names)
        return f"<Predictor {self.manifest.name}: {classes}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._opened is None:
            raise PneumoscopeError(
                f"{self!r} was not loaded from a model file, so it cannot be pickled.",
                "Load it with Predictor.load.",
            )
        return _reopen, (self._opened, self.manifest)

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        *,
        threads: int | None = None,
        providers: Sequence[str] = ("CPUExecutionProvider",),
        prevalence: float | None = None,
    ) -> Predictor:
        """Load a model by its file, its run folder or its packaged name; else the default one.

        `threads` is the number of threads that one run of the network may use; `None` leaves it to
        `set_threads`, else there are as many as free cores. `providers` are ONNX Runtime's
        execution providers, in order of preference. `prevalence` is the share of films with a
        finding among those to come, if it is another than the model was calibrated for; see
        `at_prevalence`.

        Raises `UnknownModelError` when there is no such model, and `ModelFileError` when the file
        is damaged, made by a newer version, or its graph is not what its manifest says, and
        `PneumoscopeError` when a provider is not available, and as `at_prevalence`.
        """
        begin = time.perf_counter()
        opened = _Opened(find_model(model).absolute(), threads, tuple(providers))
        session, manifest = opened.session()
        predictor = cls(session, manifest, opened)
        spent = round(1000 * (time.perf_counter() - begin), 1)
        tell(_log, "loaded", model=manifest.name, milliseconds=spent)
        return predictor if prevalence is None else predictor.at_prevalence(prevalence)

    def at_prevalence(self, findings: float) -> Predictor:
        """The same model for films of which the share `findings`, in (0, 1), has a finding.

        Probabilities and thresholds move together, so every film is called what it was. Raises
        `PneumoscopeError` for another share, and where the model file does not say which
        prevalence its probabilities are for.
        """
        moved = self.manifest.with_finding_share(findings)
        return Predictor(self._session, moved, self._opened)

    def predict(self, source: FilmSource) -> Prediction:
        """Predict one film: a path, the bytes of a file, a file object, or pixels.

        Pixels are an array with bright bones, uint8 or floating-point numbers from 0 to 1, gray
        `(H, W)` or colour `(H, W, 3)`, or an image of Pillow; see `film_of_pixels`.

        Raises `ImageReadError` when the film cannot be read.
        """
        return replace(self._infer([self.prepare(source)])[0], source=source)

    def predict_many(
        self,
        sources: Iterable[FilmSource],
        *,
        batch_size: int = 16,
        workers: int | None = None,
        isolation: FilmWorkers | None = None,
    ) -> Iterator[Prediction | UnreadableFilm]:
        """Predict films in order, and yield for each its prediction or why it could not be read.

        `workers` threads, 2 if there are as many, read and preprocess films while the network is
        busy with an earlier batch.
        `sources` is consumed as needed and at most three batches of films are held, so it may be
        endless. The numbers are those of `predict`, to within rounding (1e-5). With `isolation`,
        files are decoded in its processes: what ends one of them is an unreadable film.
        """
        with closing(
            self.predict_with_images(
                sources, batch_size=batch_size, workers=workers, isolation=isolation
            )
        ) as answers:
            for answer in answers:
                yield answer if isinstance(answer, UnreadableFilm) else answer[1]

    def predict_with_images(
        self,
        sources: Iterable[FilmSource],
        *,
        batch_size: int = 16,
        workers: int | None = None,
        isolation: FilmWorkers | None = None,
    ) -> Generator[tuple[PreparedFilm, Prediction] | UnreadableFilm, None, None]:
        """As `predict_many`, each prediction with the film as the network saw it."""
        if isinstance(sources, str | os.PathLike):
            raise PneumoscopeError(
                f"predict_many takes films one by one, and {os.fspath(sources)!r} is one text.",
                "Give a list of films; `expand_inputs` of pneumoscope.inference.batch finds those "
                "of a folder.",
            )
        workers = min(2, threads_to_use()) if workers is None else workers
        if batch_size < 1 or workers < 1:
            raise ValueError("batch_size and workers must be at least 1")
        pool = ThreadPoolExecutor(workers, thread_name_prefix="read-films")
        try:
            read: Iterator[PreparedFilm | UnreadableFilm] = (
                future.result()
                for future in self._read_ahead(sources, pool, 2 * batch_size, isolation)
            )
            while batch := list(itertools.islice(read, batch_size)):
                films = [film for film in batch if isinstance(film, PreparedFilm)]
                predictions = iter(self._infer(films))
                for film in batch:
                    yield film if isinstance(film, UnreadableFilm) else (film, next(predictions))
        finally:
            # A film being decoded in this process cannot be given up; in another one it can.
            pool.shutdown(wait=isolation is None, cancel_futures=True)

    def prepare(self, source: FilmSource, isolation: FilmWorkers | None = None) -> PreparedFilm:
        """Read a film and bring it to the network's size, without running the network.

        With `isolation`, a file is decoded in one of its processes. Raises `ImageReadError` when
        the film cannot be read.
        """
        return prepare_film(source, self.manifest.preprocess, isolation)

    def answer(self, images: NDArray[np.uint8]) -> NetworkAnswer:
        """Run the network once over prepared images, uint8 `(N, size, size)`.

        For experiments on images that were changed after preparing them; `predict` does both.
        Raises `ModelFileError` where the graph cannot be run.
        """
        outputs = run_session(self._session, images, self.manifest.name)
        logits, cam, embedding = outputs
        return NetworkAnswer(logits, self.manifest.probabilities(logits), cam, embedding)

    def _read_ahead(
        self,
        sources: Iterable[FilmSource],
        pool: ThreadPoolExecutor,
        ahead: int,
        isolation: FilmWorkers | None,
    ) -> Iterator[Future[PreparedFilm | UnreadableFilm]]:
        pending: deque[Future[PreparedFilm | UnreadableFilm]] = deque()
        for source in sources:
            pending.append(pool.submit(self._try_to_prepare, source, isolation))
            if len(pending) > ahead:
                yield pending.popleft()
        while pending:
            yield pending.popleft()

    def _try_to_prepare(
        self, source: FilmSource, isolation: FilmWorkers | None
    ) -> PreparedFilm | UnreadableFilm:
        try:
            return self.prepare(source, isolation)
        except ImageReadError as error:
            tell(_log, "not read", film=error.name, reason=error.reason)
            return UnreadableFilm(error.name, error.reason)

    def _infer(self, films: Sequence[PreparedFilm]) -> list[Prediction]:
        if not films:
            return []
        begin = time.perf_counter()
        answer = self.answer(np.stack([film.image for film in films]))
        milliseconds = 1000 * (time.perf_counter() - begin) / len(films)
        predictions = []
        for row, film in enumerate(films):
            probabilities = answer.probabilities[row].tolist()
            prediction = Prediction(
                film=film.name,
                probabilities=dict(zip(self.manifest.class_names, probabilities, strict=True)),
                logits=tuple(answer.logits[row].tolist()),
                cam=answer.cam[row],
                embedding=answer.embedding[row],
                tags=film.tags,
                film_shape=film.shape,
                timings=film.timings | {"infer": milliseconds},
                manifest=self.manifest,
                source=film.file,
            )
            tell(
                _log,
                "read",
                film=film.name,
                model=self.manifest.name,
                milliseconds=round(sum(prediction.timings.values()), 1),
            )
            predictions.append(prediction)
        return predictions


def _reopen(opened: _Opened, manifest: ModelManifest) -> Predictor:
    """A predictor as it was pickled. Raises `ModelFileError` where its file has another graph by
    now, and as `Predictor.load`."""
    session, present = opened.session()
    if present.graph_sha256 != manifest.graph_sha256:
        raise ModelFileError(
            f"{opened.path} is another model than {manifest.name!r}, which was pickled.",
            "Load it with Predictor.load.",
        )
    return Predictor(session, manifest, opened)
