"""Which reviewed films are handed over, under which names, and which are left out."""

from __future__ import annotations

import dataclasses
import datetime
import stat
from pathlib import Path

import pytest

from history_records import CLASSES, digest_of, prediction, read_film, unreadable_film
from pneumoscope.errors import HistoryError, PneumoscopeError
from pneumoscope.history.films import FilmFolder
from pneumoscope.history.handing_over import hand_over
from pneumoscope.history.records import Answer, NewRecord, Record, model_digest
from pneumoscope.history.store import History
from tiny_model import tiny_manifest

NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
PNG = b"\x89PNG\r\n\x1a\n"


def add(history: History, *entries: NewRecord) -> list[str]:
    history.add(entries)
    return [entry.record.id for entry in entries]


def see(history: History, identifier: str, opinion: str | None, reviewer: str = "") -> None:
    verdict = "unsure" if opinion is None else None
    assert history.review(
        identifier,
        verdict,  # type: ignore[arg-type]
        reviewer=reviewer,
        opinion=opinion,
        now=NOW,
    )


def test_films_lie_in_the_folder_of_the_class_that_is_seen(
    history: History, tmp_path: Path
) -> None:
    names = ["../../up.png", "same.png", "same.png", "C:\\x.png"]
    entries = [read_film(name, at, at=at, copy=PNG + bytes([at])) for at, name in enumerate(names)]
    ids = add(history, *entries)
    for at, identifier in enumerate(ids):
        see(history, identifier, CLASSES[at % 2])
        see(history, identifier, None, "B")
    target = tmp_path / "out"
    done = hand_over(history.database, history.films, target)
    assert (done.written, done.left_out) == ({"NORMAL": 2, "BACTERIA": 2}, {})
    files = sorted(path for path in target.rglob("*") if path.is_file())
    assert files == sorted(
        target / "val" / CLASSES[at % 2] / f"{identifier}.png" for at, identifier in enumerate(ids)
    )
    assert (target / "val" / "NORMAL" / f"{ids[2]}.png").read_bytes() == PNG + b"\2"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (target, target / "val")} == {0o700}
    with pytest.raises(HistoryError, match="is not empty"):
        hand_over(history.database, history.films, target)


def test_what_is_left_out_is_counted(history: History, films: Path, tmp_path: Path) -> None:
    sent = [read_film(f"{at}.png", at, at=at, copy=PNG + bytes([at])) for at in range(6)]
    ids = add(history, *sent, read_film("6.png", 6, at=6), unreadable_film(at=7))
    see(history, ids[0], "NORMAL")
    see(history, ids[1], None)
    see(history, ids[2], "NORMAL", "A")
    see(history, ids[2], "VIRUS", "B")
    see(history, ids[3], "VIRUS")
    (films / ids[3][-2:] / ids[3]).write_bytes(b"changed")
    see(history, ids[4], "VIRUS")
    (films / ids[4][-2:] / ids[4]).unlink()
    see(history, ids[6], "NORMAL")
    history.review(ids[7], "agree", now=NOW)
    done = hand_over(history.database, history.films, tmp_path / "out")
    assert done.written == {"NORMAL": 1}
    assert done.left_out == {
        "undecided": 1,
        "contradictory": 1,
        "damaged": 2,
        "not kept": 1,
        "unreadable": 1,
    }


def test_a_film_that_was_judged_twice_is_one(history: History, tmp_path: Path) -> None:
    copy = PNG + b"film"
    ids = add(history, *[read_film(at=at, copy=copy if at else None) for at in range(3)])
    other = add(history, *[read_film("b.png", 1, at=at, copy=PNG) for at in (3, 4)])
    for identifier in ids:
        see(history, identifier, "VIRUS", "A")
    see(history, other[0], "NORMAL", "A")
    see(history, other[1], "VIRUS", "B")
    done = hand_over(history.database, history.films, tmp_path / "out")
    assert (done.written, done.left_out) == ({"VIRUS": 1}, {"contradictory": 1})
    assert [path.name for path in (tmp_path / "out").rglob("*.png")] == [f"{ids[1]}.png"]


def test_films_of_models_with_other_classes_do_not_go_together(
    history: History, tmp_path: Path
) -> None:
    other = tiny_manifest(("NORMAL", "BACTERIA", "FUNGUS")).model_copy(update={"name": "other"})
    history.keep_model(other)
    told = prediction(seed=1)
    probabilities = dict(zip(other.class_names, told.probabilities.values(), strict=True))
    told = dataclasses.replace(told, manifest=other, probabilities=probabilities)
    answer = Answer.of(told, model_digest(other), "balanced")
    second = Record.read("b.png", digest_of(1), answer, film_kept="stripped")
    ids = add(history, read_film(copy=PNG), NewRecord(second, PNG))
    see(history, ids[0], "VIRUS")
    see(history, ids[1], "FUNGUS")
    with pytest.raises(PneumoscopeError, match=r"classes apart: .*other") as caught:
        hand_over(history.database, history.films, tmp_path / "out")
    assert "--model NAME" in caught.value.hint
    with pytest.raises(PneumoscopeError, match="no model 'tinny'"):
        hand_over(history.database, history.films, tmp_path / "out", "tinny")
    assert not (tmp_path / "out").exists()
    done = hand_over(history.database, history.films, tmp_path / "out", "other")
    assert done.written == {"FUNGUS": 1}


def test_films_of_another_history_are_not_read(history: History, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="not the folder of films"):
        hand_over(history.database, FilmFolder(tmp_path / "mistyped"), tmp_path / "out")
