"""Intervals near 0 and 1: golden values, and how often they hold, by simulation or exactly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import binom, binomtest

from pneumoscope.metrics.bounded import area_interval, share_interval
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.classification import decision_metrics, score_metrics
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.intervals import bootstrap_intervals

TRUE_SHARES = np.linspace(0.95, 0.999, 50)
FILMS = (40, 60, 80, 100, 150, 200, 300, 400)


def of_films(right: int, films: int) -> tuple[float, float]:
    """The interval of films of patients with one film each."""
    share = right / films
    return share_interval(share, share * (1 - share) / films, films, films, level=0.95)


@pytest.mark.parametrize(("right", "films"), [(70, 80), (300, 400), (20, 40), (5, 60)])
def test_in_the_middle_it_is_wilsons(right: int, films: int) -> None:
    expected = binomtest(right, films).proportion_ci(method="wilson")
    assert of_films(right, films) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("films", [1, 8, 80, 400])
def test_without_an_error_it_is_no_narrower_than_the_exact_one(films: int) -> None:
    exact = binomtest(films, films).proportion_ci()
    low, high = of_films(films, films)
    assert exact.low - 0.01 < low <= exact.low + 1e-9
    assert high == 1
    assert of_films(0, films) == pytest.approx((0, 1 - low))


def test_patients_with_several_films_count_once_where_errors_are_few() -> None:
    alone = share_interval(1.0, 0.0, 60, 60, level=0.95)
    together = share_interval(1.0, 0.0, 60, 20, level=0.95)
    assert together == pytest.approx(of_films(20, 20))
    assert together[0] < alone[0]
    # With errors enough, by how far they are found to go together.
    share = 45 / 60
    twice = share_interval(share, 2 * share * (1 - share) / 60, 60, 20, level=0.95)
    expected = binomtest(45, 60).proportion_ci(method="wilson")
    assert twice[0] < expected.low
    half = share_interval(share, share * (1 - share) / 30, 30, 30, level=0.95)
    assert twice == pytest.approx(half)


def test_a_share_near_one_is_covered_as_promised() -> None:
    covered = []
    for films in FILMS:
        low, high = np.array([of_films(right, films) for right in range(films + 1)]).T
        for share in TRUE_SHARES:
            chance = binom.pmf(np.arange(films + 1), films, share)
            covered.append(chance[(low <= share) & (share <= high)].sum())
    assert 0.94 <= np.mean(covered) <= 0.98
    assert min(covered) >= 0.90


@pytest.mark.parametrize(("ill", "healthy"), [(20, 20), (40, 10), (233, 80), (200, 200)])
@pytest.mark.parametrize("area", [0.95, 0.99, 0.999])
def test_an_area_near_one_is_covered_as_promised(ill: int, healthy: int, area: float) -> None:
    rng = np.random.default_rng([ill, healthy, int(1000 * area)])
    films = 2 * ill * healthy / (ill + healthy)
    distance = float(ndtri(area)) * np.sqrt(2)
    covered, studies = 0, 1000
    for _ in range(studies):
        scores = rng.normal(distance, 1, ill), np.sort(rng.normal(0, 1, healthy))
        wins = np.searchsorted(scores[1], scores[0]) / healthy
        losses = np.searchsorted(np.sort(scores[0]), scores[1]) / ill
        variance = wins.var(ddof=1) / ill + losses.var(ddof=1) / healthy  # DeLong et al. 1988
        low, high = area_interval(float(wins.mean()), float(variance), films, films, level=0.95)
        covered += low <= area <= high
    assert covered / studies >= 0.93


def test_figures_tell_of_how_many_films_they_are_shares() -> None:
    labels, called = np.repeat([0, 1], [8, 24]), np.repeat([0, 1], [8, 24])
    called[-1] = 0
    scores = np.where(called == 1, 0.9, 0.1)
    names = ("NORMAL", "PNEUMONIA")
    patients = [str(film) for film in range(32)]

    def statistic(weights: Floats) -> Figures[str]:
        cells = np.eye(4)[labels * 2 + called]
        figures = decision_metrics((weights @ cells).reshape(-1, 2, 2), names)
        table = np.stack([1 - scores, scores], axis=1)
        figures.add(score_metrics(labels, table, names, weights), str)
        return figures

    found = bootstrap_intervals(statistic, patients, rng=np.random.default_rng(0))
    exact = binomtest(8, 8).proportion_ci().low
    assert found["specificity"].low == pytest.approx(exact)
    assert found["ppv"].low == pytest.approx(binomtest(23, 23).proportion_ci().low, abs=0.01)
    assert found["recall[NORMAL]"] == found["specificity"]
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "roc_auc", "average_precision"):
        assert 0.3 < found[name].low < found[name].value < found[name].high <= 1, name
