"""What is old goes, and so does what a killed process left."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest
from sqlalchemy import func, select

from history_records import everything, kept_files, model, read_film, unreadable_film
from pneumoscope.history import retention
from pneumoscope.history.retention import Purged, Retention
from pneumoscope.history.store import History
from pneumoscope.history.tables import records

DAY = 86_400
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def test_records_and_films_have_days_of_their_own(
    database_url: str, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    days = Retention(records=7, films=3)
    with History.open(database_url, films, retention=days) as history:
        history.keep_model(model())
        history.add([read_film(f"{day}.png", at=day * DAY, copy=b"x") for day in range(10)])
        history.add([unreadable_film("old.pdf", at=1)])
        assert history.purge(START + datetime.timedelta(days=10)) == Purged(4, 4, 0)
        kept = everything(history)
        assert [record.film for record in kept] == [f"{day}.png" for day in range(3, 10)]
        assert [record.film_kept for record in kept] == ["none"] * 4 + ["stripped"] * 3
        assert [history.film(record.id) for record in kept] == [None] * 4 + [b"x"] * 3
        assert kept_files(films) == [record.id for record in kept[4:]]
        assert history.purge(START + datetime.timedelta(days=10)) == Purged(0, 0, 0)


@pytest.mark.parametrize("purged", [False, True])
def test_names_of_what_was_deleted_are_in_no_file(tmp_path: Path, purged: bool) -> None:
    name = "Musterfrau-Erika"
    days = Retention(records=1)
    url = f"sqlite:///{tmp_path / 'history.sqlite'}"
    with History.open(url, tmp_path / "films", retention=days) as history:
        history.keep_model(model())
        entry = read_film(f"{name}.png")
        history.add([entry])
        if purged:
            history.purge(START + datetime.timedelta(days=2))
        else:
            history.delete(entry.record.id)
        for file in tmp_path.glob("history.sqlite*"):
            assert name.encode() not in file.read_bytes(), file.name
            assert name.lower().encode() not in file.read_bytes(), file.name


def test_who_reads_meanwhile_is_not_waited_for(tmp_path: Path) -> None:
    with History.open(f"sqlite:///{tmp_path / 'a.db'}", tmp_path / "films") as history:
        history.keep_model(model())
        entries = [read_film(), read_film(at=1)]
        history.add(entries)
        with history.database.reading() as connection:
            connection.scalar(select(func.count()).select_from(records))
            assert history.delete(entries[0].record.id)
        assert history.delete(entries[1].record.id)
        assert (tmp_path / "a.db-wal").stat().st_size == 0


def test_only_records_with_films_are_gone_through_for_films(database_url: str, films: Path) -> None:
    with History.open(database_url, films, retention=Retention(films=1)) as history:
        history.keep_model(model())
        without = read_film()
        history.add([without, read_film(at=1, copy=b"x")])
        # Of a record that is passed over, not even a file that is left goes: it is young.
        history.films.write(without.record.id, b"x")
        assert history.purge(START + datetime.timedelta(days=9)) == Purged(0, 1, 0)
        assert kept_files(films) == [without.record.id]


def test_nothing_goes_that_is_to_stay(history: History, films: Path) -> None:
    history.add([read_film(copy=b"x")])
    assert history.purge(START + datetime.timedelta(days=100_000)) == Purged(0, 0, 0)
    assert len(everything(history)) == len(kept_files(films)) == 1


def test_files_without_a_record_go_once_they_are_not_young(history: History, films: Path) -> None:
    with_record, lost, young = (read_film(at=at, copy=b"x") for at in range(3))
    history.add([with_record])
    for entry in (lost, young):
        history.films.write(entry.record.id, b"x")
    unfinished = films / "ab" / f"{30 * '0'}ab"
    unfinished.parent.mkdir(exist_ok=True)
    foreign = films / "ab" / "README"
    for path in (unfinished, foreign, films / "README"):
        path.write_bytes(b"x")
    now = datetime.datetime.now(datetime.UTC)
    old = (now - datetime.timedelta(hours=2)).timestamp()
    for path in films.rglob("*"):
        if path.name != young.record.id:
            os.utime(path, (old, old))
    assert history.purge(now) == Purged(0, 0, 2)
    expected = [with_record.record.id, young.record.id, "README", "README"]
    assert kept_files(films) == sorted(expected)
    assert history.film(with_record.record.id) == b"x"
