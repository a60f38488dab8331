"""How do a model's answers hold when films are changed?

Each film is decoded once, changed by every stress, and goes through the same preparing and the same
network as in use. Threads decode and change films while the network is busy with earlier ones.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from pneumoscope.cores import threads as threads_to_use
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import ImageReadError
from pneumoscope.evaluation.evaluation import Evaluation, ScoredFilm
from pneumoscope.evaluation.film_changes import Pixels, gray_level_counts, reduced
from pneumoscope.evaluation.stress_figures import stress_figures
from pneumoscope.evaluation.stress_test import PicturedFilm, StressTest
from pneumoscope.evaluation.stresses import LARGEST, STRESSES, Circumstances
from pneumoscope.imaging.film import UnreadableFilm, none_readable
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.checks import Floats

TIMED_FILMS = 8
"""By so many films, after the first, it is told how long all will take."""

Task = TypeVar("Task")
Done = TypeVar("Done")


def stress_test(
    predictor: Predictor,
    evaluation: Evaluation,
    films: FilmTable,
    *,
    batch_size: int = 16,
    progress: Callable[[int, int], None] | None = None,
    expect: Callable[[float], None] | None = None,
) -> StressTest:
    """Change the films of an evaluation by all of `STRESSES`, and measure what the model says then.

    `evaluation` is that of the predictor's model on `films`: its films are changed, so those that
    the model has seen in training are left out where it left them out; operating points and seed
    are its own. Films whose longer side is above 1,024 pixels are reduced to that first, and the
    unchanged films that all is compared with are these. Every film counts as one, whatever the
    prevalence.

    `progress` is told films done and films in all, and `expect` once how many seconds all of them
    will take, judged by the first. Films that cannot be read any more are set aside. Raises
    `DatasetError` where that is all of them.
    """
    files = {film.path: file for film, file in zip(films.films, films.paths(), strict=True)}
    order = np.random.default_rng(evaluation.bootstrap.seed).permutation(len(evaluation.films))
    drawn = [evaluation.films[place] for place in order]
    unreadable: list[UnreadableFilm] = []
    answered: dict[str, _Answers] = {}
    begin = 0.0

    def readable(outcomes: Iterator[_ReadFilm | UnreadableFilm]) -> Iterator[_ReadFilm]:
        for outcome in outcomes:
            if isinstance(outcome, UnreadableFilm):
                unreadable.append(outcome)
            else:
                yield outcome

    with ThreadPoolExecutor(min(2, threads_to_use()), thread_name_prefix="stress-films") as pool:
        read = readable(_ahead(pool, lambda film: _read(film, files[film.path]), drawn))
        changed = _ahead(pool, lambda pair: _change(predictor, *pair), _with_another(read))
        for film in changed:
            answered[film.path] = _Answers.of(film, predictor, batch_size)
            if len(answered) == 1:  # before that, libraries are loaded and the network warms up
                begin = time.perf_counter()
            if expect and len(answered) == 1 + TIMED_FILMS:
                expect((time.perf_counter() - begin) / TIMED_FILMS * len(drawn))
            if progress:
                progress(len(answered) + len(unreadable), len(drawn))
    if not answered:
        raise none_readable(unreadable)
    return _found(predictor, evaluation, answered, unreadable)


def changed_film(folder: Path, pictured: PicturedFilm, square: int) -> dict[str, Pixels]:
    """The film of a stress test unchanged and under each stress, by what was done to it.

    Films lie below `folder`. Raises `ImageReadError` where one cannot be read.
    """
    film, other = (
        reduced(read_image(folder / path, target=LARGEST).pixels, LARGEST)
        for path in (pictured.path, pictured.other)
    )
    at = _circumstances(pictured.path, film, other, square)
    return {"unchanged": film} | {stress.name: stress.apply(film, at) for stress in STRESSES}


@dataclass(frozen=True)
class _ReadFilm:
    path: str
    pixels: Pixels
    reduced: bool


@dataclass(frozen=True)
class _ChangedFilm:
    """A film as the network sees it, uint8 `(1 + stresses, size, size)`: first unchanged, then
    under each stress. `other` is the film whose gray levels it was given."""

    path: str
    other: str
    reduced: bool
    images: Pixels


@dataclass(frozen=True)
class _Answers:
    """What the model says of a `_ChangedFilm`: probabilities `(1 + stresses, C)`."""

    other: str
    reduced: bool
    probabilities: Floats

    @classmethod
    def of(cls, film: _ChangedFilm, predictor: Predictor, batch_size: int) -> _Answers:
        parts = [
            predictor.answer(film.images[start : start + batch_size]).probabilities
            for start in range(0, len(film.images), batch_size)
        ]
        return cls(film.other, film.reduced, np.concatenate(parts))


def _read(film: ScoredFilm, file: Path) -> _ReadFilm | UnreadableFilm:
    try:
        pixels = read_image(file, target=LARGEST).pixels
    except ImageReadError as error:
        return UnreadableFilm(film.path, error.reason)
    return _ReadFilm(film.path, reduced(pixels, LARGEST), max(pixels.shape) > LARGEST)


def _change(predictor: Predictor, film: _ReadFilm, other: _ReadFilm) -> _ChangedFilm:
    at = _circumstances(film.path, film.pixels, other.pixels, predictor.manifest.preprocess.size)
    changed = (stress.apply(film.pixels, at) for stress in STRESSES)
    images = [predictor.prepare(pixels).image for pixels in (film.pixels, *changed)]
    return _ChangedFilm(film.path, other.path, film.reduced, np.stack(images))


def _circumstances(path: str, film: Pixels, other: Pixels, square: int) -> Circumstances:
    """Those of a film at `path`, which is given the gray levels of another one."""
    seed = int.from_bytes(
        hashlib.blake2b(path.encode(errors="surrogateescape"), digest_size=8).digest()
    )
    return Circumstances.of(film, square, gray_level_counts(other), seed)


def _with_another(films: Iterator[_ReadFilm]) -> Iterator[tuple[_ReadFilm, _ReadFilm]]:
    """Each film with the one before it, the first with the second; a film alone with itself."""
    for first in films:
        before = next(films, first)
        yield first, before
        if before is not first:
            yield before, first
        for film in films:
            yield film, before
            before = film


def _ahead(
    pool: ThreadPoolExecutor, work: Callable[[Task], Done], tasks: Iterable[Task]
) -> Iterator[Done]:
    """What `work` makes of each task, in order, a few tasks ahead of who takes it."""
    pending: deque[Future[Done]] = deque()
    for task in tasks:
        pending.append(pool.submit(work, task))
        if len(pending) > 4:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def _found(
    predictor: Predictor,
    evaluation: Evaluation,
    answered: dict[str, _Answers],
    unreadable: list[UnreadableFilm],
) -> StressTest:
    films = [film for film in evaluation.films if film.path in answered]
    names = evaluation.class_names
    tables = np.stack([answered[film.path].probabilities for film in films], axis=1)
    roc_auc, stresses = stress_figures(
        predictor.manifest,
        tuple(evaluation.operating_points),
        np.array([names.index(film.label) for film in films], dtype=np.int64),
        [film.patient_id for film in films],
        tables[0],
        dict(zip(STRESSES, tables[1:], strict=True)),
        evaluation.bootstrap,
    )
    counts = Counter(film.label for film in films)
    # A finding is more of a picture than none; films of the last class come last.
    pictured = max(films, key=lambda film: names.index(film.label)).path
    return StressTest(
        model=evaluation.model,
        data=evaluation.data.model_copy(
            update={
                "films": {name: counts[name] for name in names},
                "patients": len({film.patient_id for film in films}),
                "unreadable": (*evaluation.data.unreadable, *unreadable),
            }
        ),
        class_names=names,
        bootstrap=evaluation.bootstrap,
        square=predictor.manifest.preprocess.size,
        reduced=sum(film.reduced for film in answered.values()),
        pictured=PicturedFilm(path=pictured, other=answered[pictured].other),
        roc_auc=roc_auc,
        stresses=stresses,
    )
