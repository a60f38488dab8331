"""What one `pneumoscope predict` has to do: films, where their heatmaps go, and the model."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from pneumoscope.cli import outputs
from pneumoscope.cli.logs import is_quiet
from pneumoscope.errors import PneumoscopeError, writing
from pneumoscope.heatmaps.overlay_files import overlay_paths, write_overlay
from pneumoscope.imaging.film import ReadLimits, UnreadableFilm
from pneumoscope.inference.batch import StandardInput
from pneumoscope.inference.finding import Finding
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.predictor import Predictor


@dataclass(frozen=True)
class JudgedFilm:
    """A film's place among all films, what came of it, and the SHA-256 of its bytes, which is
    empty where it was not asked for."""

    place: int
    outcome: Finding | UnreadableFilm
    sha256: str


@dataclass(frozen=True)
class PredictionJob:
    """Films to judge with a model, and the folder of their heatmaps, if there are to be any.

    With `isolation`, films are decoded in its processes.
    """

    predictor: Predictor
    operating_point: str
    films: Sequence[Path | StandardInput]
    heatmaps: Path | None
    batch_size: int
    isolation: FilmWorkers | None = None

    @property
    def overlays(self) -> Sequence[Path | None]:
        """Where the heatmap of each film goes."""
        if self.heatmaps is None:
            return [None] * len(self.films)
        return overlay_paths(self.films, self.heatmaps)

    @property
    def files(self) -> Iterator[Path]:
        """The films that are files, which nothing may be written over."""
        return (film for film in self.films if isinstance(film, Path))

    def claim_overlays(self, places: Iterable[int], *, overwrite: bool) -> None:
        """Make sure that the heatmaps of the films at these places may be written.

        Raises `PneumoscopeError` as `outputs.claim`, and where their folder cannot be made.
        """
        if self.heatmaps is None:
            return
        overlays = self.overlays
        wanted = [overlay for place in places if (overlay := overlays[place])]
        outputs.claim(wanted, films=self.files, overwrite=overwrite)
        with writing("heatmaps", self.heatmaps):
            if not os.access(self.heatmaps, os.W_OK):
                raise PermissionError("the folder is write-protected")

    def judge(self, *rounds: Sequence[int], digested: bool = True) -> Iterator[JudgedFilm]:
        """Judge the films at some places, in order, and write their heatmaps.

        To be `digested`, films are read once more. Those of two rounds never go through the network
        together. A heatmap that cannot be written is told in its finding, and the job goes on.
        """
        overlays = self.overlays
        total = sum(map(len, rounds))
        with click.progressbar(
            length=total,
            label="Reading films",
            show_pos=True,
            file=sys.stderr,
            hidden=total <= 1 or is_quiet() or not sys.stderr.isatty(),
        ) as progress:
            for places in rounds:
                digests: deque[str] = deque()
                films = self._films(places, digests, digested)
                outcomes = self.predictor.predict_many(
                    films, batch_size=self.batch_size, isolation=self.isolation
                )
                for place, outcome in zip(places, outcomes, strict=True):
                    sha256 = digests.popleft()
                    if isinstance(outcome, UnreadableFilm):
                        yield JudgedFilm(place, outcome, sha256)
                    else:
                        overlay, error = overlays[place], ""
                        if overlay:
                            try:
                                write_overlay(
                                    overlay,
                                    self.films[place],
                                    outcome,
                                    self.operating_point,
                                    self.isolation,
                                )
                            except PneumoscopeError as problem:
                                error = problem.message
                        finding = Finding.of(outcome, self.operating_point, overlay, error)
                        yield JudgedFilm(place, finding, sha256)
                    progress.update(1)

    def _films(
        self, places: Sequence[int], digests: deque[str], digested: bool
    ) -> Iterator[Path | StandardInput]:
        """The films at some places, each digested before it is read, so that a later change of its
        file shows."""
        for place in places:
            digests.append(digest(self.films[place]) if digested else "")
            yield self.films[place]


def digest(film: Path | StandardInput) -> str:
    """The SHA-256 of a film's bytes; empty where they cannot be read, or are more than a film may
    have, about which reading tells."""
    if isinstance(film, StandardInput):
        return hashlib.sha256(film.getvalue()).hexdigest()
    try:
        # Opening a pipe or a device could wait for ever.
        if not film.is_file() or film.stat().st_size > ReadLimits().max_bytes:
            return ""
        with film.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
