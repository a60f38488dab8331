"""A service takes up as much memory after many films as after a few."""

from __future__ import annotations

from pathlib import Path

import pytest

from load import Load
from processes import children, resident_bytes
from served import serving


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_films_leave_nothing_behind(tmp_path: Path) -> None:
    films = 20_000
    taken: dict[int, int] = {}
    with (
        serving(tmp_path, "--model", "phantoms", "--rate", "0") as served,
        Load(served.port, clients=8, until=lambda number: number >= films) as load,
    ):
        for count in range(1_000, films, 1_000):
            load.wait_for(count)
            service = served.process.pid
            taken[count] = sum(map(resident_bytes, (service, *children(service))))
            print(count, taken[count] / 2**20, resident_bytes(service) / 2**20, flush=True)
        load.join()
    assert load.lost == []
    assert {answer.status for answer in load.answers} == {200}
    print(taken)
