"""What was added is there, whatever ends the process."""

from __future__ import annotations

import datetime
import random
import subprocess
import sys
from pathlib import Path

import pytest

from history_records import everything, kept_files, model
from pneumoscope.history.store import History

ROUNDS, PROCESSES = 4, 5

ADD = """
import itertools, sys, time
from pathlib import Path
from history_records import read_film
from pneumoscope.history.store import History
history = History.open(sys.argv[1], Path(sys.argv[2]))
for number in itertools.count():
    batch = [read_film(at=number, copy=bytes(50_000)) for _ in range(3)]
    history.add(batch)
    print(*(entry.record.id for entry in batch), flush=True)
"""


@pytest.mark.slow
def test_no_kill_takes_what_was_added(database_url: str, films: Path) -> None:
    randomly = random.Random(0)
    with History.open(database_url, films) as history:
        history.keep_model(model())
        told: set[str] = set()
        for _ in range(ROUNDS):
            told |= ids_of_killed_processes(database_url, films, randomly)
        records = {record.id for record in everything(history)}
        assert len(told) > ROUNDS * PROCESSES
        assert told <= records
        assert records <= set(kept_files(films))
        history.purge(datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2))
        assert set(kept_files(films)) == records
        assert all(history.film(identifier) == bytes(50_000) for identifier in told)


def ids_of_killed_processes(url: str, films: Path, randomly: random.Random) -> set[str]:
    """Processes add to one history at once; each is killed at some point, while it adds. Returns
    what they said was added."""
    command = [sys.executable, "-c", ADD, url, str(films)]
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(PROCESSES)
    ]
    lines = []
    for process in processes:
        assert process.stdout is not None
        for _ in range(randomly.randrange(1, 20)):
            lines.append(process.stdout.readline())
        process.kill()
        lines += process.stdout.readlines()
        process.wait()
    # The last line may be cut.
    return {word for line in lines if line.endswith("\n") for word in line.split()}
