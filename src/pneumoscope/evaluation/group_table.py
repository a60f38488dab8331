"""The worst-group table: for which films a model fails, as a record."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from pneumoscope.data.film_groups import few_named
from pneumoscope.metrics.groups_by_chance import STANDS_OUT
from pneumoscope.metrics.intervals import Number
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.wording import listed


class GroupRates(Record):
    """How often films of a group and class are called rightly at an operating point.

    `right` is that share: the sensitivity for a finding, the specificity for the healthy class;
    `others` is that of the other films of the class for which the attribute is known, or of the
    worse one of two groups that are crossed. `by_chance` is how often chance alone makes one of all
    groups as bad, and `floor` the highest share at which this one would stand out (see
    `metrics.groups_by_chance`); both are `nan` for groups of few films, of which nothing follows.
    """

    right: Figure
    others: Number
    by_chance: Number
    floor: Number

    @property
    def stands_out(self) -> bool:
        """Whether the group is worse than chance would make the worst of all."""
        return self.by_chance <= STANDS_OUT


class GroupRow(Record):
    """The films of a class that share the value of an attribute, or those of two: `where` has the
    values by attribute. `points` has the rates at each operating point."""

    where: dict[str, str]
    films: int
    patients: int
    points: dict[str, GroupRates]

    @property
    def name(self) -> str:
        """`group C`, or `group C and view AP`."""
        return group_name(self.where)


class ClassGroups(Record):
    """The groups of the films of one class.

    `right` is the share of all its `films` called rightly at each operating point. `rows` are the
    groups of enough films, worst first, and among them the crossings of two attributes that are
    worse than the groups that they cross; `few` are groups of few films. `groups` and `crossings`
    count those that were looked at: by chance alone, the worst of so many are bad. Of the groups,
    `standing` stand out at the operating point that orders the rows.
    """

    label: str
    films: int
    right: dict[str, Number]
    groups: int
    standing: int
    crossings: int
    rows: tuple[GroupRow, ...]
    few: tuple[GroupRow, ...] = ()

    @property
    def single(self) -> tuple[GroupRow, ...]:
        """The rows of one attribute."""
        return tuple(row for row in self.rows if len(row.where) == 1)

    def worst(self, rows: int, point: str) -> tuple[GroupRow, ...]:
        """So many rows, the worst: first of those that stand out at a point, then of the others.
        Of crossings only the worst one that stands out is among them."""
        crossings = (row for row in self.rows if len(row.where) > 1)
        crossing = next((row for row in crossings if row.points[point].stands_out), None)
        shown = [row for row in self.rows if len(row.where) == 1 or row is crossing]
        chosen = sorted(shown, key=lambda row: not row.points[point].stands_out)[:rows]
        return tuple(row for row in shown if row in chosen)


class GroupScores(Record):
    """Figures of a group that has films of both kinds, with a finding and without.

    `films` counts them by class. `roc_auc` is undefined where one kind has few films.
    `calibration` is the mean probability of the finding minus the share of films that have it:
    above 0, the model sees it in more films than have it.
    """

    where: dict[str, str]
    films: dict[str, int]
    patients: int
    roc_auc: Figure
    calibration: Figure

    @property
    def name(self) -> str:
        """`group C`."""
        return group_name(self.where)


class GroupTable(Record):
    """For which films a model fails.

    `films` were judged; `known` counts those for which each attribute is known. `point` is the
    operating point that orders rows, worst first.
    """

    point: str
    films: int
    known: dict[str, int]
    classes: tuple[ClassGroups, ...]
    scores: tuple[GroupScores, ...] = ()

    @property
    def compares(self) -> bool:
        """Whether there are groups to compare."""
        return any(of_class.rows for of_class in self.classes)

    def worst(self, rows: int) -> GroupTable:
        """The table with so many rows of each class, the worst, and nothing else."""
        classes = [
            groups.model_copy(update={"rows": groups.worst(rows, self.point), "few": ()})
            for groups in self.classes
        ]
        return self.model_copy(update={"classes": tuple(classes), "scores": ()})

    def sentences(self) -> Iterator[str]:
        """For each class, which group stands out, or that none does."""
        return (_sentence(groups, self.point) for groups in self.classes)

    def warning(self) -> str:
        """Said where a table of groups was given that names few of the films; else empty."""
        return few_named(self.known.get("group", self.films), self.films)


def group_name(where: Mapping[str, str]) -> str:
    """Values by attribute in words: `group C and view AP`."""
    return listed([f"{attribute} {value}" for attribute, value in where.items()])


def _sentence(of_class: ClassGroups, point: str) -> str:
    films = f"{of_class.label} films"
    if not of_class.single:
        return f"There are too few {films}, or too little is known of them, to compare groups."
    if of_class.right[point] == 1:
        return f"At {point}, all {of_class.films:,} {films} are called rightly."
    standing = [row for row in of_class.single if row.points[point].stands_out]
    worst = (standing or of_class.single)[0]
    rates = worst.points[point]
    told = (
        f"called rightly in {_percent(rates.right.value)} ({100 * rates.right.low:.0f} to "
        f"{100 * rates.right.high:.0f}), the others in {_percent(rates.others)}; by chance alone"
    )
    if not standing:
        return (
            f"At {point}, no group of {films} stands out beyond chance: the worst of "
            f"{of_class.groups}, {worst.name}, is {told}, one is as far behind in "
            f"{often(rates.by_chance)} of cases."
        )
    more = of_class.standing - 1
    others = f" {more} more group{' stands' if more == 1 else 's stand'} out." if more else ""
    return (
        f"At {point}, {films} of {worst.name} are {told}, the worst of {of_class.groups} groups, "
        f"had it so many films, would be at {_percent(rates.floor)} or below once in 20 times."
        f"{others}"
    )


def often(probability: float) -> str:
    """How often chance does something, in words: `3 %`, `< 1 %`; empty where that is not known."""
    if math.isnan(probability):
        return ""
    return "< 1 %" if probability < 0.01 else f"{100 * probability:.0f} %"


def _percent(share: float) -> str:
    digits = 1 if 0.99 < share < 1 else 0  # not all of them
    return f"{100 * share:.{digits}f} %"
