"""What a model says of labelled films, before anything is made of it."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.data.seen_films import film_roles, fingerprint
from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.evaluation.evaluation import ScoredFilm
from pneumoscope.evaluation.traits import FilmTraits
from pneumoscope.folders.account import FolderNote
from pneumoscope.imaging.film import UnreadableFilm, none_readable
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.predictor import Predictor
from pneumoscope.logs import tell
from pneumoscope.modelfile.manifest import ModelManifest

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScoredFilms:
    """The readable films of a table with a model's answers at some operating points.

    `source`, `digest`, `split` and `unreadable` are those of `EvaluatedFilms`. `recognised_by`
    tells for each film what told its patient, `unused` are columns of their table (see
    `PatientSummary`), `notes` what was passed over in their folder. `grouped` says that a table of
    acquisition groups was given.
    """

    manifest: ModelManifest
    operating_points: tuple[str, ...]
    films: tuple[ScoredFilm, ...]
    recognised_by: tuple[str, ...]
    unused: tuple[str, ...]
    notes: tuple[FolderNote, ...]
    unreadable: tuple[UnreadableFilm, ...]
    source: str
    digest: str
    split: str | None
    grouped: bool = False

    def select(self, chosen: Sequence[bool]) -> ScoredFilms:
        """Some of the films, by a mask."""
        return replace(
            self,
            films=tuple(itertools.compress(self.films, chosen)),
            recognised_by=tuple(itertools.compress(self.recognised_by, chosen)),
        )


def score_films(
    predictor: Predictor,
    films: FilmTable,
    operating_points: Sequence[str],
    *,
    source: str,
    split: str | None,
    groups: FilmGroups | None = None,
    batch_size: int = 16,
    progress: Callable[[int, int], None] | None = None,
) -> ScoredFilms:
    """Let a model judge the films of a table, and tell which of them it has seen, and of which of
    the acquisition `groups` they are.

    Raises `DatasetError` for classes that the model does not have and when no film can be read, and
    `PneumoscopeError` for unknown operating points.
    """
    manifest = predictor.manifest
    for point in operating_points:
        manifest.thresholds(point)
    table = films.with_classes(manifest.class_names)
    records: list[FilmRecord] = []
    scored: list[ScoredFilm] = []
    fingerprints: list[bytes] = []
    unreadable: list[UnreadableFilm] = []
    own = groups.of([film.path for film in films.films]) if groups else [None] * len(films)
    answers = predictor.predict_with_images(table.paths(), batch_size=batch_size)
    rows = zip(table.films, own, answers, strict=True)
    for done, (record, group, answer) in enumerate(rows, start=1):
        if isinstance(answer, UnreadableFilm):
            unreadable.append(UnreadableFilm(record.path, answer.reason))
        else:
            # Numbers only: images and maps of thousands of films would fill the memory.
            film, prediction = answer
            records.append(record)
            traits = FilmTraits.of(record, film, group)
            scored.append(_scored(record, prediction, operating_points, traits))
            fingerprints.append(fingerprint(film.image))
        if progress:
            progress(done, len(table))
    if not records:
        raise none_readable(unreadable)
    tell(_log, "judged", model=manifest.name, films=len(records), unreadable=len(unreadable))
    roles = film_roles(manifest.seen, fingerprints)
    return ScoredFilms(
        manifest=manifest,
        operating_points=tuple(operating_points),
        films=tuple(replace(film, role=role) for film, role in zip(scored, roles, strict=True)),
        recognised_by=tuple(record.recognised_by for record in records),
        unused=table.unused,
        notes=table.notes,
        unreadable=tuple(unreadable),
        source=source,
        digest=films.digest,
        split=split,
        grouped=groups is not None,
    )


def _scored(
    record: FilmRecord,
    prediction: Prediction,
    operating_points: Sequence[str],
    traits: FilmTraits,
) -> ScoredFilm:
    return ScoredFilm(
        path=record.path,
        label=record.label,
        patient_id=record.patient_id,
        split=record.split,
        probabilities=dict(prediction.probabilities),
        logits=prediction.logits,
        decisions={point: prediction.decide(point) for point in operating_points},
        traits=traits,
    )
