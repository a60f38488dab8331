"""A full disk costs what does not fit, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from history_records import everything, kept_files, model, read_film
from pneumoscope.errors import HistoryFullError
from pneumoscope.history.store import History
from postgres import Cluster
from small_disk import SmallDisk, small_disk

FILM = bytes(30_000)


def fill_up_and_go_on(history: History, disk: SmallDisk, films: Path) -> None:
    """Add until nothing fits any more, twice; then make room, and add again."""
    history.keep_model(model())
    disk.fill(but=400_000)
    added: list[str] = []

    def add_until_full() -> None:
        while len(added) < 4_000:
            batch = [read_film(at=len(added) + more, copy=FILM) for more in range(4)]
            history.add(batch)
            added.extend(entry.record.id for entry in batch)

    for _ in range(2):
        with pytest.raises(HistoryFullError, match="no room left"):
            add_until_full()
        assert [record.id for record in everything(history)] == added
        assert kept_files(films) == sorted(added)
    disk.make_room()
    entry = read_film(at=10_000, copy=FILM)
    history.add([entry])
    assert [record.id for record in everything(history)] == [*added, entry.record.id]
    assert history.film(entry.record.id) == FILM


@pytest.mark.parametrize("what", ["the database", "films", "both"])
def test_a_full_disk_with_sqlite(tmp_path: Path, what: str) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        database = tmp_path if what == "films" else disk.path
        films = (tmp_path if what == "the database" else disk.path) / "films"
        with History.open(f"sqlite:///{database / 'history.db'}", films) as history:
            fill_up_and_go_on(history, disk, films)


@pytest.mark.postgresql
def test_a_full_disk_of_postgresql(tmp_path: Path, cluster: Cluster) -> None:
    with small_disk(cluster.folder / "disk", 16) as disk:
        place = disk.path / "tablespace"
        place.mkdir(mode=0o700)
        for path in (disk.path, place):
            cluster.owned_folder(path)
        cluster.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        cluster.execute("CREATE DATABASE on_small_disk TABLESPACE small")
        try:
            with History.open(cluster.url("on_small_disk"), tmp_path / "films") as history:
                fill_up_and_go_on(history, disk, tmp_path / "films")
        finally:
            cluster.execute("DROP DATABASE on_small_disk WITH (FORCE)")
            cluster.execute("DROP TABLESPACE small")
