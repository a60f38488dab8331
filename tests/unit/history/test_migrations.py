"""Databases of every version open, and become what the code expects."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from history_records import everything, model, read_film
from pneumoscope.errors import HistoryError
from pneumoscope.history.backup import FILE, FILMS, restore
from pneumoscope.history.database import Database
from pneumoscope.history.records import manifest_text
from pneumoscope.history.reviews import Review
from pneumoscope.history.schema import present_revision, upgrade
from pneumoscope.history.search import Query
from pneumoscope.history.store import History
from pneumoscope.history.tables import metadata
from pneumoscope.history.tokens import Tokens
from tiny_model import tiny_manifest

THEN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

# A database as the first version left it. This never changes: such databases exist.
SCHEMA_0001 = """
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0001');
CREATE TABLE identity (id {words} NOT NULL PRIMARY KEY);
INSERT INTO identity VALUES ('9c5f1f6ad0e84be3a1d7c60b5e2f4893');
CREATE TABLE models (sha256 {words} NOT NULL PRIMARY KEY, name {words} NOT NULL,
    graph_sha256 {words} NOT NULL, manifest TEXT NOT NULL);
CREATE TABLE records (id {words} NOT NULL PRIMARY KEY, film {words} NOT NULL,
    film_key {words} NOT NULL, film_sha256 {words} NOT NULL, client {words},
    film_kept {words} NOT NULL, kept_sha256 {words}, reason {words},
    model_sha256 {words}, operating_point {words},
    prevalence {double}, finding {words}, class_of_interest {words},
    probability {double} NOT NULL, threshold {double}, height INTEGER,
    width INTEGER, verdict {words}, note {words}, reviewer {words},
    reviewed_at BIGINT, probabilities TEXT, logits TEXT, milliseconds TEXT, tags TEXT, cam {bytes},
    embedding {bytes}, FOREIGN KEY(model_sha256) REFERENCES models (sha256));
CREATE INDEX records_by_film ON records (film_key, id);
CREATE INDEX records_by_probability ON records (probability, id);
CREATE INDEX records_by_finding ON records (finding, id);
CREATE INDEX records_by_verdict ON records (verdict, id);
CREATE INDEX records_by_model ON records (model_sha256, id);
CREATE INDEX records_of_same_film ON records (film_sha256, model_sha256, id);
CREATE TABLE tokens (name {words} NOT NULL PRIMARY KEY, digest {words} NOT NULL UNIQUE,
    created_at BIGINT NOT NULL);
CREATE TABLE sessions (digest {words} NOT NULL PRIMARY KEY,
    token {words} NOT NULL, expires_at BIGINT NOT NULL,
    FOREIGN KEY(token) REFERENCES tokens (name) ON DELETE CASCADE);
CREATE INDEX sessions_by_token ON sessions (token);
INSERT INTO models VALUES ('5d', 'tiny', '6e', '{manifest}');
INSERT INTO records VALUES ('019b76da9c7b7000a3e1c5d2b4f60718', 'Ward/1.png', 'ward/1.png', 'aa',
    'ward', 'none', NULL, NULL, '5d', 'balanced', 0.25, 'VIRUS', 'VIRUS', 0.625, 0.2, 2000, 1500,
    'agree', 'seen', 'Dr. A', 1767323045678,
    '{{"NORMAL":0.125,"BACTERIA":0.25,"VIRUS":0.625}}', '[0.1,-0.5,1.5]', '{{"read":12.5}}',
    '{{"format":"DICOM","view":"PA","bits":12,"notes":["a"],"warnings":[]}}', {npy}, {npy});
INSERT INTO records (id, film, film_key, film_sha256, film_kept, reason, probability) VALUES
    ('019b76da9c7b7000a3e1c5d2b4f60719', '2.pdf', '2.pdf', 'bb', 'none', 'not a film', -1.0);
INSERT INTO tokens VALUES ('ward',
    'efba9b5eb4f1ddc8a6d0f1d1cc9ad1a0d2e46a2a6ba1b8b6de3ea05c4ea3f3a6', 1767323045678);
"""
# What people said there, of models with three classes and with two.
REVIEWS_0001 = """
INSERT INTO models VALUES ('7f', 'two', '8a', '{two}');
INSERT INTO records (id, film, film_key, film_sha256, film_kept, model_sha256, operating_point,
    finding, probability, verdict, note, reviewer, reviewed_at, logits, tags) VALUES
    ('{id}a', 'a', 'a', 'cc', 'none', '5d', 'balanced', 'VIRUS', 0.5, 'disagree', 'n', '', 1000,
        '[]', '{{"format":"PNG"}}'),
    ('{id}b', 'b', 'b', 'cc', 'none', '7f', 'balanced', 'NORMAL', 0.5, 'disagree', '', 'B', 2000,
        '[]', '{{"format":"PNG"}}'),
    ('{id}c', 'c', 'c', 'cc', 'none', '7f', 'screening', 'ILL', 0.5, 'unsure', '', 'B', 3000,
        '[]', '{{"format":"PNG"}}'),
    ('{id}d', 'd', 'd', 'cc', 'none', '7f', 'balanced', 'ILL', 0.5, NULL, NULL, NULL, NULL,
        '[]', '{{"format":"PNG"}}'),
    ('{id}e', 'e', 'e', 'cc', 'none', NULL, NULL, NULL, -1.0, 'agree', '', 'B', 4000, NULL, NULL);
"""
HEAD = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1, 1), }"
NPY = HEAD.ljust(127) + b"\n\x00\x00\x80?\x00\x00\x00@\x00\x00@@"

OPEN = """
import sys
from pathlib import Path
from pneumoscope.history.store import History
print("ready", flush=True)
sys.stdin.readline()
History.open(sys.argv[1], Path(sys.argv[2])).close()
"""


def make_first_version(database_url: str, more: str = "") -> None:
    database = Database.open(database_url)
    if database.dialect == "sqlite":
        words, double, data, npy = "TEXT", "DOUBLE", "BLOB", f"X'{NPY.hex()}'"
    else:
        words, double, data = 'TEXT COLLATE "C"', "DOUBLE PRECISION", "BYTEA"
        npy = rf"'\x{NPY.hex()}'"
    script = SCHEMA_0001.format(
        words=words, double=double, bytes=data, npy=npy, manifest=manifest_text(model())
    )
    with database.writing() as connection:
        for statement in (script + more).split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    database.close()


def test_a_database_of_the_first_version_opens(database_url: str, films: Path) -> None:
    make_first_version(database_url)
    with History.open(database_url, films) as history:
        read, unreadable = everything(history)
        assert (read.film, read.client, read.created_at.year) == ("Ward/1.png", "ward", 2025)
        assert read.answer is not None
        assert read.answer.call.finding == "VIRUS"
        assert read.answer.tags.notes == ("a",)
        assert read.review is not None
        assert read.review.reviewed_at.isoformat() == "2026-01-02T03:04:05.678000+00:00"
        assert dataclasses.replace(read.review, reviewed_at=THEN) == Review(
            "agree", "seen", "Dr. A", THEN, "VIRUS", "VIRUS", "balanced", blind=False
        )
        rebuilt = read.answer.prediction(read.film, model())
        assert rebuilt.cam.tolist() == [[[1.0]], [[2.0]], [[3.0]]]
        assert unreadable.reason == "not a film"
        assert history.find_same("aa", "5d", 0.25) == read
        assert [token.name for token in Tokens(history.database).list()] == ["ward"]
        history.keep_model(model())
        history.add([read_film()])
        assert_is_as_the_code_has_it(history)


def test_reviews_of_the_first_version_are_carried_over(
    database_url: str, films: Path, tmp_path: Path
) -> None:
    two = manifest_text(tiny_manifest(("NORMAL", "ILL")))
    make_first_version(
        database_url, REVIEWS_0001.format(two=two, id="019b76da9c7b7000a3e1c5d2b4f6072")
    )
    with History.open(database_url, films) as history:
        assert_is_as_the_code_has_it(history)
        told = {record.film: record.review for record in everything(history)[2:]}
        seen = {
            film: review and (review.verdict, review.opinion, review.finding, review.reviewer)
            for film, review in told.items()
        }
        assert seen == {
            "a": ("disagree", None, "VIRUS", ""),  # one of two others
            "b": ("disagree", "ILL", "NORMAL", "B"),
            "c": ("unsure", None, "ILL", "B"),
            "d": None,
            "e": ("agree", None, None, "B"),
        }
        by_verdict = history.search(Query(sort="verdict")).items
        assert [record.film for record in by_verdict] == [
            *("b", "a", "c", "e", "Ward/1.png", "d", "2.pdf")
        ]
        assert [record.film for record in history.search(Query(sort="urgency"), limit=2).items] == [
            *("d", "2.pdf")
        ]


def test_a_backup_of_the_first_version_is_restored(
    database_url: str, films: Path, tmp_path: Path
) -> None:
    make_first_version(f"sqlite:///{tmp_path / 'first.db'}")
    (tmp_path / "first" / FILMS).mkdir(parents=True)
    rows = 0
    database = Database.open(f"sqlite:///{tmp_path / 'first.db'}")
    with (
        database.reading() as connection,
        gzip.open(tmp_path / "first" / FILE, "wt", encoding="ascii") as file,
    ):
        file.write(json.dumps({"format": 1, "schema": "0001"}) + "\n")
        for table in ("models", "records", "tokens"):
            for row in connection.execute(text(f"SELECT * FROM {table}")).mappings():
                line = {"table": table, "row": dict(row)}
                coded = json.dumps(line, default=lambda data: base64.b64encode(data).decode())
                file.write(coded + "\n")
                rows += 1
        file.write(json.dumps({"rows": rows}) + "\n")
    database.close()
    assert restore(tmp_path / "first", database_url, films).rows == rows
    with History.open(database_url, films) as history:
        assert_is_as_the_code_has_it(history)
        read, _ = everything(history)
        assert read.review is not None
        assert (read.review.opinion, read.review.reviewer) == ("VIRUS", "Dr. A")


def test_the_scripts_make_the_tables_of_the_code(history: History) -> None:
    assert_is_as_the_code_has_it(history)


def assert_is_as_the_code_has_it(history: History) -> None:
    with history.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_newer_database_is_left_alone(history: History, database_url: str, films: Path) -> None:
    history.add([read_film()])
    with history.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HistoryError, match="newer pneumoscope: its schema is 9999") as caught:
        History.open(database_url, films)
    assert "Install a newer version" in caught.value.hint
    assert len(everything(history)) == 1


def test_a_migration_that_is_stopped_leaves_what_was_there(database_url: str) -> None:
    database = Database.open(database_url)

    class StoppedError(Exception):
        pass

    with pytest.raises(StoppedError), database.writing() as connection:  # noqa: PT012
        upgrade(connection, database.place)
        assert present_revision(connection) is not None
        raise StoppedError
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()


def test_several_processes_open_a_new_database_at_once(database_url: str, films: Path) -> None:
    command = [sys.executable, "-c", OPEN, database_url, str(films)]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(6)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, errors
    with History.open(database_url, films) as history:
        assert_is_as_the_code_has_it(history)
