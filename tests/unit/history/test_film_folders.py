"""A folder of films is one history's, and no other takes its films."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from history_records import everything, kept_files, model, read_film
from pneumoscope.errors import HistoryError
from pneumoscope.history.films import OWNER, FilmFolder
from pneumoscope.history.store import History


def age(films: Path) -> datetime.datetime:
    """Make all films two hours old. Returns the time that it is."""
    now = datetime.datetime.now(datetime.UTC)
    old = (now - datetime.timedelta(hours=2)).timestamp()
    for path in films.rglob("*"):
        os.utime(path, (old, old))
    return now


def test_another_database_is_refused_and_takes_no_films(
    history: History, films: Path, tmp_path: Path
) -> None:
    history.add([read_film(copy=b"x")])
    other = f"sqlite:///{tmp_path / 'other.db'}"
    with pytest.raises(HistoryError, match="belong to another history") as caught:
        History.open(other, films)
    assert str(films / OWNER) in caught.value.hint
    assert history.purge(age(films)).orphans == 0
    assert history.film(everything(history)[0].id) == b"x"
    with History.open(other, tmp_path / "others") as another:
        another.keep_model(model())


@pytest.mark.parametrize("owner", ["0" * 32, None])
def test_nothing_is_swept_once_the_folder_is_not_its_own(
    history: History, films: Path, owner: str | None
) -> None:
    history.films.write(read_film().record.id, b"x")
    now = age(films)
    (films / OWNER).unlink()
    if owner is not None:
        (films / OWNER).write_text(owner)
    with pytest.raises(HistoryError, match=r"another history|not the folder"):
        history.purge(now)
    assert len(kept_files(films)) == 1


def test_what_is_no_identifier_leads_nowhere(tmp_path: Path) -> None:
    folder = FilmFolder(tmp_path / "films")
    folder.make()
    (tmp_path / "secret").write_bytes(b"x")
    for identifier in ("../../secret", "secret", "A" * 32, ""):
        with pytest.raises(HistoryError, match="no identifier"):
            folder.remove([identifier])
    assert (tmp_path / "secret").exists()
