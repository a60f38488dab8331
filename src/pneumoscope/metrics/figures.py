"""Figures of weighted samples, and of how many films those between 0 and 1 are shares."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from pneumoscope.metrics.checks import Floats

Name = TypeVar("Name", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


class Figures(dict[Name, Floats]):
    """Figures by name, `(B,)` each: one for each of B weighted samples.

    `shares` says, `(B,)` by name, of how many films a figure is a share, and `areas` how many films
    of each kind an area under a curve compares. Their intervals hold near 0 and 1, where those of
    the bootstrap are too narrow; see `metrics.bounded`.
    """

    def __init__(
        self,
        figures: Mapping[Name, Floats] | None = None,
        *,
        shares: Mapping[Name, Floats] | None = None,
        areas: Mapping[Name, Floats] | None = None,
    ) -> None:
        super().__init__(figures or {})
        self.shares = dict(shares or {})
        self.areas = dict(areas or {})

    def take(self, other: Figures[Other], old: Other, new: Name) -> None:
        """Take over one of the figures of `other` under a new name."""
        self.add(
            Figures(
                {old: other[old]},
                shares={old: other.shares[old]} if old in other.shares else None,
                areas={old: other.areas[old]} if old in other.areas else None,
            ),
            lambda _: new,
        )

    def add(self, other: Figures[Other], name: Callable[[Other], Name]) -> None:
        """Take over the figures of `other` under new names."""
        self.update({name(old): values for old, values in other.items()})
        self.shares |= {name(old): films for old, films in other.shares.items()}
        self.areas |= {name(old): films for old, films in other.areas.items()}
