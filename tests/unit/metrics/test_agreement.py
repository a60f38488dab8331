"""Agreement, against scikit-learn, published figures and studies with a known truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import cohen_kappa_score

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.agreement import cohens_kappa, counted_share


@given(
    st.integers(2, 4).flatmap(
        lambda classes: hnp.arrays(np.int64, (classes, classes), elements=st.integers(0, 8))
    )
)
def test_kappa_is_that_of_scikit_learn(counts: npt.NDArray[np.int64]) -> None:
    first, second = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    found = cohens_kappa(counts)
    if counts.sum() == 0 or len(set(first) | set(second)) == 1:
        assert np.isnan([found.value, found.low, found.high]).all()
        return
    expected = cohen_kappa_score(first, second, labels=range(len(counts)))
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert -1 <= found.low <= found.value <= found.high <= 1


def test_of_many_films_the_interval_is_that_of_the_large_sample_variance() -> None:
    # statsmodels has the variance of Fleiss, Cohen & Everitt too.
    from statsmodels.stats.inter_rater import cohens_kappa as reference

    counts = np.array([[440, 60, 30], [50, 310, 40], [20, 50, 200]]) * 100
    told, found = reference(counts), cohens_kappa(counts)
    assert found.value == pytest.approx(told.kappa)
    assert (found.low, found.high) == pytest.approx((told.kappa_low, told.kappa_upp), abs=1e-4)


def test_without_a_disagreement_few_films_tell_less_than_many() -> None:
    few, many = cohens_kappa([[5, 0], [0, 5]]), cohens_kappa([[500, 0], [0, 500]])
    assert few.value == few.high == many.value == many.high == 1
    assert few.low < 0.6 < 0.98 < many.low
    assert counted_share(10, 10).low == pytest.approx(0.025 ** (1 / 10))
    assert np.isnan(counted_share(0, 0).value)


@pytest.mark.parametrize("counts", [[1, 2], [[1, 2]], [[1, -1], [0, 2]]])
def test_what_is_no_square_of_counts_is_refused(counts: npt.ArrayLike) -> None:
    with pytest.raises(DatasetError, match="square of counts"):
        cohens_kappa(counts)


@pytest.mark.parametrize("films", [30, 200])
@pytest.mark.parametrize(
    "chances",
    [
        [[0.45, 0.05], [0.05, 0.45]],
        [[0.85, 0.02], [0.03, 0.10]],
        [[0.30, 0.20], [0.20, 0.30]],
        [[0.40, 0.04, 0.02], [0.05, 0.25, 0.03], [0.01, 0.05, 0.15]],
    ],
)
def test_intervals_hold_the_truth_of_repeated_studies(
    chances: list[list[float]], films: int
) -> None:
    shares = np.array(chances)
    chance = shares.sum(axis=0) @ shares.sum(axis=1)
    truth = (np.trace(shares) - chance) / (1 - chance)
    rng = np.random.default_rng(0)
    studies = rng.multinomial(films, shares.ravel(), size=1000).reshape(-1, *shares.shape)
    held = []
    for counts in studies:
        found = cohens_kappa(counts)
        if not np.isnan(found.value):
            held.append(found.low <= truth <= found.high)
    assert len(held) > 900
    assert 0.93 <= np.mean(held) <= 0.985
