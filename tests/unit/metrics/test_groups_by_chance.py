"""How far groups fall behind by chance: against exact distributions, and naive dealing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from pneumoscope.metrics.groups_by_chance import groups_by_chance


def members_of(sizes: list[int], films: int) -> np.ndarray:
    """Groups one after the other: `(G, N)`."""
    ends = np.cumsum(sizes)
    places = np.arange(films)
    return np.stack(
        [(places >= end - size) & (places < end) for size, end in zip(sizes, ends, strict=True)]
    )


def test_one_group_of_single_films_is_hypergeometric() -> None:
    """Dealing outcomes anew to patients of one film draws the group without replacement."""
    films, wrong, size = 200, 20, 40
    for own in (3, 6, 8, 10):  # wrong films in the group
        right = np.ones(films, dtype=bool)
        right[:own] = right[size : size + wrong - own] = False
        patients = [f"p{place}" for place in range(films)]
        found = groups_by_chance(
            right,
            patients,
            members_of([size], films),
            rng=np.random.default_rng(0),
            replicates=20_000,
        )
        exact = hypergeom.sf(own - 1, films, wrong, size)
        assert found.probability[0] == pytest.approx(exact, abs=0.012)
        # At the floor a group stands out, one film above it it does not.
        most = max(
            k for k in range(size + 1) if hypergeom.sf(size - k - 1, films, wrong, size) <= 0.05
        )
        assert found.floor[0] == pytest.approx(most / size)


def test_several_groups_are_those_of_naive_dealing() -> None:
    """The same figures as loops over all permutations of eight patients of one or two films."""
    right = np.array([1, 1, 0, 1, 0, 0, 1, 1, 1, 1], dtype=bool)
    patients = ["a", "b", "c", "d", "e", "e", "f", "f", "g", "g"]
    members = np.array([[0, 0, 1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0, 1, 0, 0, 0]], dtype=bool)
    single, double = [[0], [1], [2], [3]], [[4, 5], [6, 7], [8, 9]]
    counts = []
    for ones in itertools.permutations(single):
        for twos in itertools.permutations(double):
            dealt = right.copy()
            for to, giver in zip([*single, *double], [*ones, *twos], strict=True):
                dealt[to] = right[giver]
            counts.append([int((dealt & group).sum()) for group in members])
    own = [int((right & group).sum()) for group in members]
    rarity = [
        [sum(other[g] <= count[g] for other in counts) / len(counts) for g in range(2)]
        for count in counts
    ]
    found = groups_by_chance(
        right, patients, members, rng=np.random.default_rng(1), replicates=40_000
    )
    for g in range(2):
        mine = sum(other[g] <= own[g] for other in counts) / len(counts)
        expected = sum(min(both) <= mine + 1e-9 for both in rarity) / len(counts)
        assert found.probability[g] == pytest.approx(expected, abs=0.01)


def test_groups_are_looked_at_among_the_films_that_are_told() -> None:
    """Half of the films are hard: a group of hard ones is as bad as the hard ones are."""
    films, own = 400, 40
    right = np.arange(films) % 4 != 0
    right[:200] = np.arange(200) % 4 == 0
    members, patients = members_of([own], films), [f"p{place}" for place in range(films)]
    hard = (np.arange(films) < 200)[None]
    rng = np.random.default_rng(6)
    assert groups_by_chance(right, patients, members, rng=rng).probability[0] < 0.05
    found = groups_by_chance(right, patients, members, hard, rng=rng, replicates=10_000)
    exact = hypergeom.cdf(right[:own].sum(), 200, right[:200].sum(), own)
    assert found.probability[0] == pytest.approx(exact, abs=0.015)


def test_by_chance_alone_some_group_stands_out_once_in_20_times() -> None:
    rng = np.random.default_rng(2)
    sizes = [10, 12, 15, 20, 30, 40, 60, 80]
    patients = [f"p{place // 2}" for place in range(300)]
    standing = 0
    for _ in range(150):
        right = np.repeat(rng.random(150) < 0.9, 2)  # films of a patient go together
        found = groups_by_chance(right, patients, members_of(sizes, 300), rng=rng, replicates=300)
        standing += bool(found.probability.min() <= 0.05)
    assert standing / 150 < 0.1


def test_a_large_failing_group_is_found_beside_small_ones() -> None:
    """The least share alone would be that of the small groups, and hide it."""
    rng = np.random.default_rng(3)
    right = rng.random(600) < 0.95
    sizes = [10] * 20 + [60]
    members = members_of(sizes, 600)
    right[members[-1]] = rng.random(60) < 0.75
    found = groups_by_chance(right, [f"p{i}" for i in range(600)], members, rng=rng)
    assert found.probability[-1] < 0.01
    assert right[members[:-1].any(axis=0)].mean() > 0.9
    assert (found.probability[:-1] > 0.05).all()


def test_the_films_of_one_patient_are_one_piece_of_bad_luck() -> None:
    """Ten wrong films of ten patients stand out, ten of one patient do not."""
    right = np.ones(200, dtype=bool)
    right[:10] = False
    members = members_of([20], 200)
    ten = [f"p{place}" for place in range(200)]
    one = [f"p{place // 10}" for place in range(200)]
    rng = np.random.default_rng(4)
    assert groups_by_chance(right, ten, members, rng=rng).probability[0] < 0.01
    assert groups_by_chance(right, one, members, rng=rng).probability[0] > 0.05


@given(st.integers(0, 2**32 - 1))
def test_figures_stay_in_their_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    films = int(rng.integers(12, 60))
    right = rng.random(films) < rng.random()
    patients = [f"p{number}" for number in rng.integers(0, films, films)]
    members = rng.random((5, films)) < 0.5
    members[:, 0] = True
    found = groups_by_chance(right, patients, members, rng=rng, replicates=60)
    assert ((found.probability > 0) & (found.probability <= 1)).all()
    for group, probability, floor in zip(members, found.probability, found.floor, strict=True):
        stands_out = right[group].mean() <= floor + 1e-12  # never where there is no floor
        assert stands_out == (probability <= 0.05)
