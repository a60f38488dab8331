"""A database that does not answer is told, and used again once it does."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from history_records import everything, kept_files, model, read_film
from pneumoscope.errors import HistoryError, HistoryUnavailableError
from pneumoscope.history import database
from pneumoscope.history.search import Query
from pneumoscope.history.store import History
from postgres import Cluster


def test_sqlite_that_somebody_else_writes_to(
    tmp_path: Path, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_SECONDS", 0.05)
    file = tmp_path / "history.db"
    with History.open(f"sqlite:///{file}", films) as history:
        history.keep_model(model())
        history.add([read_film("before.png")])
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryUnavailableError, match="locked"):
            history.add([read_film("meanwhile.png", at=1, copy=b"x")])
        assert kept_files(films) == []
        assert history.count(Query()) == 1
        other.execute("ROLLBACK")
        other.close()
        history.add([read_film("after.png", at=2)])
        assert [record.film for record in everything(history)] == ["before.png", "after.png"]


def test_what_does_not_pass_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(database.time, "sleep", waited.append)
    file = tmp_path / "history.db"
    (tmp_path / "history.db-wal").mkdir()
    with pytest.raises(HistoryError, match="cannot be used"):
        History.open(f"sqlite:///{file}", tmp_path / "films")
    assert waited == []


@pytest.mark.postgresql
def test_a_server_that_ends_and_comes_back(cluster: Cluster, films: Path) -> None:
    with History.open(cluster.new_database(), films) as history:
        history.keep_model(model())
        history.add([read_film("before.png")])
        cluster.stop()
        try:
            for attempt in range(3):
                with pytest.raises(HistoryUnavailableError):
                    history.add([read_film("meanwhile.png", at=1 + attempt, copy=b"x")])
                with pytest.raises(HistoryUnavailableError):
                    history.search(Query())
        finally:
            cluster.start()
        assert kept_files(films) == []
        history.add([read_film("after.png", at=9)])
        assert [record.film for record in everything(history)] == ["before.png", "after.png"]


@pytest.mark.postgresql
def test_connections_that_are_ended_are_replaced(cluster: Cluster, films: Path) -> None:
    with History.open(cluster.new_database(), films) as history:
        history.keep_model(model())
        others = "pid != pg_backend_pid() AND backend_type = 'client backend'"
        for number in range(3):
            cluster.execute(
                f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {others}"
            )
            history.add([read_film(at=number)])
        assert history.count(Query()) == 3


@pytest.mark.postgresql
def test_a_lock_of_somebody_else_is_not_waited_for_endlessly(
    cluster: Cluster, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database._PATIENCE, "options", "-c lock_timeout=50ms")
    with History.open(cluster.new_database(), films) as history:
        history.keep_model(model())
        from sqlalchemy import text

        with history.database.writing() as other:
            other.execute(text("LOCK TABLE records"))
            with pytest.raises(HistoryUnavailableError, match="lock timeout"):
                history.add([read_film(copy=b"x")])
        assert kept_files(films) == []
        history.add([read_film(copy=b"x")])
