"""Stability: do maps stay the same when the film changes in ways that mean nothing?"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmaps.mapper import Mapper
from pneumoscope.imaging.preprocessing import PreprocessConfig, place_heatmap
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.intervals import bootstrap_means
from pneumoscope.metrics.operating_points import decide
from pneumoscope.metrics.rank_correlation import rank_correlation
from pneumoscope.metrics.records import Figure, Record

SHIFT = 8
JPEG_QUALITY = 50
# Enlarged maps are smooth: every fourth pixel in both directions tells as much as all of them.
SPACING = 4


class ChangedFilms(Record):
    """One harmless change of the films.

    `agreement` is the mean rank correlation of the maps before and after, laid over each other
    again; `probability_change` the mean absolute change of the probability of the class called;
    `calls_changed` the share of films that are called another class.
    """

    name: str
    agreement: Figure
    probability_change: Figure
    calls_changed: Figure


class Stability(Record):
    """What each change does to the same films."""

    films: int
    changes: tuple[ChangedFilms, ...]


@dataclass(frozen=True)
class _Change:
    """A change of a film `(S, S)`, and what lays its map onto the unchanged film again.

    `common` is the part of the square that both films show.
    """

    name: str
    apply: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
    undo: Callable[[NDArray[np.float32]], NDArray[np.float32]] = lambda enlarged: enlarged
    common: tuple[slice, slice] = (slice(None), slice(None))


def measure_stability(
    films: AssessedFilms,
    predictor: Predictor,
    mapper: Mapper,
    *,
    rng: np.random.Generator,
    replicates: int,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Stability:
    """Measure what harmless changes of films do to maps, probabilities and calls.

    Films are mirrored, shifted by 8 pixels, compressed as JPEG at quality 50, and halved and
    enlarged again. Maps are those of the class that the unchanged film is called at the operating
    point `balanced`, enlarged to the square; what a shifted film no longer shows is not compared.
    `progress` is told films done and films in all.
    """
    manifest = predictor.manifest
    thresholds = manifest.thresholds("balanced")
    found: dict[tuple[str, str], list[Floats]] = defaultdict(list)
    for rows in films.batches(batch_size, progress):
        images = films.images[rows]
        before = predictor.answer(images).probabilities
        called = decide(before, thresholds)
        own = np.arange(len(images)), called
        maps = _enlarged(mapper.maps(images)[own], manifest.preprocess)
        for change in _CHANGES:
            changed = np.stack([change.apply(image) for image in images])
            after = predictor.answer(changed).probabilities
            moved = _enlarged(mapper.maps(changed)[own], manifest.preprocess)
            back = [change.undo(enlarged) for enlarged in moved]
            found[change.name, "agreement"].append(
                rank_correlation(_points(maps, change.common), _points(back, change.common))
            )
            found[change.name, "probability"].append(np.abs(after - before)[own])
            found[change.name, "calls"].append((decide(after, thresholds) != called).astype(float))
    intervals = bootstrap_means(
        {figure: np.concatenate(parts) for figure, parts in found.items()},
        films.patients,
        rng=rng,
        replicates=replicates,
    )
    return Stability(
        films=len(films),
        changes=tuple(
            ChangedFilms(
                name=change.name,
                agreement=intervals[change.name, "agreement"],
                probability_change=intervals[change.name, "probability"],
                calls_changed=intervals[change.name, "calls"],
            )
            for change in _CHANGES
        ),
    )


def _enlarged(maps: NDArray[np.float32], config: PreprocessConfig) -> list[NDArray[np.float32]]:
    """Maps `(N, h, w)` on the square, `(S, S)` each."""
    return [place_heatmap(cells, (config.size, config.size), config) for cells in maps]


def _points(maps: list[NDArray[np.float32]], part: tuple[slice, slice]) -> NDArray[np.float32]:
    """Every fourth row and column of a part of each map, `(N, K)`."""
    return np.stack([enlarged[part][::SPACING, ::SPACING].ravel() for enlarged in maps])


def _shift_right(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The film 8 pixels further right; its left border is repeated."""
    return np.pad(image, ((0, 0), (SHIFT, 0)), mode="edge")[:, :-SHIFT]


def _shift_down(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return _shift_right(image.T).T


def _compress(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=JPEG_QUALITY)
    return np.asarray(Image.open(file))


def _halve_and_enlarge(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = len(image)
    half = Image.fromarray(image).resize((side // 2, side // 2), Image.Resampling.BICUBIC)
    return np.asarray(half.resize((side, side), Image.Resampling.BICUBIC))


_CHANGES = (
    _Change("mirrored", np.fliplr, undo=np.fliplr),
    _Change(
        f"shifted right by {SHIFT} pixels",
        _shift_right,
        undo=lambda enlarged: np.roll(enlarged, -SHIFT, axis=1),
        common=(slice(None), slice(None, -SHIFT)),
    ),
    _Change(
        f"shifted down by {SHIFT} pixels",
        _shift_down,
        undo=lambda enlarged: np.roll(enlarged, -SHIFT, axis=0),
        common=(slice(None, -SHIFT), slice(None)),
    ),
    _Change(f"JPEG at quality {JPEG_QUALITY}", _compress),
    _Change("halved and enlarged again", _halve_and_enlarge),
)
