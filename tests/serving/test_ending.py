"""A service that is told to end answers all that it was asked."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from load import Load, numbered_film
from pneumoscope.history.store import History
from processes import children
from served import Served, serving

pytestmark = pytest.mark.slow  # processes that start, wait and end

OPTIONS = ("--model", "phantoms", "--rate", "0")


def end_under_load(database_url: str, folder: Path, turn: int, *, keep_alive: bool) -> None:
    """End a service while 20 clients send films, and look for what is missing."""
    options = (*OPTIONS, "--history", database_url)
    with (
        serving(folder, *options) as served,
        Load(served.port, first=10_000 * turn, keep_alive=keep_alive) as load,
    ):
        load.wait_for(60)
        # As a manager of services does it: the processes that decode are told too.
        for process in (*children(served.process.pid), served.process.pid):
            os.kill(process, signal.SIGTERM)
        load.join()
        assert served.process.wait(60) == 0, served.log()
    assert load.lost == []
    assert "Traceback" not in served.log()
    assert {answer.status for answer in load.answers} <= {200, 503}
    assert len(load.read) >= 60
    with History.open(database_url, folder / "films") as history:
        for answer in load.read:
            assert history.get(answer.identifier) is not None


@pytest.mark.parametrize("keep_alive", [True, False])
def test_what_was_sent_is_answered_and_stored(
    database_url: str, tmp_path: Path, keep_alive: bool
) -> None:
    end_under_load(database_url, tmp_path, 0, keep_alive=keep_alive)


@pytest.mark.slow
def test_what_was_sent_is_answered_and_stored_each_time(database_url: str, tmp_path: Path) -> None:
    for turn in range(10):
        end_under_load(database_url, tmp_path, turn, keep_alive=turn % 2 == 0)


def begin_film(served: Served) -> socket.socket:
    """Send a request, but for the last byte of its film."""
    film = numbered_film(0)
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=60)
    head = (
        f"POST /v1/predictions HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
        f"Content-Type: image/jpeg\r\nContent-Length: {len(film)}\r\n\r\n"
    )
    connection.sendall(head.encode() + film[:-1])
    return connection


def wait_until_draining(served: Served) -> None:
    """Wait until nobody new is let in."""
    with pytest.raises(OSError):  # noqa: PT011, PT012 - refused, or no answer in time
        for _ in range(100):
            socket.create_connection(("127.0.0.1", served.port), timeout=0.2).close()
            time.sleep(0.05)


def test_a_film_that_is_still_being_sent_is_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path, *OPTIONS) as served, begin_film(served) as connection:
        time.sleep(0.2)
        served.process.terminate()
        wait_until_draining(served)
        time.sleep(1)
        connection.sendall(numbered_film(0)[-1:])
        answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nconnection: close\r\n" in answer.lower()
        assert served.process.wait(60) == 0


def test_who_takes_too_long_is_told(tmp_path: Path) -> None:
    options = (*OPTIONS, "--shutdown-seconds", "1")
    with serving(tmp_path, *options) as served, begin_film(served) as connection:
        time.sleep(0.2)
        served.process.terminate()
        answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"urn:pneumoscope:problem:busy" in answer
        assert served.process.wait(60) == 0


def test_another_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    options = (*OPTIONS, "--shutdown-seconds", "600")
    with serving(tmp_path, *options) as served, begin_film(served):
        time.sleep(0.2)
        served.process.send_signal(signal.SIGINT)
        wait_until_draining(served)
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(60) == 130, served.log()
