"""For which films does a model fail? Averages hide the group that it fails for."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pneumoscope.evaluation.attributes import attributes
from pneumoscope.evaluation.evaluation import Bootstrap, ScoredFilm
from pneumoscope.evaluation.group_scores import group_scores
from pneumoscope.evaluation.group_table import ClassGroups, GroupRates, GroupRow, GroupTable
from pneumoscope.metrics.groups_by_chance import GroupsByChance, Mask, groups_by_chance
from pneumoscope.metrics.intervals import Interval, bootstrap_means

FEWEST_FILMS = 10
"""Of a group's films of a class, for its share to count."""
FEWEST_CROSSED = 20
"""The same where two attributes are crossed."""

Where = tuple[tuple[str, str], ...]
"""Values by attribute, in pairs."""
Masks = Mapping[Where, Mask]
"""Which films each group has."""


def group_table(
    films: Sequence[ScoredFilm],
    class_names: tuple[str, ...],
    normal_class: str | None,
    points: Sequence[str],
    bootstrap: Bootstrap,
    *,
    grouped: bool = False,
    calibrated: bool = True,
) -> GroupTable:
    """The figures of all groups of the films at each operating point, of which `balanced`, or else
    the first, orders them.

    `grouped` says that a table of acquisition groups was given; `calibrated` that the model's
    probabilities are for as many films of each class as these have.
    """
    values = attributes([film.traits for film in films])
    known = {name: len(films) - of_films.count(None) for name, of_films in values.items()}
    groups: Masks = {
        ((name, value),): np.array([other == value for other in of_films], dtype=bool)
        for name, of_films in values.items()
        for value in sorted({value for value in of_films if value is not None})
    }
    point = "balanced" if "balanced" in points else points[0]
    labels = np.array([film.label for film in films])
    classes = []
    for label in class_names:
        own = labels == label
        if own.any():
            of_class = _ClassFilms.of(list(itertools.compress(films, own)), points, bootstrap)
            classes.append(
                of_class.table({where: mask[own] for where, mask in groups.items()}, point)
            )
    return GroupTable(
        point=point,
        films=len(films),
        known={name: n for name, n in known.items() if n or (grouped and name == "group")},
        classes=tuple(classes),
        scores=group_scores(
            films, groups, class_names, normal_class, bootstrap, calibrated=calibrated
        ),
    )


@dataclass(frozen=True)
class _Group:
    """Some of N films, and those `among` which they are looked at, `(N,)` both."""

    mask: Mask
    among: Mask

    @property
    def films(self) -> int:
        return int(self.mask.sum())


@dataclass(frozen=True)
class _ClassFilms:
    """The N films of a class: which are called rightly at each operating point, `(N,)`, and whose
    they are."""

    label: str
    right: Mapping[str, Mask]
    patients: list[str]
    bootstrap: Bootstrap

    @classmethod
    def of(
        cls, films: Sequence[ScoredFilm], points: Sequence[str], bootstrap: Bootstrap
    ) -> _ClassFilms:
        right = {
            point: np.array([film.decisions[point] == film.label for film in films], dtype=bool)
            for point in points
        }
        return cls(films[0].label, right, [film.patient_id for film in films], bootstrap)

    def table(self, masks: Masks, point: str) -> ClassGroups:
        """The figures of all groups that have some of these films, and of the other films of which
        the attribute is known."""
        known: dict[str, Mask] = {}
        for ((attribute, _),), mask in masks.items():
            known[attribute] = known.get(attribute, False) | mask
        some = {
            where: _Group(mask, known[where[0][0]])
            for where, mask in masks.items()
            if mask.any() and (known[where[0][0]] & ~mask).any()
        }
        single = {where: group for where, group in some.items() if group.films >= FEWEST_FILMS}
        crossed = dict(_crossings(single, self.right[point]))
        plain = list(self._rows(single))
        worse = [
            row
            for row in self._rows(crossed)
            if all(
                row.points[point].right.value < self.right[point][single[(part,)].mask].mean()
                for part in row.where.items()
            )
        ]
        return ClassGroups(
            label=self.label,
            films=len(self.patients),
            right={name: float(right.mean()) for name, right in self.right.items()},
            groups=len(single),
            standing=sum(row.points[point].stands_out for row in plain),
            crossings=len(crossed),
            rows=tuple(
                sorted(
                    [*plain, *worse], key=lambda row: (row.points[point].right.value, -row.films)
                )
            ),
            few=tuple(self._row(where, some[where]) for where in some if where not in single),
        )

    def _rows(self, groups: Mapping[Where, _Group]) -> Iterator[GroupRow]:
        """The rows of groups that chance may all make bad."""
        if not groups:
            return
        members = np.stack([group.mask for group in groups.values()])
        among = np.stack([group.among for group in groups.values()])
        chance = {
            point: groups_by_chance(right, self.patients, members, among, rng=self._rng())
            for point, right in self.right.items()
        }
        for place, (where, group) in enumerate(groups.items()):
            yield self._row(where, group, chance, place)

    def _row(
        self,
        where: Where,
        group: _Group,
        chance: Mapping[str, GroupsByChance] | None = None,
        place: int = 0,
    ) -> GroupRow:
        """The row of a group; without `chance`, nothing is said of how sure it is."""
        shares = self._intervals(group.mask) if chance else {}
        points = {}
        for point, right in self.right.items():
            value = float(right[group.mask].mean())
            points[point] = GroupRates(
                right=shares.get(point, Interval(value, math.nan, math.nan)),
                others=float(right[group.among & ~group.mask].mean()),
                by_chance=float(chance[point].probability[place]) if chance else math.nan,
                floor=float(chance[point].floor[place]) if chance else math.nan,
            )
        return GroupRow(
            where=dict(where),
            films=group.films,
            patients=len(set(itertools.compress(self.patients, group.mask))),
            points=points,
        )

    def _intervals(self, mask: Mask) -> dict[str, Interval]:
        return bootstrap_means(
            {point: right[mask].astype(np.float64) for point, right in self.right.items()},
            list(itertools.compress(self.patients, mask)),
            rng=self._rng(),
            replicates=self.bootstrap.replicates,
            shares=list(self.right),
        )

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self.bootstrap.seed)


def _crossings(single: Mapping[Where, _Group], right: Mask) -> Iterator[tuple[Where, _Group]]:
    """The films that two groups of different attributes share, among those of the group of which
    fewer are called rightly; where they are enough, and not all of either."""
    for (first, one), (second, other) in itertools.combinations(single.items(), 2):
        shared = one.mask & other.mask
        films = int(shared.sum())
        if first[0][0] != second[0][0] and FEWEST_CROSSED <= films < min(one.films, other.films):
            worse = min(one.mask, other.mask, key=lambda mask: right[mask].mean())
            yield (*first, *second), _Group(shared, worse)
