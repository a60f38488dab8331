"""Cards of labelled films, read and predicted again for a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.findings_page import FilmCard
from pneumoscope.report.html import PICTURE_SIZE


def labelled_cards(
    predictor: Predictor,
    folder: Path,
    films: Iterable[tuple[str, str | None]],
    operating_point: str,
) -> Iterator[FilmCard | UnreadableFilm]:
    """A card for each film at an operating point, given as its path below `folder` and its true
    class, or why it cannot be read."""
    films = list(films)
    outcomes = predictor.predict_many([folder / path for path, _ in films])
    for (path, actual), outcome in zip(films, outcomes, strict=True):
        if isinstance(outcome, UnreadableFilm):
            yield UnreadableFilm(path, outcome.reason)
        else:
            pixels = read_image(folder / path, target=PICTURE_SIZE[0]).pixels
            # The folder is nobody's business.
            yield FilmCard.of(replace(outcome, film=path), pixels, operating_point, actual=actual)
