"""Stability: do maps stay the same when the film changes in ways that mean nothing?"""

from __future__ import annotations

import io
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.heatmap_checks.measure import Bench, Measure
from pneumoscope.heatmap_checks.measure_table import MeasureTable, figure, share
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.rank_correlation import HALF_ALIKE, NEARLY_THE_SAME, rank_correlation
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.wording import count_films, listed

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


class Stability(Measure):
    """What each change does to the same films."""

    name = "stability"
    title = "Stability"
    question = "Do maps stay when films change in ways that mean nothing?"

    films: int
    changes: tuple[ChangedFilms, ...]

    @classmethod
    def take(cls, bench: Bench) -> Self:
        """Measure what harmless changes of films do to maps, probabilities and calls.

        Films are mirrored, shifted by 8 pixels, compressed as JPEG at quality 50, and halved and
        enlarged again. Maps are those of the class that the unchanged film is called at the
        operating point `balanced`, enlarged to the square; what a shifted film no longer shows is
        not compared.
        """
        films = bench.some
        found: dict[tuple[str, str], list[Floats]] = defaultdict(list)
        for rows in films.batches(bench.batch_size, bench.progress):
            images = films.images[rows]
            before = bench.probabilities(images)
            called = bench.call(before)
            own = np.arange(len(images)), called
            maps = [bench.enlarge(cells) for cells in bench.mapper.maps(images)[own]]
            for change in _CHANGES:
                changed = np.stack([change.apply(image) for image in images])
                after = bench.probabilities(changed)
                moved = bench.mapper.maps(changed)[own]
                back = [change.undo(bench.enlarge(cells)) for cells in moved]
                points = (_points(enlarged, change.common) for enlarged in (maps, back))
                found[change.name, "agreement"].append(rank_correlation(*points))
                found[change.name, "probability"].append(np.abs(after - before)[own])
                found[change.name, "calls"].append((bench.call(after) != called).astype(float))
        values = {name: np.concatenate(parts) for name, parts in found.items()}
        means = bench.means(values, films.patients)
        changes = [
            ChangedFilms(
                name=change.name,
                agreement=means[change.name, "agreement"],
                probability_change=means[change.name, "probability"],
                calls_changed=means[change.name, "calls"],
            )
            for change in _CHANGES
        ]
        return cls(films=len(films), changes=tuple(changes))

    @property
    def comparable(self) -> list[ChangedFilms]:
        """Changes before and after which maps have differences to compare."""
        return [change for change in self.changes if not math.isnan(change.agreement.value)]

    def verdict(self) -> str:
        if not self.comparable:
            return "This could not be told: the maps have no differences to compare."
        least = min(change.agreement.value for change in self.comparable)
        if least >= NEARLY_THE_SAME:
            verdict = "Yes, nearly."
        elif least >= HALF_ALIKE:
            verdict = "Mostly."
        else:
            verdict = "Not always: a map may owe much to how the film was taken and stored."
        agreements = [f"{change.name} {change.agreement.value:.3f}" for change in self.comparable]
        fickle = max(self.changes, key=lambda change: change.calls_changed.value)
        calls = "No call changes."
        if fickle.calls_changed.value > 0:
            calls = f"At most {share(fickle.calls_changed)} of the calls change ({fickle.name})."
        return (
            f"{verdict} Agreement of the maps before and after, where 1 is the same: "
            f"{listed(agreements)}. {calls}"
        )

    def table(self) -> MeasureTable:
        return MeasureTable(
            f"Means over {count_films(self.films)}, with 95 % intervals. Agreement is the rank "
            "correlation of the maps before and after. Probability: how far that of the class "
            "called moves, up or down. Calls: films whose most probable class becomes another",
            [
                {
                    "Change": change.name,
                    "Agreement of maps": figure(change.agreement),
                    "Probability moves by": figure(change.probability_change),
                    "Calls that change": share(change.calls_changed),
                }
                for change in self.changes
            ],
        )

    def card_figures(self, normal_class: str | None) -> dict[str, Any] | None:
        if not self.comparable:
            return None
        worst = min(self.comparable, key=lambda change: change.agreement.value)
        return {"worst": {"name": worst.name, "agreement": worst.agreement}}

    @staticmethod
    def card_sentences(figures: Mapping[str, Any]) -> Iterator[str]:
        worst = figures["worst"]
        yield (
            f"Agreement under the change that maps stand worst ({worst['name']}): "
            f"{worst['agreement']}."
        )


@dataclass(frozen=True)
class _Change:
    """A change of a film `(S, S)`, and what lays its map onto the unchanged film again.

    `common` is the part of the square that both films show.
    """

    name: str
    apply: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
    undo: Callable[[NDArray[np.float32]], NDArray[np.float32]] = lambda enlarged: enlarged
    common: tuple[slice, slice] = (slice(None), slice(None))


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
