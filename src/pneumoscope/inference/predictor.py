"""A model file at work: films in, predictions out."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import FilmTags, UnreadableFilm
from pneumoscope.imaging.handed_over import Pixels, film_of_pixels
from pneumoscope.imaging.preprocessing import preprocess
from pneumoscope.imaging.reading import Source, read_image
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.runtime import open_session, run_session
from pneumoscope.modelfile.file import read_model_file
from pneumoscope.modelfile.find import find_model
from pneumoscope.modelfile.manifest import ModelManifest

FilmSource = Source | Pixels


@dataclass(frozen=True)
class PreparedFilm:
    """A film on its way to the network.

    `image` is what the network will see, uint8 `(size, size)`; `shape` the film's own (height,
    width); `timings` are milliseconds spent on `read` and `preprocess`.
    """

    name: str
    image: NDArray[np.uint8]
    tags: FilmTags
    shape: tuple[int, int]
    timings: dict[str, float]


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


class Predictor:
    """Predicts films with one model file. Make one with `Predictor.load`.

    A predictor may be used from several threads at once.
    """

    def __init__(self, session: onnxruntime.InferenceSession, manifest: ModelManifest) -> None:
        self._session = session
        self.manifest = manifest

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
        ONNX Runtime, as many as there are cores. `providers` are ONNX Runtime's execution
        providers, in order of preference. `prevalence` is the share of films with a finding among
        those to come, if it is another than the model was calibrated for; see `at_prevalence`.

        Raises `UnknownModelError` when there is no such model, and `ModelFileError` when the file
        is damaged, made by a newer version, or its graph is not what its manifest says, and
        `PneumoscopeError` when a provider is not available, and as `at_prevalence`.
        """
        path = find_model(model)
        data, manifest = read_model_file(path)
        session = open_session(data, manifest, path, threads=threads, providers=providers)
        predictor = cls(session, manifest)
        return predictor if prevalence is None else predictor.at_prevalence(prevalence)

    def at_prevalence(self, findings: float) -> Predictor:
        """The same model for films of which the share `findings`, in (0, 1), has a finding.

        Probabilities and thresholds move together, so every film is called what it was. Raises
        `PneumoscopeError` for another share, and where the model file does not say which
        prevalence its probabilities are for.
        """
        return Predictor(self._session, self.manifest.with_finding_share(findings))

    def predict(self, source: FilmSource) -> Prediction:
        """Predict one film: a path, the bytes of a file, a file object, or pixels.

        Pixels are an array with bright bones, uint8 or floating-point numbers from 0 to 1, gray
        `(H, W)` or colour `(H, W, 3)`, or an image of Pillow; see `film_of_pixels`.

        Raises `ImageReadError` when the film cannot be read.
        """
        return self._infer([self.prepare(source)])[0]

    def predict_many(
        self,
        sources: Iterable[FilmSource],
        *,
        batch_size: int = 16,
        workers: int = 2,
        isolation: FilmWorkers | None = None,
    ) -> Iterator[Prediction | UnreadableFilm]:
        """Predict films in order, and yield for each its prediction or why it could not be read.

        `workers` threads read and preprocess films while the network is busy with an earlier batch.
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
        workers: int = 2,
        isolation: FilmWorkers | None = None,
    ) -> Generator[tuple[PreparedFilm, Prediction] | UnreadableFilm, None, None]:
        """As `predict_many`, each prediction with the film as the network saw it."""
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
        config = self.manifest.preprocess
        if isolation is not None and not isinstance(source, np.ndarray | Image.Image):
            film, timings = isolation.prepare(source, config)
            return PreparedFilm(film.name, film.pixels, film.tags, film.shape, timings)
        begin = time.perf_counter()
        film = (
            film_of_pixels(source)
            if isinstance(source, np.ndarray | Image.Image)
            else read_image(source, target=config.size)
        )
        after_reading = time.perf_counter()
        image = preprocess(film.pixels, config)
        timings = {
            "read": 1000 * (after_reading - begin),
            "preprocess": 1000 * (time.perf_counter() - after_reading),
        }
        return PreparedFilm(film.name, image, film.tags, film.shape, timings)

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
            return UnreadableFilm(error.name, error.reason)

    def _infer(self, films: Sequence[PreparedFilm]) -> list[Prediction]:
        if not films:
            return []
        begin = time.perf_counter()
        answer = self.answer(np.stack([film.image for film in films]))
        milliseconds = 1000 * (time.perf_counter() - begin) / len(films)
        return [
            Prediction(
                film=film.name,
                probabilities=dict(
                    zip(self.manifest.class_names, answer.probabilities[row].tolist(), strict=True)
                ),
                logits=tuple(answer.logits[row].tolist()),
                cam=answer.cam[row],
                embedding=answer.embedding[row],
                tags=film.tags,
                film_shape=film.shape,
                timings=film.timings | {"infer": milliseconds},
                manifest=self.manifest,
            )
            for row, film in enumerate(films)
        ]
