from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import spearmanr

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.rank_correlation import rank_correlation


def test_known_orders() -> None:
    rows = [[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], [1, 1, 2, 2]]
    others = [[10, 20, 30, 400], [9, 7, 5, 3], [2, 1, 4, 3], [1, 2, 1, 2]]
    assert rank_correlation(rows, others) == pytest.approx([1.0, -1.0, 0.6, 0.0])


@given(
    st.tuples(st.integers(1, 5), st.integers(2, 30)).flatmap(
        lambda shape: st.tuples(
            *[hnp.arrays(np.float32, shape, elements=st.integers(-4, 4).map(float))] * 2
        )
    )
)
def test_equals_scipy_row_by_row(
    tables: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
) -> None:
    first, second = tables
    for ours, one, other in zip(rank_correlation(first, second), first, second, strict=True):
        if np.ptp(one) == 0 or np.ptp(other) == 0:
            assert np.isnan(ours)
        else:
            assert ours == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)
            assert -1.0 <= ours <= 1.0


def test_a_row_without_an_order_is_undefined() -> None:
    found = rank_correlation([[0.3, 0.3, 0.3], [1, 2, np.nan], [1, 2, 3]], [[1, 2, 3]] * 3)
    assert np.isnan(found[:2]).all()
    assert found[2] == 1.0


@pytest.mark.parametrize(
    ("first", "second"),
    [([1, 2], [1, 2]), ([[1, 2]], [[1, 2, 3]]), (np.ones((2, 0)), np.ones((2, 0)))],
)
def test_tables_that_do_not_fit_are_refused(first: npt.ArrayLike, second: npt.ArrayLike) -> None:
    with pytest.raises(DatasetError, match="one shape"):
        rank_correlation(first, second)
