"""The labelled films that heatmaps are assessed on, ready for the network."""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.lung_fields import read_lung_fields
from pneumoscope.data.seen_films import film_roles, fingerprint
from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.errors import DatasetError, ImageReadError
from pneumoscope.evaluation.exposure import NOTHING_KNOWN, Exposure, enough_without
from pneumoscope.imaging.film import UnreadableFilm, none_readable
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.inference.predictor import Predictor
from pneumoscope.inference.preparing import PreparedFilm
from pneumoscope.modelfile.manifest import SEEN
from pneumoscope.wording import from_csv_cell

Edges = tuple[int, int, int, int]
"""Left, top, right and bottom of a box in pixels of a film; the last two do not belong to it."""


@dataclass(frozen=True)
class AssessedFilms:
    """N labelled films on the network's square of S x S pixels.

    `images` is uint8 `(N, S, S)`, `y_true` the class index of each, in the model's order. `lungs`
    and `boxes`, bool `(N, S, S)`, are where the lungs and the known opacities are; a film without
    has none set, and `None` means that they were not given. `unreadable` were left out, and so were
    films that the model has seen in training, where `enough_without` them are left; `exposure`
    counts what it has seen of all.
    """

    images: NDArray[np.uint8]
    y_true: NDArray[np.int64]
    paths: tuple[str, ...]
    patients: tuple[str, ...]
    lungs: NDArray[np.bool_] | None = None
    boxes: NDArray[np.bool_] | None = None
    unreadable: tuple[UnreadableFilm, ...] = ()
    exposure: Exposure = NOTHING_KNOWN

    def __len__(self) -> int:
        return len(self.paths)

    def select(self, indices: NDArray[np.int64]) -> AssessedFilms:
        """Some of the films, in the order of `indices`."""
        return replace(
            self,
            images=self.images[indices],
            y_true=self.y_true[indices],
            paths=tuple(self.paths[index] for index in indices),
            patients=tuple(self.patients[index] for index in indices),
            lungs=None if self.lungs is None else self.lungs[indices],
            boxes=None if self.boxes is None else self.boxes[indices],
        )

    def batches(
        self, size: int, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[slice]:
        """The rows of all films in order, `size` at a time.

        `progress` is told films done and films in all whenever the caller comes back for more.
        """
        for start in range(0, len(self), size):
            end = min(start + size, len(self))
            yield slice(start, end)
            if progress:
                progress(end, len(self))

    def with_lungs(self) -> tuple[AssessedFilms, NDArray[np.bool_]]:
        """The films that have a lung field, and these fields. Raises `DatasetError` for none."""
        if self.lungs is None or not self.lungs.any():
            raise DatasetError(
                "None of the films has a lung field, so nobody knows where the lungs are.",
                "Give a folder of masks, one image a film, named like the film.",
            )
        rows = np.flatnonzero(self.lungs.any(axis=(1, 2)))
        return self.select(rows), self.lungs[rows]

    def draw(self, count: int, rng: np.random.Generator) -> AssessedFilms:
        """So many of the films, or all of fewer, drawn at random with the share of each class kept.

        They stay in their order.
        """
        shuffled = rng.permutation(len(self))
        # Sorted by class, every n-th film takes the same share of each.
        by_class = shuffled[np.argsort(self.y_true[shuffled], kind="stable")]
        places = np.linspace(0, len(self), min(count, len(self)), endpoint=False)
        return self.select(np.sort(by_class[places.astype(np.int64)]))


def read_assessed_films(
    predictor: Predictor,
    table: FilmTable,
    *,
    lung_fields: Path | None = None,
    boxes: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AssessedFilms:
    """Read the films of a table.

    `lung_fields` is a folder of masks as `read_lung_fields` takes; `boxes` a CSV file with the
    columns path (relative to the file's own folder), left, top, right and bottom, one row an
    opacity, in pixels of the film. `progress` is told films done and films in all. Films that
    cannot be read, or were seen in training, are set aside. Raises `DatasetError` where no film can
    be read, for labels that the model does not know, for masks or boxes that belong to none of the
    films, and for a damaged file of boxes.
    """
    manifest = predictor.manifest
    table = table.with_classes(manifest.class_names)
    records: list[FilmRecord] = []
    prepared: list[PreparedFilm] = []
    unreadable: list[UnreadableFilm] = []
    with ThreadPoolExecutor(2, thread_name_prefix="read-films") as pool:
        outcomes = pool.map(lambda path: _try_to_prepare(predictor, path), table.paths())
        for done, (record, outcome) in enumerate(zip(table.films, outcomes, strict=True), start=1):
            if isinstance(outcome, ImageReadError):
                unreadable.append(UnreadableFilm(record.path, outcome.reason))
            else:
                records.append(record)
                prepared.append(outcome)
            if progress:
                progress(done, len(table))
    if not records:
        raise none_readable(unreadable)
    roles = film_roles(manifest.seen, [fingerprint(film.image) for film in prepared])
    new = [role not in SEEN for role in roles]
    if enough_without([record.label for record in records], new):
        records = list(itertools.compress(records, new))
        prepared = list(itertools.compress(prepared, new))
    readable = replace(table, films=tuple(records))
    return AssessedFilms(
        images=np.stack([film.image for film in prepared]),
        y_true=readable.y_true,
        paths=tuple(record.path for record in records),
        patients=tuple(record.patient_id for record in records),
        lungs=None
        if lung_fields is None
        else read_lung_fields(readable, lung_fields, manifest.preprocess),
        boxes=None
        if boxes is None
        else _read_boxes(boxes, readable.paths(), prepared, manifest.preprocess),
        unreadable=tuple(unreadable),
        exposure=Exposure.of(roles),
    )


def _try_to_prepare(predictor: Predictor, path: Path) -> PreparedFilm | ImageReadError:
    try:
        return predictor.prepare(path)
    except ImageReadError as error:
        return error


def _read_boxes(
    file: Path, films: Sequence[Path], prepared: Sequence[PreparedFilm], config: PreprocessConfig
) -> NDArray[np.bool_]:
    boxes = _boxes_by_film(file)
    geometry = replace(config, clahe=False, interpolation="bilinear")
    masks = np.zeros((len(films), config.size, config.size), dtype=bool)
    for mask, path, film in zip(masks, films, prepared, strict=True):
        drawn = np.zeros(film.shape, dtype=np.uint8)
        for left, top, right, bottom in boxes.get(path.resolve(), []):
            drawn[top:bottom, left:right] = 255
        mask[:] = preprocess(drawn, geometry) >= 128
    if not masks.any():
        example = next(iter(boxes), "nothing, since there are no boxes")
        raise DatasetError(
            f"No box in {file} belongs to one of the films.",
            f"The first box is for {example}, the first film is {films[0]}.",
        )
    return masks


def _boxes_by_film(file: Path) -> Mapping[Path, list[Edges]]:
    boxes: dict[Path, list[Edges]] = defaultdict(list)
    try:
        # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
        with file.open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                left, top, right, bottom = (
                    int(row[edge]) for edge in ("left", "top", "right", "bottom")
                )
                if not 0 <= left < right or not 0 <= top < bottom:
                    raise ValueError(f"a box of {row['path']} has no area or lies outside the film")
                boxes[(file.parent / from_csv_cell(row["path"])).resolve()].append(
                    (left, top, right, bottom)
                )
    except OSError as error:
        raise DatasetError(f"The boxes {file} could not be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise DatasetError(
            f"{file} is no table of boxes: {error}.",
            "Expected the columns path, left, top, right and bottom, with whole numbers.",
        ) from error
    return boxes
