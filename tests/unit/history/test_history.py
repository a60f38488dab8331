"""What is put into a history comes out of it as it was."""

from __future__ import annotations

import datetime
import io
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete

from history_records import (
    START,
    digest_of,
    everything,
    kept_files,
    model,
    prediction,
    read_film,
    unreadable_film,
)
from pneumoscope.errors import HistoryError
from pneumoscope.history.identifiers import first_id, made_at, new_id
from pneumoscope.history.records import Answer, NewRecord, Record, model_digest
from pneumoscope.history.search import Query
from pneumoscope.history.store import History
from pneumoscope.history.tables import models

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=datetime.UTC)


def test_records_come_back_as_they_were(history: History) -> None:
    entries = [read_film("Kanüle/Ä.dcm", 1, client="ward"), unreadable_film(at=1)]
    history.add(entries)
    for entry in entries:
        assert history.get(entry.record.id) == entry.record
    assert everything(history) == [entry.record for entry in entries]
    assert [record.status for record in everything(history)] == ["read", "unreadable"]
    assert history.get("0" * 32) is None


def test_text_that_no_database_holds_costs_a_character_and_no_record(history: History) -> None:
    entry = read_film("a\x00b\udcffc\U0001f9d1.png", client="x\x00")
    reason = NewRecord(replace(unreadable_film().record, reason="bytes \x00\ud800"))
    history.add([entry, reason])
    found = history.get(entry.record.id)
    assert found is not None
    assert (found.film, found.client) == ("a\ufffdb\ufffdc\U0001f9d1.png", "x\ufffd")
    assert found.answer == entry.record.answer
    assert history.get("\x00\ud800") is None


def test_a_prediction_is_rebuilt_with_its_maps(history: History) -> None:
    told = prediction()
    history.add([read_film()])
    (record,) = everything(history)
    assert record.answer is not None
    manifest = history.model(record.answer.model_sha256)
    assert manifest == model()
    rebuilt = record.answer.prediction(record.film, manifest)
    assert rebuilt.to_dict("screening") == told.to_dict("screening")
    np.testing.assert_array_equal(rebuilt.heatmap_for("VIRUS"), told.heatmap_for("VIRUS"))
    np.testing.assert_array_equal(rebuilt.embedding, told.embedding)
    assert history.model("f" * 64) is None


def test_a_model_that_was_kept_is_known_without_the_database(history: History) -> None:
    digest = history.keep_model(model("other"))
    with history.database.writing() as connection:
        connection.execute(delete(models).where(models.c.sha256 == digest))
    assert history.model(digest) == model("other")


@pytest.mark.parametrize("shape", [(2, 7, 7), (3, 14, 12), (1, 1, 1)])
def test_maps_and_embeddings_are_npy_files(shape: tuple[int, ...]) -> None:
    cam = np.random.default_rng(0).normal(size=shape[::-1]).astype(np.float32).T
    told = replace(prediction(), cam=cam, embedding=np.arange(5, dtype=np.float32))
    answer = Answer.of(told, "5d", "balanced")
    kept = answer.prediction("1.png", model())
    for npy, given, read in (
        (answer.cam, cam, kept.cam),
        (answer.embedding, told.embedding, kept.embedding),
    ):
        np.testing.assert_array_equal(np.load(io.BytesIO(npy)), given)
        np.testing.assert_array_equal(read, given)
    for damaged in (answer.cam[:-1], answer.cam + b"\0", answer.cam[1:], b""):
        with pytest.raises(HistoryError, match="damaged"):
            replace(answer, cam=damaged).prediction("1.png", model())


def test_an_answer_for_another_prevalence_is_another_one(history: History) -> None:
    rare = prediction(manifest=model().with_finding_share(0.1))
    digest = model_digest(model())
    record = Record.read("1.png", digest_of(0), Answer.of(rare, digest, "balanced", 0.1))
    history.add([NewRecord(record)])
    found = history.find_same(digest_of(0), digest, 0.1)
    assert found is not None
    assert found.answer is not None
    assert found.answer.prediction("1.png", model()).to_dict() == rare.to_dict() | {"film": "1.png"}
    assert history.find_same(digest_of(0), digest, 0.2) is None
    assert history.find_same(digest_of(0), digest, None) is None


def test_the_newest_answer_of_the_same_film_and_model(history: History) -> None:
    other = model("other")
    history.keep_model(other)
    entries = [
        read_film("first.png", 7, at=1),
        read_film("second.png", 7, at=2),
        read_film("third.png", 7, at=3, manifest=other),
        read_film("fourth.png", 8, at=4),
    ]
    history.add(entries)
    same = history.find_same(digest_of(7), model_digest(model()), None)
    assert same is not None
    assert same.film == "second.png"
    assert history.find_same(digest_of(9), model_digest(model()), None) is None


def test_films_are_kept_for_their_owner_alone_and_go_with_their_records(
    history: History, films: Path
) -> None:
    entry = read_film(copy=b"the film")
    history.add([entry, read_film("2.png", 2, at=1)])
    identifier = entry.record.id
    (file,) = films.glob("??/*")
    assert file == films / identifier[-2:] / identifier
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert history.film(identifier) == b"the film"
    assert [history.film(record.id) for record in everything(history)[1:]] == [None]
    assert history.delete(identifier)
    assert not history.delete(identifier)
    assert history.film(identifier) is None
    assert history.get(identifier) is None
    assert kept_files(films) == []


def test_a_damaged_film_is_no_film(history: History, films: Path) -> None:
    entry = read_film(copy=b"the film")
    history.add([entry])
    file = films / entry.record.id[-2:] / entry.record.id
    file.write_bytes(b"the f1lm")
    with pytest.raises(HistoryError, match="damaged"):
        history.film(entry.record.id)
    file.unlink()
    assert history.film(entry.record.id) is None


def test_no_more_is_kept_than_is_allowed(database_url: str, films: Path) -> None:
    with History.open(database_url, films) as history:
        history.keep_model(model())
        history.add([read_film("stripped.png", copy=b"x")])
        with pytest.raises(ValueError, match="at most stripped"):
            history.add([read_film("whole.png", copy=b"x", kept="whole")])
        with pytest.raises(ValueError, match="film_kept"):
            history.add([NewRecord(read_film().record, b"x")])
        assert history.count(Query()) == 1


def test_all_of_a_batch_is_added_or_nothing(history: History, films: Path) -> None:
    good = read_film("good.png", copy=b"good", at=1)
    foreign = read_film("bad.png", 2, copy=b"bad", at=2, manifest=model("never-kept"))
    with pytest.raises(HistoryError, match=r"(?i)foreign key"):
        history.add([good, foreign])
    assert history.count(Query()) == 0
    assert kept_files(films) == []
    history.add([good])
    assert history.film(good.record.id) == b"good"
    # A film that is there already is not that of the batch that fails.
    with pytest.raises(HistoryError, match=r"(?i)unique"):
        history.add([good])
    assert history.film(good.record.id) == b"good"


def test_several_threads_of_several_users_add_at_once(
    history: History, database_url: str, films: Path
) -> None:
    with History.open(database_url, films, keep="whole") as second:

        def add(number: int) -> None:
            user = (history, second)[number % 2]
            user.add([read_film(f"{number}.png", number, at=number, copy=b"%d" % number)])
            record = user.find_same(digest_of(number), model_digest(model()), None)
            assert record is not None
            user.review(record.id, "agree", str(number), now=NOW)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(48)))
    assert [r.film for r in everything(history)] == [f"{number}.png" for number in range(48)]
    assert len(kept_files(films)) == 48
    assert history.count(Query(verdict="agree")) == 48


def test_a_closed_history_was_written(database_url: str, films: Path) -> None:
    with History.open(database_url, films) as history:
        history.keep_model(model())
        history.add([read_film()])
        added = everything(history)
    with History.open(database_url, films) as history:
        assert everything(history) == added


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "is none"),
        ("mysql://user@host/history", "a database of mysql"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:////proc/none/history.db", "cannot be used"),
    ],
)
def test_a_url_that_does_not_do(url: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=told):
        History.open(url, tmp_path / "films")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    file.write_bytes(b"not a database, and long enough to tell" * 100)
    with pytest.raises(HistoryError, match="not a database"):
        History.open(f"sqlite:///{file}", tmp_path / "films")


def test_a_password_is_never_told(tmp_path: Path) -> None:
    url = "postgresql://user:secret@127.0.0.1:1/history"
    with pytest.raises(HistoryError) as caught:
        History.open(url, tmp_path / "films")
    assert "secret" not in str(caught.value)
    assert "127.0.0.1:1" in str(caught.value)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_the_database_of_sqlite_is_for_its_owner_alone(
    open_umask: None, tmp_path: Path, films: Path
) -> None:
    with History.open(f"sqlite:///{tmp_path / 'new' / 'history.db'}", films) as history:
        history.keep_model(model())
        modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "new").iterdir()}
    assert modes == {0o600}


def test_identifiers_are_ordered_by_time() -> None:
    times = [START, START + 300, START + 10_000, START + 999_999_999, START + 10**9]
    made = [new_id(time) for time in times]
    assert made == sorted(made)
    assert len({*made, *(new_id(START) for _ in range(100))}) == 105
    assert {(len(name), name[12], name[16] in "89ab") for name in made} == {(32, "7", True)}
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert made_at(made[0]) == moment
    assert new_id(START - 1) < first_id(moment) <= made[0]
    assert first_id(datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)) == "0" * 32
