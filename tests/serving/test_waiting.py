"""Films that wait: how many, for how long, and for whom."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from load import Load, numbered_film
from processes import children
from served import Served, serving

pytestmark = pytest.mark.slow  # processes that start, wait and end

PREDICTIONS = "/v1/predictions"
OPTIONS = ("--model", "phantoms", "--rate", "0", "--workers", "1")
JPEG = {"content-type": "image/jpeg"}


@contextmanager
def asked(folder: Path, *options: str) -> Iterator[tuple[Served, httpx.Client]]:
    """A service that has read one film, so that its process for films is there, and a client."""
    with (
        serving(folder, *OPTIONS, *options) as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        assert send(client, 0).status_code == 200
        yield served, client


def send(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(PREDICTIONS, content=numbered_film(number), headers=JPEG)


@contextmanager
def halted(served: Served, *but: int) -> Iterator[int]:
    """While the process that decodes stands still, which is none of those in `but`."""
    (decoder,) = set(children(served.process.pid)) - {*but}
    os.kill(decoder, signal.SIGSTOP)
    try:
        yield decoder
    finally:
        with suppress(ProcessLookupError):  # it was killed
            os.kill(decoder, signal.SIGCONT)


def figure(client: httpx.Client, name: str) -> float:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return sum(
        sample.value for family in families for sample in family.samples if sample.name == name
    )


def wait_for(client: httpx.Client, name: str, value: float) -> None:
    end = time.monotonic() + 60
    while (now := figure(client, name)) != value:
        assert time.monotonic() < end, f"{name} is {now}"
        time.sleep(0.02)


def test_films_of_a_client_that_left_are_not_judged(tmp_path: Path) -> None:
    with asked(tmp_path) as (served, client), ThreadPoolExecutor() as pool:
        with halted(served):
            first = pool.submit(send, client, 1)
            wait_for(client, "pneumoscope_films_waiting", 1)
            with httpx.Client(base_url=served.url, timeout=0.5) as impatient:
                files = [("film", ("a.jpeg", numbered_film(number))) for number in (2, 3, 4)]
                with pytest.raises(httpx.ReadTimeout):
                    impatient.post(PREDICTIONS, files=files)
            wait_for(client, "pneumoscope_films_dropped_total", 3)
            assert figure(client, "pneumoscope_films_waiting") == 1
        assert first.result().status_code == 200
        assert send(client, 5).status_code == 200
        assert figure(client, "pneumoscope_films_total") == 3
        assert client.get(PREDICTIONS).json()["total"] == 3
        assert len(list((tmp_path / "films").glob("??/*"))) == 3


def test_what_takes_too_long_is_refused_and_not_stored(tmp_path: Path) -> None:
    with asked(tmp_path, "--timeout", "5") as (served, client):
        with halted(served):
            late = send(client, 1)
            assert late.status_code == 503
            assert "retry-after" in late.headers
        assert send(client, 2).status_code == 200
        assert client.get(PREDICTIONS).json()["total"] == 2


def test_no_more_films_wait_than_are_let_in(tmp_path: Path) -> None:
    with asked(tmp_path, "--queue", "4") as (served, client), ThreadPoolExecutor(50) as pool:
        with halted(served):
            answers = [pool.submit(send, client, number) for number in range(1, 51)]
            # All that are too many are answered at once: nothing that waits is done meanwhile.
            refused = wait_until_done(answers, 46)
            assert figure(client, "pneumoscope_films_waiting") == 4
        assert {answer.status_code for answer in refused} == {503}
        assert all(1 <= int(answer.headers["retry-after"]) <= 10 for answer in refused)
        statuses = [answer.result().status_code for answer in answers]
        assert statuses.count(200) == 4
        assert client.get(PREDICTIONS).json()["total"] == 5


def test_films_are_judged_while_pictures_wait(tmp_path: Path) -> None:
    with asked(tmp_path) as (served, client), ThreadPoolExecutor(40) as pool:
        (reader,) = children(served.process.pid)
        (record,) = client.get(PREDICTIONS).json()["predictions"]
        path = f"{PREDICTIONS}/{record['id']}/film?size=64"
        assert client.get(path).status_code == 200
        with halted(served, reader):
            answers = [pool.submit(client.get, path) for _ in range(40)]
            refused = wait_until_done(answers, 7)
            assert {answer.status_code for answer in refused} == {503}
            assert send(client, 2).status_code == 200
            assert client.get("/readyz").status_code == 200
        statuses = [answer.result().status_code for answer in answers]
        assert statuses.count(200) == 33  # one was being made, and 32 waited
        assert len(children(served.process.pid)) == 2


def wait_until_done(futures: list[Future[Any]], count: int) -> list[Any]:
    end = time.monotonic() + 60
    while len(done := [future.result() for future in futures if future.done()]) < count:
        assert time.monotonic() < end, f"{len(done)} of {count}"
        time.sleep(0.02)
    return done


def test_a_decoder_that_is_killed_costs_no_film(tmp_path: Path) -> None:
    with asked(tmp_path) as (served, client), ThreadPoolExecutor() as pool:
        with halted(served) as decoder:
            films = [pool.submit(send, client, number) for number in range(1, 7)]
            wait_for(client, "pneumoscope_films_waiting", 6)
            os.kill(decoder, signal.SIGKILL)
            answers = [film.result() for film in films]
        # It is no verdict on the film that was being read, which another process reads.
        assert [answer.status_code for answer in answers] == [200] * 6


def test_a_burst_of_clients_that_wait_is_answered(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "--model", "phantoms", "--rate", "0") as served,
        Load(served.port, clients=50, until=lambda number: number >= 150) as load,
    ):
        load.join()
    assert load.lost == []
    assert [answer.status for answer in load.answers] == [200] * 150
