"""What is divided as a whole: patients, together with those who share a film, and random ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pneumoscope.data.table import FilmTable

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


def patient_groups(table: FilmTable, digests: Sequence[str] | None) -> Ints:
    """The group of each film, int64 `(N,)`, numbered in the order of patients: a patient with all
    who share a byte-identical film. `digests` are as `assign_splits` has them."""
    patients, patient = np.unique(table.patient_ids, return_inverse=True)
    if digests is None:
        return patient.astype(np.int64)
    known = np.array([digest != "" for digest in digests], dtype=bool)
    contents, content = np.unique(np.asarray(digests)[known], return_inverse=True)
    nodes = len(patients) + len(contents)
    films = (patient[known], len(patients) + content)
    links = coo_array((np.ones(known.sum()), films), shape=(nodes, nodes))
    _, component = connected_components(links, directed=False)
    return np.asarray(component[patient], dtype=np.int64)


def random_groups(
    table: FilmTable, groups: Ints, pool: Mask, fraction: float, rng: np.random.Generator
) -> Mask:
    """Films of randomly drawn groups: about `fraction` of the pool in each class, as a mask.

    Groups are drawn class by class, one at least and never all; a group with films of several
    classes belongs to the most frequent.
    """
    chosen = []
    members, member = np.unique(groups[pool], return_inverse=True)
    films_of = np.zeros((len(members), len(table.class_names)), dtype=np.int64)
    np.add.at(films_of, (member, table.y_true[pool]), 1)
    for label in range(len(table.class_names)):
        candidates = rng.permutation(np.flatnonzero(films_of.argmax(axis=1) == label))
        taken = np.concatenate([[0], films_of[candidates].sum(axis=1).cumsum()])
        nearest = int(np.abs(taken - fraction * taken[-1]).argmin())
        count = min(max(nearest, 1), len(candidates) - 1)
        chosen.append(members[candidates[:count]])
    return pool & np.isin(groups, np.concatenate(chosen))
