"""A service that asks nobody for a token is for the programs and people of this machine alone."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from drawn_films import drawn_film
from served import serving

pytestmark = pytest.mark.slow  # processes that start, wait and end

PAGE = "https://ward.example"
PREDICTIONS = "/v1/predictions"
FORWARDED = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "Forwarded": "for=192.0.2.7;proto=https",
}


def send(client: httpx.Client, headers: dict[str, str]) -> httpx.Response:
    """A film as the form of a page sends it: without a question first."""
    return client.post(PREDICTIONS, files=[("films", ("film", drawn_film()))], headers=headers)


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:pneumoscope:problem:")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": PAGE},
        {"Origin": "null"},
        # Another page of this machine, on another port.
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:1"},
    ],
    ids=str,
)
def test_another_page_changes_nothing(client: httpx.Client, headers: dict[str, str]) -> None:
    total = client.get(PREDICTIONS).json()["total"]
    answer = send(client, headers)
    assert (answer.status_code, kind_of(answer)) == (403, "cross-site")
    assert client.delete(f"{PREDICTIONS}/x", headers=headers).status_code == 403
    assert client.get(PREDICTIONS, headers=headers).json()["total"] == total


def test_programs_and_the_page_itself_go_on(client: httpx.Client) -> None:
    own = str(client.base_url).rstrip("/")
    for headers in (
        {},
        {"Origin": own},
        {"Origin": own, "Sec-Fetch-Site": "same-origin"},
        # Through a proxy that says nothing of TLS the service does not know its own origin.
        {"Origin": PAGE, "Sec-Fetch-Site": "same-origin"},
    ):
        assert send(client, headers).status_code == 200


def test_a_page_that_was_named_may_send_films(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "--model", "phantoms", "--cors-origin", PAGE) as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        told = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
        answer = send(client, told)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert send(client, told | {"Origin": "https://x.example"}).status_code == 403


@pytest.mark.parametrize("name", FORWARDED)
def test_who_comes_through_a_proxy_is_refused(client: httpx.Client, name: str) -> None:
    for path in ("/", PREDICTIONS):
        answer = client.get(path, headers={name: FORWARDED[name]})
        assert (answer.status_code, kind_of(answer)) == (403, "proxy")
        assert "serve token create" in answer.json()["hint"]


def test_who_comes_through_a_proxy_is_let_in_where_that_is_meant(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-auth") as served:
        answer = httpx.get(f"{served.url}{PREDICTIONS}", headers=FORWARDED)
        assert answer.status_code == 200
