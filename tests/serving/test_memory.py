"""A service takes up as much memory after many films as after a few."""

from __future__ import annotations

from pathlib import Path

import pytest

from load import Load
from processes import children, resident_bytes
from served import serving

FEW, MANY = 2_000, 20_000
# Of the largest batch so far, ONNX Runtime keeps the memory: here all are of one film.
OPTIONS = ("--model", "phantoms", "--rate", "0", "--batch-size", "1")
# What SQLite holds of a database that has grown, for each connection, and what the allocator is
# left with; a kibibyte that every film left behind would be more.
ALLOWED = 16 * 2**20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_films_leave_nothing_behind(tmp_path: Path) -> None:
    with (
        serving(tmp_path, *OPTIONS) as served,
        Load(served.port, clients=8, until=lambda number: number >= MANY) as load,
    ):

        def taken() -> tuple[int, int]:
            """Bytes of the service, and of its largest process that decodes."""
            service = served.process.pid
            decoders = [resident_bytes(decoder) for decoder in children(service)]
            return resident_bytes(service), max(decoders, default=0)

        load.wait_for(FEW)
        service, decoder = taken()
        for count in range(FEW, MANY, 1_000):
            load.wait_for(count)
        now_service, now_decoder = taken()
        load.join()
    assert load.lost == []
    assert {answer.status for answer in load.answers} == {200}
    assert now_service - service < ALLOWED
    assert now_decoder - decoder < ALLOWED
