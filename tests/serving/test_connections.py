"""What one connection, and all of them together, may take from the service."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from memory import resident_bytes
from served import Served, serving

SECONDS = 2.0  # until a request has arrived
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/predictions HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("service")
    options = ("--timeout", str(SECONDS), "--connections", "20", "--max-body", "64", "--rate", "0")
    with serving(folder, *options, before=["--log-json"]) as service:
        yield service


def connect(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=20)


def all_of(connection: socket.socket) -> bytes:
    """Everything that comes until the service closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def exchange(served: Served, sent: bytes) -> bytes:
    with connect(served) as connection:
        connection.sendall(sent)
        return all_of(connection)


def problem(answer: bytes) -> dict[str, Any]:
    """The last answer of a connection, which is a problem and says that it is the last."""
    head, _, body = re.split(rb"(?=HTTP/1\.1 \d)", answer)[-1].partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert "content-type: application/problem+json" in lines
    assert "connection: close" in lines
    assert "x-content-type-options: nosniff" in lines
    document: dict[str, Any] = json.loads(body)
    assert f"x-request-id: {document['request_id']}" in lines
    assert head.startswith(b"HTTP/1.1 %d " % document["status"])
    return document


def test_a_head_has_to_arrive_in_time_whether_it_is_the_first_or_not(served: Served) -> None:
    with connect(served) as connection:
        for byte in GET[:20]:
            connection.send(bytes([byte]))
            time.sleep(0.01)
        assert problem(all_of(connection))["status"] == 408
    with connect(served) as connection:
        connection.sendall(GET + GET[:20])
        answer = all_of(connection)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert problem(answer)["status"] == 408


@pytest.mark.parametrize("drop", [b"", b"\r\n"], ids=["silent", "blank lines"])
def test_a_connection_without_a_request_is_closed(served: Served, drop: bytes) -> None:
    with connect(served) as connection:
        connection.settimeout(0.2)
        begin = time.monotonic()
        while time.monotonic() - begin < 5 * SECONDS:
            try:
                if drop:
                    connection.sendall(drop)
                if not connection.recv(1000):
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    pytest.fail("the connection is still open")


def test_a_body_has_to_arrive_in_time_on_every_route(served: Served) -> None:
    for route in (b"POST /v1/predictions", b"PUT /v1/predictions/x/review"):
        kind = b"image/png" if route.startswith(b"POST") else b"application/json"
        head = b"%b HTTP/1.1\r\nHost: localhost\r\nContent-Type: %b\r\n" % (route, kind)
        with connect(served) as connection:
            connection.sendall(head + b"Content-Length: 9\r\n\r\n{")
            assert b" 408 " in connection.recv(65536).split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("long", "status"),
    [
        (b"GET /" + b"a" * 10 * MEBIBYTE, 431),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 10 * MEBIBYTE, 431),
        (b"GET / HTTP/1.1\r\n" + b"X-Many: a\r\n" * MEBIBYTE, 431),
        (b"GET / HTTP/1.1\r\nX-Short: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: " + b"a" * 10 * MEBIBYTE, 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 10 * MEBIBYTE, 431),
        (GET * 5_000, 400),
        (b"\x16\x03\x01 TLS\r\n\r\n", 400),
        (GET[:-2] + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else str(value),
)  # fmt: skip
def test_what_is_no_request_is_refused_and_never_held(
    served: Served, long: bytes, status: int
) -> None:
    before = resident_bytes(served.process.pid)
    assert problem(exchange(served, long))["status"] == status
    assert resident_bytes(served.process.pid) - before < 8 * MEBIBYTE


def test_a_request_before_one_that_is_none_is_answered_first(served: Served) -> None:
    answer = exchange(served, GET.replace(b"healthz", b"v1/models") + b"no request\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 1
    assert problem(answer)["status"] == 400
    assert answer.index(b" 200 ") < answer.index(b" 400 ")


def test_a_request_that_offers_another_protocol_is_answered_in_this_one(served: Served) -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"
    last = GET[:-2] + b"Connection: close\r\n\r\n"
    answer = exchange(served, GET[:-2] + offer + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_a_request_has_one_host(served: Served) -> None:
    answer = exchange(served, GET[:-2] + b"Host: elsewhere\r\nConnection: close\r\n\r\n")
    assert b"more than one Host" in answer


@pytest.mark.parametrize("cut", [0, 10, 60, 140, 190])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_behind_such_an_offer_is_a_body(served: Served, chunked: bool, cut: int) -> None:
    body = b"a film that is none, " * 3
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    offer = b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + length + b"\r\n\r\n"
    sent = b"%x\r\n%b\r\n0\r\nX-Trailer: a\r\n\r\n" % (len(body), body) if chunked else body
    request = POST + offer + sent
    first = len(request) - cut
    with connect(served) as connection:
        connection.sendall(request[:first])
        time.sleep(0.05)
        connection.sendall(request[first:] + 2 * request + GET[:-2] + b"Connection: close\r\n\r\n")
        answer = all_of(connection)
    statuses = re.findall(rb"HTTP/1\.1 (\d+)", answer)
    assert statuses == [b"422", b"422", b"422", b"200"]
    assert answer.count(hashlib.sha256(body).hexdigest().encode()) == 3


def test_connections_beyond_the_limit_are_told_so(served: Served) -> None:
    held = []
    try:
        for _ in range(20):
            held.append(connect(served))
            held[-1].sendall(GET)
            assert b" 200 " in held[-1].recv(65536)
        refused = exchange(served, GET)
        assert problem(refused)["status"] == 503
        assert b"retry-after: 1\r\n" in refused.lower()
        held.pop().close()
        time.sleep(0.1)
        assert httpx.get(served.url + "/healthz").status_code == 200
    finally:
        for connection in held:
            connection.close()
    time.sleep(0.1)


def test_as_many_connections_as_are_allowed_can_be_open(tmp_path: Path) -> None:
    """Also where the system begins with a lower limit of open files."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held: list[socket.socket] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    try:
        with serving(tmp_path, "--connections", "200") as served:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for _ in range(200):
                held.append(connect(served))
                held[-1].sendall(GET)
                assert b" 200 " in held[-1].recv(65536)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for connection in held:
            connection.close()


def zeros(size: int) -> Iterator[bytes]:
    for _ in range(size // MEBIBYTE):
        yield bytes(MEBIBYTE)


def test_who_sends_a_body_that_is_far_too_large_reads_why_it_is_refused(
    served: Served, tmp_path: Path
) -> None:
    before = resident_bytes(served.process.pid)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(300 * MEBIBYTE)
    for headers in ({}, {"Content-Length": str(300 * MEBIBYTE)}):
        answer = httpx.post(
            f"{served.url}/v1/predictions",
            content=zeros(300 * MEBIBYTE),
            headers={"Content-Type": "image/png", **headers},
            timeout=30,
        )
        assert answer.json()["status"] == 413
    for expect in ("Expect:", "Expect: 100-continue"):
        for kind in ("Content-Type: image/png", "Transfer-Encoding: chunked"):
            curl = ["curl", "-sS", "-T", file.name, "-X", "POST", "-H", "Content-Type: image/png"]
            curl += ["-H", expect, "-H", kind, "-w", "%{http_code}", "-o", "/dev/null"]
            done = subprocess.run(
                [*curl, f"{served.url}/v1/predictions"], capture_output=True, text=True, timeout=60
            )
            assert done.stdout == "413", (expect, kind, done.stderr)
    # The body of a request counts up to the limit of 64 MiB only.
    assert resident_bytes(served.process.pid) - before < 200 * MEBIBYTE


def test_nobody_goes_on_sending_for_ever(served: Served) -> None:
    with connect(served) as connection:
        connection.sendall(POST + b"Content-Length: 10000000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            send_again_and_again(connection, bytes(4 * MEBIBYTE), times=500)


def send_again_and_again(
    connection: socket.socket, data: bytes, times: int, pause: float = 0.0
) -> None:
    for _ in range(times):
        connection.sendall(data)
        time.sleep(pause)


def test_a_small_body_that_nobody_wants_leaves_the_connection_open(served: Served) -> None:
    unwanted = GET[:-2] + b"Content-Length: 5\r\n\r\nhello"
    answer = exchange(served, unwanted + GET[:-2] + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 2


def test_a_request_has_one_answer_however_late_its_body_comes(served: Served) -> None:
    with connect(served) as connection:
        connection.sendall(
            POST.replace(b"image/png", b"text/plain") + b"Content-Length: 99\r\n\r\n"
        )
        connection.sendall(b"h")
        answer = all_of(connection)
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"415"]


def test_an_answer_has_to_be_read(served: Served) -> None:
    """A client that asks again and again and never reads is let go."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(20)
    with connection:
        connection.connect(("127.0.0.1", served.port))
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with pytest.raises(ConnectionError):
            send_again_and_again(connection, ask, times=20_000, pause=0.001)


def test_the_log_stays_json_whatever_is_sent(served: Served) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda text: exchange(served, text), [b"\0\r\n\r\n", b"GET\r\n\r\n"] * 4))
    lines = served.log().splitlines()
    events = [json.loads(line) for line in lines]
    assert "malformed-request" in {event.get("kind") for event in events}
    assert {event["level"] for event in events} == {"info"}
