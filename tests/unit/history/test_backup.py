"""Backups hold everything, and go into either kind of database."""

from __future__ import annotations

import datetime
import gzip
import itertools
import json
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from history_records import everything, kept_files, model, read_film, unreadable_film
from pneumoscope.errors import HistoryError
from pneumoscope.history.backup import FILE, Copied, backup, restore
from pneumoscope.history.search import Query
from pneumoscope.history.store import History
from pneumoscope.history.tokens import Sessions, Tokens
from postgres import Cluster

NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def fill(history: History, count: int = 20) -> None:
    history.keep_model(model())
    history.keep_model(model("other"))
    for number in range(count):
        copy = b"film %d" % number if number % 3 else None
        history.add([read_film(f"Ä\x00{number}.png", number, at=number, copy=copy, client="ward")])
    history.add([unreadable_film(at=count)])
    for record, verdict in zip(everything(history), ("agree", "disagree"), strict=False):
        history.review(record.id, verdict, "Größe\n", "Dr. A", blind=True, now=NOW)
    first = everything(history)[0]
    history.review(first.id, "unsure", now=NOW)


@pytest.mark.postgresql
def test_from_sqlite_to_postgresql_and_back(tmp_path: Path, cluster: Cluster) -> None:
    first, last = (f"sqlite:///{tmp_path / name}" for name in ("a.db", "b.db"))
    places = [first, cluster.new_database(), last]
    with History.open(places[0], tmp_path / "0", keep="whole") as history:
        fill(history)
        before = everything(history)
        films = [history.film(record.id) for record in before]
        token = Tokens(history.database).create("ward", now=NOW)
        secret = Sessions(history.database).start("ward", now=NOW)
    for number, (source, target) in enumerate(itertools.pairwise(places)):
        saved = tmp_path / f"backup{number}"
        copied = backup(source, tmp_path / str(number), saved)
        assert copied == restore(saved, target, tmp_path / str(number + 1))
        assert copied == Copied(2 + 21 + 3 + 1, 13, (), records=21, tokens=1)
        with History.open(target, tmp_path / str(number + 1)) as history:
            assert everything(history) == before
            assert [history.film(record.id) for record in before] == films
            assert history.model(history.keep_model(model())) == model()
            assert Tokens(history.database).check(token) == "ward"
            assert Sessions(history.database).check(secret, now=NOW) is None
            history.add([read_film("new.png", at=99)])
            history.delete(everything(history)[-1].id)


def test_what_is_written_meanwhile_is_not_in_it(
    history: History, database_url: str, films: Path, tmp_path: Path
) -> None:
    fill(history, 3)
    stop, started = threading.Event(), threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            number += 1
            history.add(
                [read_film(f"{number}.png", number, at=number, copy=b"x") for _ in range(2)]
            )
            started.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert started.wait(30)
        copied = backup(database_url, films, tmp_path / "backup")
    finally:
        stop.set()
        writer.join()
    assert copied.missing == ()
    with gzip.open(tmp_path / "backup" / FILE, "rt") as lines:
        tables = [json.loads(line).get("table") for line in lines]
    # Pairs that were added together are there together.
    assert tables.count("records") % 2 == 0
    assert tables.count("records") <= history.count(Query())


def test_a_backup_is_for_its_owner_and_needs_its_own_folder(
    history: History, database_url: str, films: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup"
    backup(database_url, films, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert stat.S_IMODE((target / FILE).stat().st_mode) == 0o600
    with pytest.raises(HistoryError, match="not empty"):
        backup(database_url, films, target)
    with pytest.raises(HistoryError, match="There is a history in"):
        restore(target, database_url, films)


def test_films_that_are_gone_are_told(
    history: History, database_url: str, films: Path, tmp_path: Path
) -> None:
    fill(history, 3)
    first, second = (record.id for record in everything(history) if record.film_kept != "none")
    (films / first[-2:] / first).unlink()
    (films / second[-2:] / second).write_bytes(b"changed")
    copied = backup(database_url, films, tmp_path / "backup")
    assert (copied.films, set(copied.missing)) == (0, {first, second})


def test_what_is_no_backup_leaves_nothing(
    history: History, database_url: str, films: Path, tmp_path: Path
) -> None:
    fill(history)
    saved = tmp_path / "backup"
    backup(database_url, films, saved)
    whole = (saved / FILE).read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    newer = [json.dumps({"format": 1, "schema": "9999"}).encode() + b"\n", *lines[1:]]
    target = f"sqlite:///{tmp_path / 'target.db'}"
    for data, told in [
        (whole[:-100], "damaged"),
        (whole[:1_000] + bytes([whole[1_000] ^ 0xFF]) + whole[1_001:], "damaged"),
        (gzip.compress(b"".join(lines[:-1])), "damaged"),
        (gzip.compress(b"".join(lines[:-2] + lines[-1:])), "damaged"),
        (gzip.compress(b'{"format": 2}\n'), "newer version"),
        (gzip.compress(b"".join(newer)), "newer pneumoscope"),
        (b"", "damaged"),
        (b"text", "damaged"),
    ]:
        (saved / FILE).write_bytes(data)
        with pytest.raises(HistoryError) as caught:
            restore(saved, target, tmp_path / "target")
        assert told in str(caught.value), data[:40]
    (saved / FILE).unlink()
    with pytest.raises(HistoryError, match="cannot be used"):
        restore(saved, target, tmp_path / "target")
    (saved / FILE).write_bytes(whole)
    assert restore(saved, target, tmp_path / "target").rows == len(lines) - 2
    assert kept_files(tmp_path / "target") == kept_files(films)


def test_there_is_no_backup_of_nothing_and_nothing_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "mistyped"
    with pytest.raises(HistoryError, match="There is no history"):
        backup(f"sqlite:///{folder / 'none.db'}", folder / "films", tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_needs_the_folder_of_the_history(
    history: History, database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(HistoryError, match="not the folder of films of this history"):
        backup(database_url, tmp_path / "mistyped", tmp_path / "backup")
    assert not (tmp_path / "mistyped").exists()


def test_tables_of_others_stay_out(
    history: History, database_url: str, films: Path, tmp_path: Path
) -> None:
    with history.database.writing() as connection:
        connection.execute(text("CREATE TABLE somebody_elses (number INTEGER)"))
        connection.execute(text("INSERT INTO somebody_elses VALUES (1)"))
    assert backup(database_url, films, tmp_path / "backup").rows == 1
    with gzip.open(tmp_path / "backup" / FILE, "rt") as lines:
        assert "somebody_elses" not in lines.read()


def test_films_of_an_attempt_that_failed_are_made_right(
    history: History, database_url: str, films: Path, tmp_path: Path
) -> None:
    fill(history, 5)
    saved, target = tmp_path / "backup", tmp_path / "target"
    backup(database_url, films, saved)
    first, second = [record.id for record in everything(history) if record.film_kept != "none"][:2]
    for identifier, data in ((first, b""), (second, history.film(second))):
        path = target / identifier[-2:] / identifier
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data or b"")
    url = f"sqlite:///{tmp_path / 'target.db'}"
    assert restore(saved, url, target).missing == ()
    with History.open(url, target) as restored:
        for record in everything(restored):
            assert restored.film(record.id) == history.film(record.id)


def test_films_of_another_history_are_left_alone(
    history: History, database_url: str, films: Path, tmp_path: Path
) -> None:
    fill(history, 3)
    backup(database_url, films, tmp_path / "backup")
    url = f"sqlite:///{tmp_path / 'target.db'}"
    with pytest.raises(HistoryError, match="belong to another history"):
        restore(tmp_path / "backup", url, films)
    assert restore(tmp_path / "backup", url, tmp_path / "own").missing == ()
