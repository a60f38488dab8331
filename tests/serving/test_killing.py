"""A service that is killed has kept all that it answered."""

from __future__ import annotations

import datetime
from pathlib import Path

import httpx
import pytest

from load import Answer, Load
from pneumoscope.history.search import Query
from pneumoscope.history.store import History
from processes import children, wait_until_ended
from served import serving

pytestmark = pytest.mark.slow  # processes that start, wait and end

OPTIONS = ("--model", "phantoms", "--rate", "0", "--keep", "whole")


def kill_under_load(database_url: str, folder: Path, turns: int) -> None:
    """Kill a service again and again while clients send films: the next one has what the one before
    answered. After the last one, nothing is left that should not be there."""
    options = (*OPTIONS, "--history", database_url)
    answered: list[Answer] = []  # by the one before
    everything: set[str] = set()
    for turn in range(turns + 1):
        with serving(folder, *options) as served:
            with httpx.Client(base_url=f"{served.url}/v1/predictions", timeout=60) as client:
                for answer in answered:
                    record = client.get(f"/{answer.identifier}")
                    assert record.status_code == 200, answer
                    assert record.json() == answer.document["films"][0]
                    film = client.get(f"/{answer.identifier}/film")
                    assert film.status_code == 200, answer
            if turn == turns:
                break
            with Load(served.port, clients=10, first=10_000 * turn) as load:
                # Each time somewhere else: while a few are answered, or many.
                load.wait_for(1 + 7 * turn % 20)
                decoders = children(served.process.pid)
                served.process.kill()
                load.join()
            wait_until_ended(decoders)
            answered = load.read
            everything |= {answer.identifier for answer in answered}
            assert {answer.status for answer in load.answers} <= {200}

    films = folder / "films"
    with History.open(database_url, films) as history:
        gone = history.purge(datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2))
        kept = {record.id for record in history.search(Query(), limit=100_000).items}
        for identifier in kept:
            assert history.film(identifier) is not None
    assert everything <= kept
    assert {path.name for path in films.glob("??/*")} == kept
    assert (gone.records, gone.films) == (0, 0)


def test_what_was_answered_is_kept(database_url: str, tmp_path: Path) -> None:
    kill_under_load(database_url, tmp_path, 1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("database_url", "turns"),
    [("sqlite", 50), pytest.param("postgresql", 20, marks=pytest.mark.postgresql)],
    indirect=["database_url"],
)
def test_what_was_answered_is_kept_each_time(database_url: str, tmp_path: Path, turns: int) -> None:
    kill_under_load(database_url, tmp_path, turns)
