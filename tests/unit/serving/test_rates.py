"""How many requests of a client get in."""

from __future__ import annotations

import pytest

from pneumoscope.serving.problems import Problem
from pneumoscope.serving.rates import Rates


def taken(rates: Rates, client: str = "ward") -> bool:
    try:
        rates.take(client)
    except Problem:
        return False
    return True


@pytest.mark.parametrize(("sent", "gets_in"), [(150, 100), (100, 100), (1000, 100), (50, 50)])
def test_of_too_many_as_many_get_in_as_the_rate_says(sent: int, gets_in: int) -> None:
    now = 0.0
    rates = Rates(100, 200, lambda: now)
    while taken(rates):
        pass
    counts = []
    for second in range(5):
        got = 0
        for number in range(1, sent + 1):
            now = second + number / sent
            got += taken(rates)
        counts.append(got)
    assert counts == [pytest.approx(gets_in, abs=1)] * 5
    assert sum(counts) == pytest.approx(5 * gets_in, abs=1)


def test_clients_have_a_burst_each() -> None:
    now = 0.0
    rates = Rates(2, 3, lambda: now)
    assert [taken(rates) for _ in range(4)] == [True, True, True, False]
    assert taken(rates, "other")
    with pytest.raises(Problem) as refused:
        rates.take("ward")
    assert refused.value.status == 429
    assert refused.value.retry_after == pytest.approx(0.5)
