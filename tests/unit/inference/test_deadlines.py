"""What is not over in time is acted on, once, and nothing else is."""

from __future__ import annotations

import threading

from pneumoscope.inference.deadlines import Deadlines

LONG = 60.0
"""So many seconds are never waited for where all is well."""


def test_what_takes_too_long_is_acted_on_before_it_is_left() -> None:
    deadlines, acted = Deadlines(), threading.Event()
    with deadlines.at_most(LONG, lambda: None) as other:
        with deadlines.at_most(0.01, acted.set) as watched:
            assert acted.wait(LONG)
        assert watched.is_late
        assert not other.is_late
    deadlines.close()


def test_what_is_over_in_time_is_left_alone() -> None:
    deadlines, acted, later = Deadlines(), threading.Event(), threading.Event()
    with deadlines.at_most(0.5, acted.set) as watched:
        pass
    with deadlines.at_most(0.6, later.set):  # which is due behind the first
        assert later.wait(LONG)
    assert not acted.is_set()
    assert not watched.is_late
    deadlines.close()


def test_the_watch_ends() -> None:
    before = set(threading.enumerate())
    deadlines = Deadlines()
    with deadlines.at_most(LONG, lambda: None):
        (watch,) = set(threading.enumerate()) - before
    deadlines.close()
    watch.join(LONG)
    assert not watch.is_alive()
