from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from pneumoscope.errors import DatasetError
from pneumoscope.metrics import weighted
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.intervals import (
    Interval,
    bootstrap_intervals,
    bootstrap_means,
    patient_weights,
)

PATIENTS = ["a", "a", "b", "c", "c", "c", "d", "e"]


def mean_of(values: npt.ArrayLike) -> Callable[[Floats], dict[str, Floats]]:
    return lambda weights: {"mean": weighted.mean(np.asarray(values, dtype=float), weights)}


def test_patients_are_drawn_whole() -> None:
    weights = np.concatenate(list(patient_weights(PATIENTS, 500, np.random.default_rng(0))))
    assert weights.shape == (500, 8)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    first_films = weights[:, [0, 2, 3, 6, 7]]
    assert (first_films.sum(axis=1) == 5).all()
    assert first_films.mean(axis=0) == pytest.approx(np.ones(5), abs=0.15)


def test_equals_resampling_film_by_film_in_a_loop() -> None:
    rng = np.random.default_rng(1)
    patients = rng.integers(0, 60, 150).astype(str)
    labels = rng.integers(0, 2, 150)
    scores = rng.normal(size=150) + 1.2 * labels
    interval = bootstrap_intervals(
        lambda weights: {"auc": weighted.roc_auc(labels, scores, weights)},
        patients,
        rng=np.random.default_rng(2),
        replicates=4000,
    )["auc"]
    films_of = [np.flatnonzero(patients == patient) for patient in np.unique(patients)]
    brute = []
    for _ in range(1000):
        drawn = rng.integers(0, len(films_of), len(films_of))
        films = np.concatenate([films_of[patient] for patient in drawn])
        brute.append(roc_auc_score(labels[films], scores[films]))
    assert interval.value == pytest.approx(roc_auc_score(labels, scores))
    assert [interval.low, interval.high] == pytest.approx(
        np.percentile(brute, [2.5, 97.5]), abs=0.012
    )


def test_matches_the_normal_interval_of_a_mean() -> None:
    values = np.random.default_rng(3).normal(size=400)
    patients = [str(i) for i in range(400)]
    interval = bootstrap_intervals(
        mean_of(values), patients, rng=np.random.default_rng(4), replicates=5000, level=0.9
    )["mean"]
    half_width = 1.645 * values.std() / 20
    assert interval.value == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half_width, abs=0.005)
    assert interval.high == pytest.approx(values.mean() + half_width, abs=0.005)
    assert interval.level == 0.9


def test_covers_the_truth_where_drawing_films_one_by_one_does_not() -> None:
    rng = np.random.default_rng(5)
    patients = np.arange(50).repeat(6).astype(str)
    alone = np.arange(300).astype(str)
    covered = {"by patient": 0, "by film": 0}
    for _ in range(200):
        # Films of one patient are alike: what varies is the patient.
        values = rng.normal(size=50).repeat(6) + 0.3 * rng.normal(size=300)
        for name, units in (("by patient", patients), ("by film", alone)):
            interval = bootstrap_intervals(mean_of(values), units, rng=rng, replicates=200)["mean"]
            covered[name] += interval.low <= 0.0 <= interval.high
    assert 0.88 <= covered["by patient"] / 200 <= 0.98
    assert covered["by film"] / 200 < 0.75


def test_a_seed_gives_one_result_whatever_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(6).normal(size=len(PATIENTS))

    def interval() -> dict[str, Interval]:
        return bootstrap_intervals(mean_of(values), PATIENTS, rng=np.random.default_rng(7))

    whole = interval()
    monkeypatch.setattr("pneumoscope.metrics.intervals.CHUNK_ELEMENTS", 100)
    assert len(list(patient_weights(PATIENTS, 100, np.random.default_rng(0)))) == 9
    assert interval() == whole


def test_replicates_without_a_figure_are_left_out() -> None:
    labels = np.array([1, 0, 0, 0, 0, 0, 0, 0])
    scores = np.array([0.5, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    interval = bootstrap_intervals(
        lambda weights: {"auc": weighted.roc_auc(labels, scores, weights)},
        [str(i) for i in range(8)],
        rng=np.random.default_rng(8),
    )["auc"]
    # The ill film is drawn in two of three replicates; in the others there is no area.
    assert interval.value == pytest.approx(6 / 7)
    assert 0.4 < interval.low < 0.8
    assert interval.high == 1.0


def test_an_undefined_figure_has_an_undefined_interval() -> None:
    labels = np.ones(8, dtype=np.int64)
    intervals = bootstrap_intervals(
        lambda weights: {"auc": weighted.roc_auc(labels, np.arange(8.0), weights)},
        PATIENTS,
        rng=np.random.default_rng(9),
    )
    assert np.isnan([intervals["auc"].value, intervals["auc"].low, intervals["auc"].high]).all()


def test_a_single_patient_gives_no_interval() -> None:
    interval = bootstrap_intervals(
        mean_of([1.0, 2.0]), ["a", "a"], rng=np.random.default_rng(0), replicates=20
    )["mean"]
    assert interval.value == 1.5
    assert np.isnan([interval.low, interval.high]).all()
    assert str(interval) == "1.500"


@pytest.mark.parametrize(("replicates", "level"), [(0, 0.95), (10, 0.0), (10, 1.0)])
def test_impossible_intervals_are_refused(replicates: int, level: float) -> None:
    with pytest.raises(DatasetError, match="replicates and a level"):
        bootstrap_intervals(
            mean_of(range(8)),
            PATIENTS,
            rng=np.random.default_rng(0),
            replicates=replicates,
            level=level,
        )


def test_no_films_are_refused() -> None:
    with pytest.raises(DatasetError, match="no films"):
        bootstrap_intervals(mean_of([]), [], rng=np.random.default_rng(0))


def test_means_are_the_bootstrap_of_a_mean() -> None:
    values = np.random.default_rng(10).normal(size=len(PATIENTS))
    means = bootstrap_means(
        {"mean": values}, PATIENTS, rng=np.random.default_rng(11), replicates=300
    )["mean"]
    expected = bootstrap_intervals(
        mean_of(values), PATIENTS, rng=np.random.default_rng(11), replicates=300
    )["mean"]
    assert [means.value, means.low, means.high] == pytest.approx(
        [expected.value, expected.low, expected.high]
    )


def test_means_leave_out_films_without_a_figure() -> None:
    means = bootstrap_means(
        {"some": np.array([1.0, np.nan, 3.0]), "none": np.full(3, np.nan)},
        ["a", "b", "a"],
        rng=np.random.default_rng(12),
        replicates=200,
    )
    # Only patient a has figures: replicates without a say nothing, the others all say the same.
    assert means["some"].value == 2.0
    assert np.isnan([means["some"].low, means["some"].high]).all()
    assert np.isnan([means["none"].value, means["none"].low]).all()


def test_means_of_yes_and_no_are_shares() -> None:
    means = bootstrap_means(
        {"yes": np.ones(8), "how much": np.full(8, 0.5)},
        PATIENTS,
        rng=np.random.default_rng(13),
        replicates=50,
        shares=["yes"],
    )
    # All of five patients: the exact interval of 5 of 5.
    assert means["yes"].low == pytest.approx(binomtest(5, 5).proportion_ci().low)
    assert np.isnan(means["how much"].low)
