"""What reviews say of a model: how often it is right, where a reviewer's opinion is the truth."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pneumoscope.history.reviewed import ReviewedFilm, reviewed_films
from pneumoscope.history.store import History
from pneumoscope.metrics.agreement import cohens_kappa, counted_share
from pneumoscope.metrics.intervals import Interval
from pneumoscope.metrics.operating_points import decide
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.serving.documents import manifest_of

_Pairs = list[tuple[str, str]]
"""Two classes of each film: of one reviewer or the other, or seen and called."""


def review_summary(manifest: ModelManifest, history: History) -> dict[str, Any]:
    """What is known of a model by reviews of films that any model of its name has judged, if it
    tells the same classes apart. Intervals take each film for that of another patient.

    It takes its time: some tens of milliseconds for thousands of films.
    """
    films = [
        film
        for film in reviewed_films(history.database, manifest.name)
        if set(film.probabilities or ()) == set(manifest.class_names)
    ]
    decided = [film for film in films if film.decided is not None]
    names = manifest.class_names
    blind = [(seen, called) for film in films for seen, called in _blind(film)]
    readers = [pair for film in films for pair in _two_readers(film)]
    return {
        "model": {"name": manifest.name, "graph_sha256": manifest.graph_sha256},
        "reviewed": len(films),
        "decided": len(decided),
        "classes": list(names),
        "normal_class": manifest.normal_class,
        "points": {
            point: _of_point(
                _seen_and_called(decided, point, history), names, manifest.normal_class
            )
            for point in manifest.operating_points
        },
        "blind": {
            "films": len(blind),
            "agreement": _agreement(blind),
            "kappa": _kappa(blind, names),
        },
        "reviewers": _reviewers(films),
        "between_reviewers": {"films": len(readers), "kappa": _kappa(readers, names)},
    }


def _seen_and_called(
    films: Sequence[ReviewedFilm], operating_point: str, history: History
) -> _Pairs:
    """The class that a reviewer sees in each film and the one called at an operating point, of
    films whose model has that."""
    by_model: dict[tuple[str, float | None], list[ReviewedFilm]] = defaultdict(list)
    for film in films:
        assert film.model_sha256 is not None
        by_model[film.model_sha256, film.prevalence].append(film)
    pairs: _Pairs = []
    for (model_sha256, prevalence), of_model in by_model.items():
        manifest = manifest_of(history, model_sha256, prevalence)
        if operating_point not in manifest.operating_points:
            continue
        names = manifest.class_names
        table = [
            [film.probabilities[name] for name in names] for film in of_model if film.probabilities
        ]
        called = decide(table, manifest.thresholds(operating_point))
        for film, index in zip(of_model, called, strict=True):
            assert film.decided is not None
            assert film.decided.opinion is not None
            pairs.append((film.decided.opinion, names[index]))
    return pairs


def _blind(film: ReviewedFilm) -> Iterator[tuple[str, str]]:
    """What was seen by the latest reviewer who had not seen the answer, and what was called."""
    for review in film.reviews:
        if review.blind and review.opinion is not None and review.finding is not None:
            yield review.opinion, review.finding
            return


def _two_readers(film: ReviewedFilm) -> Iterator[tuple[str, str]]:
    """The two latest opinions of different reviewers, in the order of their names, so that each of
    two is always on the same side."""
    told = [(review.reviewer, review.opinion) for review in film.reviews if review.opinion]
    if len(told) > 1:
        (_, first), (_, second) = sorted(told[:2])
        yield first, second


def _of_point(pairs: _Pairs, names: Sequence[str], normal_class: str | None) -> dict[str, Any]:
    counts = Counter(pairs)
    ill = [called != normal_class for seen, called in pairs if seen != normal_class]
    healthy = [called == normal_class for seen, called in pairs if seen == normal_class]
    is_known = normal_class is not None
    return {
        "confusion": {seen: {called: counts[seen, called] for called in names} for seen in names},
        "sensitivity": _share(ill) if is_known else None,
        "specificity": _share(healthy) if is_known else None,
        "agreement": _agreement(pairs),
    }


def _agreement(pairs: _Pairs) -> dict[str, float] | None:
    return _share([first == second for first, second in pairs])


def _share(right: Sequence[bool]) -> dict[str, float] | None:
    return _document(counted_share(sum(right), len(right)))


def _kappa(pairs: _Pairs, names: Sequence[str]) -> dict[str, float] | None:
    counts = Counter(pairs)
    return _document(cohens_kappa([[counts[row, column] for column in names] for row in names]))


def _document(interval: Interval) -> dict[str, float] | None:
    """An interval as JSON; what is undefined is null."""
    if math.isnan(interval.value):
        return None
    document = dataclasses.asdict(interval)
    return {name: document[name] for name in ("value", "low", "high")}


def _reviewers(films: Iterable[ReviewedFilm]) -> list[dict[str, Any]]:
    """Who has reviewed how many films, those of the most first."""
    reviews = [review for film in films for review in film.reviews]
    every = Counter(review.reviewer for review in reviews)
    decided = Counter(review.reviewer for review in reviews if review.opinion is not None)
    return [
        {"reviewer": name, "films": count, "decided": decided[name]}
        for name, count in sorted(every.items(), key=lambda item: (-item[1], item[0]))
    ]
