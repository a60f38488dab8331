"""What is damaged in a backup is told, and nothing of it is restored."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from history_records import model, read_film
from pneumoscope.errors import HistoryError
from pneumoscope.history.backup import FILE, backup, restore
from pneumoscope.history.database import Database
from pneumoscope.history.films import OWNER
from pneumoscope.history.store import History


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The file of a backup: the lines of a schema, a model, a record, and the end."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    with History.open(url, tmp_path / "films") as history:
        history.keep_model(model())
        history.add([read_film(copy=b"x")])
    backup(url, tmp_path / "films", tmp_path / "backup")
    return tmp_path / "backup" / FILE


def assert_is_refused(saved: Path) -> None:
    target = saved.parent.parent / "target"
    url = f"sqlite:///{target / 'history.db'}"
    with pytest.raises(HistoryError, match="is damaged"):
        restore(saved.parent, url, target / "films")
    database = Database.open(url)
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()
    assert not (target / "films" / OWNER).exists()


def test_a_flipped_bit(saved: Path) -> None:
    # Where nothing is packed, so that all can be unpacked, and only the checksum tells.
    text = gzip.decompress(saved.read_bytes())
    plain = bytearray(gzip.compress(text, compresslevel=0))
    plain[plain.index(b"ward/1.png")] ^= 1
    saved.write_bytes(plain)
    assert_is_refused(saved)


@pytest.mark.parametrize("lost", [1, 4, 8])
def test_a_lost_trailer(saved: Path, lost: int) -> None:
    saved.write_bytes(saved.read_bytes()[:-lost])
    assert_is_refused(saved)


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda line: line.pop(name)


def cell(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda line: line["row"].update({name: value})


@pytest.mark.parametrize(
    "damage",
    [
        without("table"),
        without("row"),
        lambda line: line.update(table="sessions"),
        lambda line: line.update(table=["records"]),
        lambda line: line.update(row=[]),
        lambda line: line["row"].pop("kept_sha256"),
        cell("other", 1),
        cell("id", "../../../etc/passwd"),
        cell("id", None),
        cell("film", {}),
        cell("height", 2**64),
        cell("cam", "no base64"),
    ],
)
def test_a_row_that_is_none(saved: Path, damage: Callable[[dict[str, Any]], object]) -> None:
    lines = [json.loads(line) for line in gzip.decompress(saved.read_bytes()).splitlines()]
    assert base64.b64decode(lines[2]["row"]["cam"]).startswith(b"\x93NUMPY")
    damage(lines[2])
    saved.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    assert_is_refused(saved)


@pytest.mark.parametrize("head", [{"format": 1}, {"format": 1, "schema": ["0001"]}])
def test_a_first_line_that_is_none(saved: Path, head: dict[str, object]) -> None:
    lines = gzip.decompress(saved.read_bytes()).splitlines()
    saved.write_bytes(gzip.compress(b"\n".join([json.dumps(head).encode(), *lines[1:]])))
    assert_is_refused(saved)


def test_something_behind_the_end(saved: Path) -> None:
    lines = gzip.decompress(saved.read_bytes()).splitlines()
    saved.write_bytes(gzip.compress(b"\n".join([*lines, lines[1]])))
    assert_is_refused(saved)


def test_a_line_without_end_of_its_brackets(saved: Path) -> None:
    lines = gzip.decompress(saved.read_bytes()).splitlines()
    saved.write_bytes(gzip.compress(b"\n".join([lines[0], b"[" * 100_000])))
    assert_is_refused(saved)
