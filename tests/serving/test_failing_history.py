"""A service whose history fails says so, and goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from load import Load, numbered_film
from postgres import Cluster
from served import Served, serving
from small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.slow  # processes that start, wait and end

PREDICTIONS = "/v1/predictions"
OPTIONS = ("--model", "phantoms", "--rate", "0", "--keep", "whole")


def send(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(
        PREDICTIONS, content=numbered_film(number), headers={"content-type": "image/jpeg"}
    )


def problem_of(body: dict[str, Any]) -> str:
    return str(body["type"]).removeprefix("urn:pneumoscope:problem:")


def wait_until_ready(client: httpx.Client) -> None:
    """What was found out is remembered for a second."""
    end = time.monotonic() + 10
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.05)


def fill_up_and_go_on(served: Served, disk: SmallDisk, films: Path) -> None:
    disk.fill(but=200_000)
    with httpx.Client(base_url=served.url, timeout=60) as client:
        with Load(served.port, clients=4) as load:
            while sum(answer.status == 507 for answer in load.answers) < 8:
                load.wait_for(len(load.answers) + 1)
        assert load.lost == []
        full = [answer for answer in load.answers if answer.status != 200]
        assert {(answer.status, problem_of(answer.document)) for answer in full} == {
            (507, "history-full")
        }
        assert full[0].headers["content-type"] == "application/problem+json"
        # What was answered is there, and of the others nothing.
        assert load.read
        assert client.get(PREDICTIONS).json()["total"] == len(load.read)
        for answer in load.read:
            path = f"{PREDICTIONS}/{answer.identifier}"
            assert client.get(path).json() == answer.document["films"][0]
            assert client.get(f"{path}/film").status_code == 200
        kept = {path.name for path in films.glob("??/*")}
        assert kept == {answer.identifier for answer in load.read}

        # Where it lies is told to the operator, and not to clients.
        assert str(disk.path) not in full[0].document["detail"]
        assert "history failed kind=history-full" in served.log()
        number = 100_000
        while send(client, number).status_code == 200:  # what is smaller than a group may fit
            number += 1
        refused = client.get("/readyz")
        assert (refused.status_code, refused.json()["detail"]) == (
            503,
            "There was no room for the last film.",
        )
        disk.make_room()
        assert send(client, 200_000).status_code == 200
        wait_until_ready(client)


@pytest.mark.parametrize("what", ["database", "films"])
def test_a_full_disk_with_sqlite(tmp_path: Path, what: str) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        films = disk.path if what == "films" else tmp_path
        database = disk.path if what == "database" else tmp_path
        history = f"sqlite:///{database / 'history.sqlite'}"
        # Of a folder given twice, the last one counts; the log is no part of this.
        options = (*OPTIONS, "--history", history, "--folder", str(films))
        with serving(tmp_path, *options) as served:
            fill_up_and_go_on(served, disk, films / "films")


@pytest.mark.postgresql
def test_a_full_disk_of_postgresql(tmp_path: Path, cluster: Cluster) -> None:
    with small_disk(cluster.folder / "served", 16) as disk:
        place = disk.path / "tablespace"
        place.mkdir(mode=0o700)
        for path in (disk.path, place):
            cluster.owned_folder(path)
        cluster.execute(f"CREATE TABLESPACE served LOCATION '{place}'")
        cluster.execute("CREATE DATABASE served TABLESPACE served")
        try:
            with serving(tmp_path, *OPTIONS, "--history", cluster.url("served")) as served:
                fill_up_and_go_on(served, disk, tmp_path / "films")
        finally:
            cluster.execute("DROP DATABASE served WITH (FORCE)")
            cluster.execute("DROP TABLESPACE served")


@pytest.mark.postgresql
def test_a_database_that_ends_and_comes_back(tmp_path: Path, cluster: Cluster) -> None:
    options = (*OPTIONS, "--history", cluster.new_database())
    with (
        serving(tmp_path, *options) as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        with Load(served.port, clients=8) as load:
            load.wait_for(20)
            cluster.stop()
            try:
                load.wait_for(len(load.answers) + 20)
                assert client.get("/healthz").status_code == 200
                for path in ("/readyz", PREDICTIONS):
                    answer = client.get(path)
                    assert answer.status_code == 503
                    assert int(answer.headers["retry-after"]) >= 1
            finally:
                cluster.start()
            read = len(load.read)
            while len(load.read) < read + 20:
                load.wait_for(len(load.answers) + 1)
        assert load.lost == []
        failed = [answer for answer in load.answers if answer.status != 200]
        assert {(answer.status, problem_of(answer.document)) for answer in failed} == {
            (503, "history-unavailable")
        }
        assert all("retry-after" in answer.headers for answer in failed)
        wait_until_ready(client)
        for answer in load.read:
            assert client.get(f"{PREDICTIONS}/{answer.identifier}").status_code == 200
        assert "Traceback" not in served.log()


def test_a_kept_film_that_is_damaged(tmp_path: Path) -> None:
    with serving(tmp_path, *OPTIONS) as served, httpx.Client(base_url=served.url) as client:
        (record,) = send(client, 1).json()["films"]
        (film,) = (tmp_path / "films").glob("??/*")
        film.write_bytes(film.read_bytes()[:-1])
        answer = client.get(f"{PREDICTIONS}/{record['id']}/film")
        assert (answer.status_code, problem_of(answer.json())) == (503, "history-failed")
        assert "is damaged" in served.log()
        assert client.get(f"{PREDICTIONS}/{record['id']}").json() == record
