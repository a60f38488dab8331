"""Groups of films that were made alike, found without looking at lungs or labels.

Validation on random patients has every machine and every habit on both sides; only whole groups
that are held out rehearse what happens where films are made otherwise. Where the share of ill films
differs between groups, how a film was made tells its class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from pneumoscope.data.acquisition import Acquisition
from pneumoscope.metrics.agreement import counted_share
from pneumoscope.metrics.intervals import Interval

MOST_GROUPS = 20
_FILMS_A_GROUP = 60  # on average; fewer tell too little
_CLIP = 4.0  # standard deviations; one odd film is no group of its own
_RUNS = 10
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class GroupShare:
    """A group of films: how many of each class, and the share of its films that have a finding."""

    group: str
    films: dict[str, int]
    finding_share: Interval

    @property
    def count(self) -> int:
        """All films of the group."""
        return sum(self.films.values())


def acquisition_vectors(
    acquisitions: Sequence[Acquisition], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """The traces of films as float64 `(N, D)`: standardised, clipped at four standard deviations,
    each of the five kinds with as much variance as another. `weights` are those of films."""
    if not acquisitions:
        return np.zeros((0, 1))
    kinds = []
    for kind in fields(Acquisition):
        values = np.stack([getattr(film, kind.name) for film in acquisitions])
        middle = np.average(values, axis=0, weights=weights)
        spread = np.sqrt(np.average((values - middle) ** 2, axis=0, weights=weights))
        varied = spread > 1e-9
        if varied.any():
            standard = (values - middle)[:, varied] / spread[varied]
            kinds.append(np.clip(standard, -_CLIP, _CLIP) / np.sqrt(varied.sum()))
    return np.hstack(kinds) if kinds else np.zeros((len(acquisitions), 1))


def group_films(
    acquisitions: Sequence[Acquisition], y_true: NDArray[np.int64], seed: int = 0
) -> list[str] | None:
    """The group of each film, `A` being the largest; `None` where films are too few for two groups.

    k-means (Lloyd 1982) on `acquisition_vectors`, with 60 films a group on average and 20 groups at
    most. Classes weigh the same altogether, or groups of a rare class would not show; beyond that
    labels, int64 `(N,)`, play no part. Another version of scikit-learn may divide differently:
    keep the table.
    """
    count = min(len(acquisitions) // _FILMS_A_GROUP, MOST_GROUPS)
    if count < 2:
        return None
    sizes = np.bincount(y_true)
    weights = len(y_true) / (np.count_nonzero(sizes) * sizes[y_true])
    vectors = acquisition_vectors(acquisitions, weights)
    means = KMeans(count, n_init=_RUNS, random_state=seed).fit(vectors, sample_weight=weights)
    found, place, films = np.unique(means.labels_, return_inverse=True, return_counts=True)
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.argsort(-films, kind="stable")] = np.arange(len(found))
    return [_LETTERS[rank[index]] for index in place]


def group_shares(
    groups: Sequence[str], labels: Sequence[str], class_names: Sequence[str]
) -> list[GroupShare]:
    """The groups in order of their names, with the share of each that has a finding: that is not
    of the first class, which is the healthy one where there is one."""
    rows = []
    for group in sorted(set(groups)):
        members = [label for label, own in zip(labels, groups, strict=True) if own == group]
        films = {name: members.count(name) for name in class_names}
        share = counted_share(len(members) - films[class_names[0]], len(members))
        rows.append(GroupShare(group, films, share))
    return rows
