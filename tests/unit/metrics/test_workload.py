"""Workload, against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.workload import workload

shares = st.floats(0, 1)


def test_one_thousand_films_by_hand():
    # 100 of 1,000 are ill: 90 found, 10 missed. Of 900 healthy ones 80 % are left alone.
    work = workload(sensitivity=0.9, specificity=0.8, prevalence=0.1)
    assert (work.found, work.missed) == pytest.approx((90, 10))
    assert (work.false_alarms, work.cleared) == pytest.approx((180, 720))
    assert work.flagged == pytest.approx(270)
    assert work.ppv == pytest.approx(1 / 3)
    assert work.npv == pytest.approx(720 / 730)


def test_a_rare_illness_makes_mostly_false_alarms():
    # The textbook case: 99 % and 99 % at one in a thousand is right in one of eleven.
    work = workload(sensitivity=0.99, specificity=0.99, prevalence=0.001, films=100_000)
    assert work.found == pytest.approx(99)
    assert work.false_alarms == pytest.approx(999)
    assert work.ppv == pytest.approx(99 / 1098)


@given(shares, shares, shares)
def test_every_film_is_counted_once(sensitivity, specificity, prevalence):
    work = workload(sensitivity, specificity, prevalence)
    parts = (work.found, work.missed, work.false_alarms, work.cleared)
    assert sum(parts) == pytest.approx(1000)
    assert min(parts) >= 0
    assert work.found + work.missed == pytest.approx(1000 * prevalence)


def test_predictive_values_of_nothing_are_undefined():
    assert math.isnan(workload(0.0, 1.0, 0.5).ppv)
    assert math.isnan(workload(1.0, 0.0, 0.5).npv)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_a_share_outside_0_to_1_is_refused(wrong):
    with pytest.raises(DatasetError, match="prevalence must lie between 0 and 1"):
        workload(0.9, 0.9, wrong)
