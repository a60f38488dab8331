"""A service that is told to end answers all that it was asked."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from load import Load
from pneumoscope.history.store import History
from served import serving


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_x(database_url: str, tmp_path: Path) -> None:
    for turn in range(5):
        with serving(tmp_path, "--rate", "0", "--model", "phantoms", "--history", database_url) as served:
            with Load(served.port, first=1000 * turn, keep_alive=False, clients=50) as load:
                load.wait_for(100)
                served.process.send_signal(signal.SIGTERM)
                load.join()
            print(turn, served.process.wait(60), len(load.answers), [a.status for a in load.answers if a.status != 200], load.lost)
    print(served.log())
