"""Paired tests against textbook formulas, statsmodels and published figures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import ndtri
from scipy.stats import norm
from sklearn.metrics import cohen_kappa_score, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.paired import (
    cohens_kappa,
    delong_test,
    delong_tests_by_class,
    holm,
    mcnemar_test,
)

# Albumin, total protein, K-G score and outcome of 43 patients with ovarian cancer: the data of
# DeLong et al. (1988) as the SAS/STAT User's Guide prints them (PROC LOGISTIC, "Comparing Receiver
# Operating Characteristic Curves"), whose figures are the golden values below.
OVARIAN_CANCER = """
3.0 5.8 10 0   3.2 6.3  5 1   3.9 6.8  3 1   2.8 4.8  6 0   3.2 5.8  3 1   0.9 4.0  5 0
2.5 5.7  8 0   1.6 5.6  5 1   3.8 5.7  5 1   3.7 6.7  6 1   3.2 5.4  4 1   3.8 6.6  6 1
4.1 6.6  5 1   3.6 5.7  5 1   4.3 7.0  4 1   3.6 6.7  4 0   2.3 4.4  6 1   4.2 7.6  4 0
4.0 6.6  6 0   3.5 5.8  6 1   3.8 6.8  7 1   3.0 4.7  8 0   4.5 7.4  5 1   3.7 7.4  5 1
3.1 6.6  6 1   4.1 8.2  6 1   4.3 7.0  5 1   4.3 6.5  4 1   3.2 5.1  5 1   2.6 4.7  6 1
3.3 6.8  6 0   1.7 4.0  7 0   3.7 6.1  5 1   3.3 6.3  7 1   4.2 7.7  6 1   3.5 6.2  5 1
2.9 5.7  9 0   2.1 4.8  7 1   2.8 6.2  8 0   4.0 7.0  7 1   3.3 5.7  6 1   3.7 6.9  5 1
3.6 6.6  5 1
"""


def two_columns(scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Scores of class 1 as a table `(N, 2)`."""
    positive = np.asarray(scores, dtype=float)
    return np.stack([1 - positive, positive], axis=1)


def textbook_delong(
    positive: npt.NDArray[np.bool_], first: npt.ArrayLike, second: npt.ArrayLike
) -> tuple[float, float]:
    """Difference of areas and its variance, pair by pair as DeLong et al. (1988) write it."""
    v10, v01 = [], []
    for scores in (np.asarray(first, dtype=float), np.asarray(second, dtype=float)):
        kernel = np.sign(scores[positive][:, None] - scores[~positive][None, :]) / 2 + 0.5
        v10.append(kernel.mean(axis=1))
        v01.append(kernel.mean(axis=0))
    covariance = np.cov(v10) / positive.sum() + np.cov(v01) / (~positive).sum()
    contrast = np.array([1.0, -1.0])
    return float(v10[0].mean() - v10[1].mean()), float(contrast @ covariance @ contrast)


@pytest.mark.parametrize(
    ("column", "difference", "low", "high", "p_value"),
    [(0, 0.0108, -0.1761, 0.1976, 0.9102), (1, -0.0780, -0.2830, 0.1271, 0.4561)],
    ids=["albumin", "total protein"],
)
def test_delong_gives_the_published_figures(
    column: int, difference: float, low: float, high: float, p_value: float
) -> None:
    table = np.array(OVARIAN_CANCER.split(), dtype=float).reshape(-1, 4)
    result = delong_test(
        table[:, 3].astype(int), two_columns(table[:, column]), two_columns(10 - table[:, 2])
    )
    interval = result.difference
    assert [interval.value, interval.low, interval.high] == pytest.approx(
        [difference, low, high], abs=6e-5
    )
    assert result.p_value == pytest.approx(p_value, abs=6e-5)


@given(seed=st.integers(0, 2**32 - 1), films=st.integers(8, 60), levels=st.integers(2, 40))
def test_delong_is_the_textbook_formula(seed: int, films: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.arange(films) % 3 // 2
    first = rng.integers(0, levels, films) / levels
    second = rng.integers(0, levels, films) / levels
    difference, variance = textbook_delong(labels == 1, first, second)
    result = delong_test(labels, two_columns(first), two_columns(second))
    assert result.difference.value == pytest.approx(difference, abs=1e-12)
    if variance > 1e-15:  # below that, the textbook's is rounding, and the test is undefined
        error = np.sqrt(variance)
        assert result.p_value == pytest.approx(2 * norm.sf(abs(difference) / error), abs=1e-9)
        assert result.difference.high == pytest.approx(min(1, difference + ndtri(0.975) * error))


def test_delong_of_clusters_is_obuchowskis_formula() -> None:
    """Equations 4 and 5 of Obuchowski (1997), covariance by covariance and patient by patient."""
    rng = np.random.default_rng(1)
    patients = rng.integers(0, 25, 80)
    labels = rng.integers(0, 2, 80)
    scores = rng.normal(size=(2, 80)) + labels
    v10, v01 = np.zeros((2, 80)), np.zeros((2, 80))
    for model in range(2):
        kernel = (scores[model][:, None] > scores[model][None, :]).astype(float)
        v10[model] = kernel[:, labels == 0].mean(axis=1)
        v01[model] = kernel[labels == 1].mean(axis=0)
    areas = v10[:, labels == 1].mean(axis=1)
    ill, healthy = (labels == 1).sum(), (labels == 0).sum()
    s10, s01, s11 = np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 2))
    with_ill = with_healthy = 0
    for patient in np.unique(patients):
        own = patients == patient
        with_ill += (labels[own] == 1).any()
        with_healthy += (labels[own] == 0).any()
        x = v10[:, own & (labels == 1)].sum(axis=1) - (labels[own] == 1).sum() * areas
        y = v01[:, own & (labels == 0)].sum(axis=1) - (labels[own] == 0).sum() * areas
        s10 += np.outer(x, x)
        s01 += np.outer(y, y)
        s11 += np.outer(x, y)
    count = np.unique(patients).size
    covariance = s10 * with_ill / (with_ill - 1) / ill**2
    covariance += s01 * with_healthy / (with_healthy - 1) / healthy**2
    covariance += (s11 + s11.T) * count / (count - 1) / (ill * healthy)
    error = np.sqrt(np.array([1, -1]) @ covariance @ np.array([1, -1]))

    result = delong_test(
        labels, two_columns(scores[0]), two_columns(scores[1]), patients=patients.astype(str)
    )
    half_width = (result.difference.high - result.difference.low) / 2
    assert half_width == pytest.approx(1.959964 * error, rel=1e-6)


def test_patients_of_one_film_change_nothing() -> None:
    rng = np.random.default_rng(2)
    labels, first, second = rng.integers(0, 3, 50), rng.normal(size=(50, 3)), np.ones((50, 3))
    names = [f"patient {i}" for i in rng.permutation(50)]
    assert delong_test(labels, first, second, patients=names).p_value == pytest.approx(
        delong_test(labels, first, second).p_value
    )
    rights = rng.integers(0, 2, (2, 50)).astype(bool)
    assert mcnemar_test(*rights, patients=names) == mcnemar_test(*rights)


def test_repeating_every_film_of_a_patient_tells_nothing_new() -> None:
    rng = np.random.default_rng(3)
    labels = np.arange(60) % 2
    first, second = (two_columns(rng.normal(size=60) + labels) for _ in range(2))
    once = delong_test(labels, first, second)
    twice = np.repeat(np.arange(60), 2)
    films = labels[twice], first[twice], second[twice]
    assert delong_test(*films, patients=twice.astype(str)).p_value == pytest.approx(once.p_value)
    assert delong_test(*films).p_value < once.p_value


def test_more_classes_average_one_against_the_rest() -> None:
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 3, 90)
    first = rng.dirichlet(np.ones(3), 90) + np.eye(3)[labels]
    second = rng.dirichlet(np.ones(3), 90) + 0.5 * np.eye(3)[labels]
    first, second = first / first.sum(1, keepdims=True), second / second.sum(1, keepdims=True)
    tests = delong_tests_by_class(labels, first, second)
    for target, test in enumerate(tests):
        difference, variance = textbook_delong(
            labels == target, first[:, target], second[:, target]
        )
        assert test.difference.value == pytest.approx(difference)
        assert test.p_value == pytest.approx(2 * norm.sf(abs(difference) / np.sqrt(variance)))
    macro = delong_test(labels, first, second)
    areas = [roc_auc_score(labels, scores, multi_class="ovr") for scores in (first, second)]
    assert macro.difference.value == pytest.approx(areas[0] - areas[1])
    assert macro.difference.value == pytest.approx(np.mean([t.difference.value for t in tests]))


def test_a_class_without_films_is_left_out_of_the_mean() -> None:
    labels = np.arange(20) % 2
    rng = np.random.default_rng(5)
    first, second = rng.random((20, 3)), rng.random((20, 3))
    tests = delong_tests_by_class(labels, first, second)
    assert np.isnan(tests[2].difference.value)
    assert delong_test(labels, first, second).difference.value == pytest.approx(
        (tests[0].difference.value + tests[1].difference.value) / 2
    )


@given(
    labels=hnp.arrays(np.int64, 12, elements=st.integers(0, 2)),
    scores=hnp.arrays(float, (2, 12, 3), elements=st.integers(0, 4).map(float)),
    patients=hnp.arrays(np.int64, 12, elements=st.integers(0, 6)),
)
def test_delong_is_antisymmetric_and_stays_in_range(
    labels: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    patients: npt.NDArray[np.int64],
) -> None:
    names = [str(patient) for patient in patients]
    there = delong_test(labels, scores[0], scores[1], patients=names)
    back = delong_test(labels, scores[1], scores[0], patients=names)
    assert there.difference.value == pytest.approx(-back.difference.value, nan_ok=True)
    assert there.difference.low == pytest.approx(-back.difference.high, nan_ok=True)
    assert there.p_value == pytest.approx(back.p_value, nan_ok=True)
    if not np.isnan(there.p_value):
        assert 0 <= there.p_value <= 1
        assert -1 <= there.difference.low <= there.difference.value <= there.difference.high <= 1


def test_identical_models_cannot_be_told_apart() -> None:
    labels = np.arange(10) % 2
    scores = two_columns(np.linspace(0, 1, 10))
    result = delong_test(labels, scores, two_columns(np.linspace(0, 1, 10) ** 3))
    assert (result.difference.value, result.p_value) == (0.0, 1.0)
    rights = np.arange(10) % 3 == 0
    same = mcnemar_test(rights, rights)
    assert (same.difference.value, same.p_value, same.only_first) == (0.0, 1.0, 0)
    assert same.difference.low < 0 < same.difference.high


@pytest.mark.parametrize(
    ("labels", "patients"),
    [
        (np.zeros(6, dtype=int), None),
        (np.array([0, 0, 0, 0, 0, 1]), None),
        (np.array([0, 0, 0, 1, 1, 1]), list("abcddd")),
        # One model right throughout, the other always the same: nothing varies.
        (np.array([0, 0, 0, 1, 1, 1]), None),
    ],
    ids=["one class", "one film", "one patient", "no spread"],
)
def test_too_little_to_tell_is_undefined(
    labels: npt.NDArray[np.int64], patients: list[str] | None
) -> None:
    result = delong_test(
        labels, two_columns(np.linspace(0, 1, 6)), np.full((6, 2), 0.5), patients=patients
    )
    assert np.isnan([result.p_value, result.difference.low, result.difference.high]).all()


@given(
    rights=hnp.arrays(bool, st.tuples(st.just(2), st.integers(1, 80))),
)
def test_mcnemar_is_the_exact_test_of_statsmodels(rights: npt.NDArray[np.bool_]) -> None:
    first, second = rights
    table = [
        [(first & second).sum(), (first & ~second).sum()],
        [(~first & second).sum(), (~first & ~second).sum()],
    ]
    result = mcnemar_test(first, second)
    assert result.p_value == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert (result.only_first, result.only_second) == (table[0][1], table[1][0])
    assert result.difference.value == pytest.approx(first.mean() - second.mean())
    assert -1 <= result.difference.low <= result.difference.value <= result.difference.high <= 1
    back = mcnemar_test(second, first)
    assert back.p_value == pytest.approx(result.p_value)
    assert back.difference.low == pytest.approx(-result.difference.high)


def test_the_interval_of_accuracies_is_agresti_and_mins() -> None:
    """Their formula, with half a film added to each of the four outcomes."""
    first = np.array([True] * 12 + [False] * 5 + [True] * 60 + [False] * 23)
    second = np.array([False] * 12 + [True] * 5 + [True] * 60 + [False] * 23)
    b, c, n = 12.5, 5.5, 102
    centre = (b - c) / n
    half_width = 1.959964 * np.sqrt(b + c - (b - c) ** 2 / n) / n
    interval = mcnemar_test(first, second).difference
    assert interval.low == pytest.approx(centre - half_width, rel=1e-6)
    assert interval.high == pytest.approx(centre + half_width, rel=1e-6)


def test_mcnemar_of_patients_tries_every_sign() -> None:
    rng = np.random.default_rng(6)
    patients = rng.integers(0, 11, 40)
    rights = rng.random((2, 40)) < np.array([[0.8], [0.5]])
    gain = rights[0].astype(int) - rights[1].astype(int)
    balance = np.array([gain[patients == patient].sum() for patient in np.unique(patients)])
    signs = 1 - 2 * (np.arange(2**balance.size)[:, None] >> np.arange(balance.size) & 1)
    expected = (np.abs(signs @ balance) >= abs(balance.sum())).mean()
    result = mcnemar_test(*rights, patients=patients.astype(str))
    assert result.p_value == pytest.approx(expected)
    assert result.p_value != pytest.approx(mcnemar_test(*rights).p_value)


def test_mcnemar_of_many_films_keeps_its_precision() -> None:
    first = np.repeat([True, False], [2600, 2400])
    p_value = mcnemar_test(first, ~first).p_value
    assert p_value == pytest.approx(mcnemar([[0, 2600], [2400, 0]], exact=True).pvalue)


@pytest.mark.parametrize("tests", [1, 2, 5, 20])
def test_holm_is_that_of_statsmodels(tests: int) -> None:
    p_values = np.random.default_rng(tests).random(tests).round(1) ** 3
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


def test_undefined_tests_do_not_count() -> None:
    corrected = holm([0.02, np.nan, 0.04])
    assert corrected[[0, 2]] == pytest.approx([0.04, 0.04])
    assert np.isnan(corrected[1])
    assert holm([]).size == 0


@given(hnp.arrays(np.int64, (2, 30), elements=st.integers(0, 2)))
def test_kappa_is_that_of_scikit_learn(called: npt.NDArray[np.int64]) -> None:
    result = cohens_kappa(called[0], called[1], 3)
    if np.unique(called).size == 1:
        assert np.isnan(result)
    else:
        assert result == pytest.approx(cohen_kappa_score(called[0], called[1]))


def test_arrays_that_do_not_fit_are_refused() -> None:
    labels, scores = np.array([0, 1, 0]), np.ones((3, 2))
    with pytest.raises(DatasetError, match="2 and 3 columns"):
        delong_test(labels, scores, np.ones((3, 3)))
    with pytest.raises(DatasetError, match="rows of scores"):
        delong_test(labels, scores, np.ones((2, 2)))
    with pytest.raises(DatasetError, match="2 patients for 3"):
        delong_test(labels, scores, scores, patients=["a", "b"])
    with pytest.raises(DatasetError, match="level"):
        delong_test(labels, np.array([[0, 1], [1, 0], [0.5, 0.5]]), scores, level=1.0)
    with pytest.raises(DatasetError, match="shapes"):
        mcnemar_test([True], [True, False])
    with pytest.raises(DatasetError, match="right"):
        mcnemar_test([0, 1], [1, 1])
    with pytest.raises(DatasetError, match="from 0 to 1"):
        holm([0.5, 1.5])
    with pytest.raises(DatasetError, match="3 and 1 decisions"):
        cohens_kappa([0, 1, 1], [0], 2)
