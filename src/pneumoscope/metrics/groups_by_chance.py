"""How far the worst of many groups of films falls behind by chance alone.

Among many groups some are bad by bad luck, small ones most of all. What chance does is found by
dealing the outcomes of patients anew: each patient gets those of another who has as many films, so
that films of one patient go together, the groups keep their sizes and their overlap, and the share
of all films stays. Groups that are looked at among other films are dealt apart. A group then stands
out if it is worse than the groups that are worst by chance, each measured by how rare its share is
for its own films (min-P of Westfall & Young 1993, single step), so that a small group at a low
share does not hide a large one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.intervals import CHUNK_ELEMENTS

Mask = npt.NDArray[np.bool_]
"""Which of some films."""

STANDS_OUT = 0.05
"""A group stands out that chance alone makes of one of all groups once in 20 times or less."""


@dataclass(frozen=True)
class GroupsByChance:
    """What chance makes of G groups.

    `probability` `(G,)` is how often some group is as far behind as this one, if all films have the
    same chance to be right. `floor` `(G,)` is the highest share at which the group would stand out;
    `nan` where it would at none.
    """

    probability: Floats
    floor: Floats


def groups_by_chance(
    right: Mask,
    patients: Sequence[str],
    members: Mask,
    among: Mask | None = None,
    *,
    rng: np.random.Generator,
    replicates: int = 1000,
    level: float = STANDS_OUT,
) -> GroupsByChance:
    """What chance makes of groups of films, of which those that are called `right` `(N,)` are told.

    `patients` `(N,)` names the patient of each film, `members` `(G, N)` says which films each group
    has, one or more. Groups may overlap. Each is compared with the films `among` which it is,
    `(G, N)`, all of them by default.
    """
    among = np.ones_like(members) if among is None else among
    counts = np.empty((len(members), replicates), dtype=np.int64)
    kinds, kind_of = np.unique(among, axis=0, return_inverse=True)
    for number, films in enumerate(kinds):
        together = kind_of.ravel() == number
        theirs = members[together][:, films].T.astype(np.float32)
        names = np.asarray(patients)[films]
        dealt = [chunk @ theirs for chunk in _dealt(right[films], names, replicates, rng)]
        counts[together] = np.concatenate(dealt).T.astype(np.int64)
    sizes, own = members.sum(axis=1), members @ right.astype(np.int64)
    # For each group and number of right films: how often chance gives so many or fewer.
    rarities = [
        (1 + np.cumsum(np.bincount(dealt, minlength=size + 1))) / (1 + replicates)
        for dealt, size in zip(counts, sizes, strict=True)
    ]
    ranks = np.stack([rarity[dealt] for rarity, dealt in zip(rarities, counts, strict=True)])
    rarest = np.sort(ranks.min(axis=0))
    probability, floor = np.empty(len(sizes)), np.full(len(sizes), np.nan)
    for group, (rarity, size) in enumerate(zip(rarities, sizes, strict=True)):
        adjusted = (1 + np.searchsorted(rarest, rarity, side="right")) / (1 + replicates)
        probability[group] = adjusted[own[group]]
        if (below := np.flatnonzero(adjusted <= level)).size:
            floor[group] = below[-1] / size
    return GroupsByChance(probability, floor)


def _dealt(
    right: Mask,
    patients: npt.NDArray[np.str_],
    replicates: int,
    rng: np.random.Generator,
) -> Iterator[npt.NDArray[np.float32]]:
    """Outcomes 0 and 1 as chance deals them, in chunks `(B, N)`, `replicates` rows in all."""
    _, member, films = np.unique(patients, return_inverse=True, return_counts=True)
    order = np.argsort(member, kind="stable")
    starts = np.cumsum(films) - films
    # The films of patients who have as many: one row a patient.
    alike = [order[starts[films == size][:, None] + np.arange(size)] for size in np.unique(films)]
    rows = max(1, CHUNK_ELEMENTS // len(right))
    for start in range(0, replicates, rows):
        chunk = min(rows, replicates - start)
        dealt = np.empty((chunk, len(right)), dtype=np.float32)
        for theirs in alike:
            places = np.broadcast_to(np.arange(len(theirs)), (chunk, len(theirs)))
            dealt[:, theirs] = right[theirs][rng.permuted(places, axis=1)]
        yield dealt
