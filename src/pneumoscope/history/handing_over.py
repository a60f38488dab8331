"""Reviewed films as a data set, to judge a model on and to fit its probabilities to.

    FOLDER/val/CLASS/ID.png

The class is the one that reviewers see, and the name of a file the identifier of its record: what a
sender called a film leads nowhere. All lie in the split `val`, which is what settings are fitted
to; a model is judged on the films of all splits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pneumoscope.errors import HistoryError, PneumoscopeError
from pneumoscope.files import whole_file
from pneumoscope.history.database import Database
from pneumoscope.history.faults import told
from pneumoscope.history.films import FilmFolder
from pneumoscope.history.identity import history_id
from pneumoscope.history.reviewed import ReviewedFilm, reviewed_films
from pneumoscope.history.reviews import Review
from pneumoscope.imaging.formats import recognise
from pneumoscope.wording import listed

SPLIT = "val"

Reason = Literal["unreadable", "undecided", "contradictory", "not kept", "damaged"]
"""Why a film stays out: it could not be read; no reviewer says which class is seen; reviewers see
several; no copy is kept; or the copy is damaged or gone."""


@dataclass(frozen=True)
class HandedOver:
    """How many films of each class were written, and how many were left out for each reason. Films
    whose files are the same, byte for byte, are one."""

    written: Mapping[str, int]
    left_out: Mapping[Reason, int]


def hand_over(
    database: Database, films: FilmFolder, target: Path, model: str | None = None
) -> HandedOver:
    """Write the reviewed films of a history, or those that a model of this name has judged, into a
    folder, new or empty.

    Raises `HistoryError` where the folder of films is another history's, and where something is in
    the way, `PneumoscopeError` for films of models that tell different classes apart and for a
    class that no folder can be called by, and as `told`.
    """
    with database.reading() as connection:
        films.check(history_id(connection))
    with told(str(target)):
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise HistoryError(
                f"{target} is not empty.",
                "The films need a folder of their own: name a new one.",
            )
    of_film: dict[str, list[ReviewedFilm]] = defaultdict(list)
    for film in reviewed_films(database, model):
        of_film[film.film_sha256].append(film)
    _check_classes(film for records in of_film.values() for film in records)
    written, left_out = Counter[str](), Counter[Reason]()
    for records in of_film.values():
        seen = _opinions(records)
        if len(seen) != 1:
            left_out[_why_open(records, seen)] += 1
            continue
        kept = [film for film in records if film.kept_sha256 is not None]
        copies = ((film.id, _read(film, films)) for film in kept)
        identifier, copy = next((one for one in copies if one[1] is not None), ("", None))
        if copy is None:
            left_out["damaged" if kept else "not kept"] += 1
            continue
        (name,) = seen
        _write(target / SPLIT / name / f"{identifier}{_suffix(copy)}", copy)
        written[name] += 1
    return HandedOver(written, left_out)


def _check_classes(films: Iterable[ReviewedFilm]) -> None:
    """Raise `PneumoscopeError` for films whose classes do not go together, or are no names of
    folders."""
    told_apart = {
        tuple(sorted(film.probabilities)): film.model_name
        for film in films
        if film.decided is not None and film.probabilities is not None
    }
    if len(told_apart) > 1:
        models = [f"{model} ({', '.join(names)})" for names, model in told_apart.items()]
        raise PneumoscopeError(
            f"The films were judged by models that tell different classes apart: {listed(models)}.",
            "Choose one of them: --model NAME.",
        )
    for name in {name for names in told_apart for name in names}:
        if name.startswith(".") or set(name) & {"/", "\\", "\0"}:
            raise PneumoscopeError(
                f"No folder can be called by the class {name!r}.",
                "Train the model again with another name for it.",
            )


def _opinions(records: Iterable[ReviewedFilm]) -> set[str]:
    """The classes that reviewers see in a film that may have several records: of each reviewer the
    latest opinion."""
    latest: dict[str, Review] = {}
    reviews = (review for film in records for review in film.reviews)
    for review in sorted(reviews, key=lambda review: review.reviewed_at):
        if review.opinion is not None:
            latest[review.reviewer] = review
    return {review.opinion for review in latest.values() if review.opinion is not None}


def _why_open(records: Iterable[ReviewedFilm], seen: set[str]) -> Reason:
    if seen:
        return "contradictory"
    return "undecided" if any(film.probabilities for film in records) else "unreadable"


def _read(film: ReviewedFilm, films: FilmFolder) -> bytes | None:
    """The copy of a film that is kept; `None` where it is damaged or gone."""
    assert film.kept_sha256 is not None
    try:
        return films.read(film.id, film.kept_sha256)
    except HistoryError:
        return None


def _suffix(data: bytes) -> str:
    """The usual suffix of files that begin so; none for others."""
    kind = recognise(data)
    return kind.suffixes[0] if kind else ""


def _write(path: Path, data: bytes) -> None:
    """Write a film, for its owner alone."""
    with told(str(path)):
        for folder in reversed(path.parents[:3]):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with whole_file(path, recorded=False) as part:
            part.touch(mode=0o600)
            part.write_bytes(data)
