"""What models have seen of the films that they are judged on, and what is said of it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import get_args

from pneumoscope.metrics.records import Record
from pneumoscope.modelfile.manifest import Role
from pneumoscope.wording import count_films, listed

FEWEST_FILMS = 10
"""Films of a class that must be left without those seen, for figures of the others to be given."""


class Exposure(Record):
    """What a model has seen of some films, in films.

    It learned from those in `train`. Those in `val` chose its epoch, calibration and thresholds, so
    it looks a little better on them than it is. Those `held_out` it never met. Of `unknown` films
    its file does not tell.
    """

    train: int
    val: int
    held_out: int
    unknown: int

    @classmethod
    def of(cls, roles: Sequence[Role]) -> Exposure:
        """The exposure to films of these roles."""
        return cls(**{role: roles.count(role) for role in get_args(Role)})

    @property
    def films(self) -> int:
        """All of them."""
        return self.train + self.val + self.held_out + self.unknown

    def sentence(self, judged: int) -> str:
        """How many films were seen, and as what, where so many of all were judged; empty where none
        was, or where it is not known."""
        parts = []
        if self.train:
            parts.append(f"learned from {self.train:,}")
        if self.val:
            parts.append(f"had its settings chosen by {self.val:,}")
        if not parts:
            return ""
        others = f" Figures are of the other {judged:,}." if judged < self.films else ""
        return f"Of the {count_films(self.films)}, the model {listed(parts)}.{others}"

    def warning(self, judged: int) -> str:
        """Why figures may be better than they would be on new films, where so many of all were
        judged; empty where nothing speaks for that."""
        if judged < self.films:
            return ""
        if self.train:
            return "Figures look better than they are: the model learned from some of these films."
        if self.val:
            return (
                "Figures look a little better than they are: some of these films chose the "
                "model's epoch, calibration and thresholds."
            )
        if self.unknown:
            return (
                "Whether the model learned from any of these films is not known: its file was "
                "written before model files told. If so, figures look better than they are."
            )
        return ""


NOTHING_KNOWN = Exposure.of(())


def enough_without(labels: Sequence[str], kept: Sequence[bool]) -> bool:
    """Whether the films that are `kept` suffice for figures: of every class at least ten, or all
    that there are."""
    films, left = Counter(labels), Counter(itertools.compress(labels, kept))
    return all(left[label] >= min(FEWEST_FILMS, count) for label, count in films.items())
