"""Who is let in: bursts and clients that wait for their answers, and of an overload a part."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from pneumoscope.serving.admission import Admission
from pneumoscope.serving.problems import Problem

_ANSWER = -1


@dataclass
class Simulation:
    """A service that answers `capacity` films a second, one after another, on a clock of its own.

    Clients arrive at times of `arrivals`; each that is answered sends its next film at once while
    `loops`, and each that is turned away tries again when it was told to.
    """

    capacity: float
    most: int = 64
    loops: bool = False
    now: float = 0.0
    answered: list[float] = field(default_factory=list)  # how long each was under way
    turned_away: list[float] = field(default_factory=list)  # when
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.admission = Admission(self.most, 8, lambda: self.now)
        self._under_way: list[float] = []
        self._events: list[tuple[float, int]] = []

    def run(self, arrivals: Iterator[float], until: float) -> None:
        for number, at in enumerate(arrivals):
            heapq.heappush(self._events, (at, number))
        free = self.now
        while self._events and self._events[0][0] <= until:
            self.now, what = heapq.heappop(self._events)
            if what == _ANSWER:
                self.answered.append(self.now - self._under_way.pop(0))
                self.admission.leave(1, answered=True)
                if self.loops:
                    heapq.heappush(self._events, (self.now, 0))
                continue
            try:
                self.admission.check()
                self.admission.enter(1)
            except Problem as problem:
                self.turned_away.append(self.now)
                self.problems.append(problem)
                if self.loops:
                    heapq.heappush(self._events, (self.now + (problem.retry_after or 0), 0))
                continue
            self._under_way.append(self.now)
            free = max(free, self.now) + 1 / self.capacity
            heapq.heappush(self._events, (free, _ANSWER))


def every(seconds: float, start: float, end: float) -> Iterator[float]:
    while start < end:
        yield start
        start += seconds


@pytest.mark.parametrize("capacity", [2, 20, 200])
def test_clients_that_fit_into_the_queue_are_never_turned_away(capacity: float) -> None:
    service = Simulation(capacity, loops=True)
    service.run(iter([0.0] * 50), until=30)
    assert service.turned_away == []
    assert len(service.answered) == pytest.approx(30 * capacity, abs=2)


def test_of_a_burst_as_many_are_let_in_as_may_wait_and_then_whoever_comes() -> None:
    service = Simulation(capacity=20)
    service.run(iter([0.0] * 100 + [1.5]), until=10)
    assert service.turned_away == [0.0] * 36
    assert len(service.answered) == 65


def test_an_overload_is_held_short_after_moments_and_forgotten_as_soon() -> None:
    service = Simulation(capacity=20)
    service.run(every(1 / 200, 0, 10), until=10)
    first = service.turned_away[0]
    assert len(service.answered) == pytest.approx(20 * 10, abs=2)
    # At first they wait behind as many as may wait, later behind a few.
    assert max(service.answered) == pytest.approx(64 / 20, abs=0.1)
    assert max(service.answered[-100:]) < 9 / 20
    assert service.admission.limit == 8

    before = len(service.turned_away)
    service.run(every(1 / 10, 10.1, 20), until=20)
    assert service.turned_away[before:] == []
    assert service.admission.limit == 64
    assert first == pytest.approx(64 / 180, abs=0.1)
    assert {problem.status for problem in service.problems} == {503}
    assert all(1 <= (problem.retry_after or 0) <= 10 for problem in service.problems)


def test_a_few_clients_too_many_do_not_shorten_the_queue() -> None:
    service = Simulation(capacity=100, loops=True)
    service.run(iter([0.0] * 70), until=20)
    assert service.turned_away
    assert service.admission.limit == 64


def test_the_films_of_a_request_come_in_together_or_not_at_all() -> None:
    admission = Admission(4, 8, lambda: 0.0)
    admission.enter(1)
    admission.enter(6)
    with pytest.raises(Problem):
        admission.check()
    with pytest.raises(Problem):
        admission.enter(1)
    for _ in range(4):
        admission.leave(1, answered=True)
    admission.enter(1)
    assert admission.waiting == 4
