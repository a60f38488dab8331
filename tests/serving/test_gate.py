"""Who may use the service, from where, how often; and what every answer and every log holds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydicom.dataset import Dataset

from drawn_films import drawn_film
from film_files import dicom, gray_film
from served import Served, serving
from tokens import token_for

ORIGIN = "https://ward.example"
HEALTH = {"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"}
OPEN = {"/", "/v1/session", "/openapi.json", "/static/index.html", *HEALTH}


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> str:
    return token_for(tmp_path_factory.getbasetemp() / "guarded", "tester")


@pytest.fixture(scope="module")
def guarded(token: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that wants tokens, below a path, with a page elsewhere that may use it."""
    options = ("--model", "phantoms", "--rate", "0", "--root-path", "pneumo")
    folder = tmp_path_factory.getbasetemp() / "guarded"
    with serving(folder, *options, "--cors-origin", ORIGIN) as served:
        yield served


@pytest.fixture(scope="module")
def address(guarded: Served) -> str:
    """Where the service listens, without the path that a proxy shows."""
    return f"http://127.0.0.1:{guarded.port}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("root", ["", "/pneumo"], ids=["stripped by a proxy", "not stripped"])
def test_all_but_a_few_paths_need_a_token(address: str, token: str, root: str) -> None:
    http = httpx.Client(base_url=address + root)
    paths = http.get("/openapi.json").json()["paths"]
    known = {path.replace("{id}", "x").replace("{name}", "phantom-1.jpeg") for path in paths}
    unknown = {"/v1", "/v9", "/docs", "/metrics/", "/statics", "//", "/v1/session/x", "/pneumonia"}
    assert len(known) > 10
    for path in known | unknown | OPEN:
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"):
            answer = http.request(method, f"{address}{root}{path}")
            is_asked = answer.status_code == 401
            assert is_asked == (path not in OPEN), (method, path, answer.status_code)
            if is_asked:
                assert answer.headers["www-authenticate"].startswith("Bearer")
    for given in (bearer(token + "x"), {"Authorization": f"Basic {token}"}, bearer("x")):
        assert http.get("/v1/models", headers=given).status_code == 401
    assert http.get("/v1/models", headers=bearer(token)).status_code == 200


def test_a_session_changes_things_only_with_the_value_that_goes_with_it(
    address: str, token: str
) -> None:
    with httpx.Client(base_url=address) as page:
        assert page.post("/v1/session", json={"token": "pns_none"}).status_code == 401
        signed_in = page.post("/v1/session", json={"token": token})
        cookie = signed_in.headers["set-cookie"]
        assert {"HttpOnly", "Path=/pneumo", "SameSite=strict"} <= set(cookie.split("; "))
        page.cookies.clear()
        session = {"Cookie": cookie.split(";")[0]}
        csrf = page.get("/v1/session", headers=session).json()["csrf"]
        assert csrf == signed_in.json()["csrf"]

        def delete(**more: str) -> httpx.Response:
            return page.delete("/v1/predictions/none", headers=session | more)

        assert page.get("/v1/models", headers=session).status_code == 200
        assert delete().json()["type"] == "urn:pneumoscope:problem:csrf"
        assert delete(**{"X-CSRF-Token": csrf[::-1]}).status_code == 403
        assert delete(**{"X-CSRF-Token": ""}).status_code == 403
        assert delete(**{"X-CSRF-Token": csrf}).status_code == 404
        done = page.delete("/v1/session", headers=session | {"X-CSRF-Token": csrf})
        assert done.status_code == 204
        assert page.get("/v1/models", headers=session).status_code == 401


def test_every_answer_carries_an_id_and_headers_for_browsers(address: str, token: str) -> None:
    asked = [
        ("GET", "/", {}, 200),
        ("GET", "/static/index.html", {}, 200),
        ("GET", "/static/none", {}, 404),
        ("GET", "/healthz", {}, 200),
        ("GET", "/v1/models", {}, 401),
        ("GET", "/v1/models", bearer(token), 200),
        ("GET", "/v1/none", bearer(token), 404),
        ("PUT", "/v1/models", bearer(token), 405),
        ("GET", "/v1/predictions?limit=0", bearer(token), 422),
        ("PUT", "/v1/predictions/x/review", bearer(token), 413),
        ("OPTIONS", "/v1/models", {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}, 200),
    ]
    ids = set()
    for method, path, headers, status in asked:
        body = bytes(300_000) if status == 413 else b""
        answer = httpx.request(method, address + path, headers=headers, content=body)
        assert answer.status_code == status, (method, path, answer.text)
        ids.add(answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert len(ids) == len(asked)
    for given, is_kept in (("Ward-7.x_1", True), ("a b", False), ("x" * 65, False), ("", False)):
        answer = httpx.get(f"{address}/healthz", headers={"X-Request-ID": given})
        assert (answer.headers["x-request-id"] == given) is is_kept


def test_another_page_may_use_the_service_only_where_it_was_told(
    address: str, token: str, client: httpx.Client
) -> None:
    name = "access-control-allow-origin"
    wish = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    allowed = httpx.options(f"{address}/v1/predictions", headers={"Origin": ORIGIN} | wish)
    assert allowed.headers[name] == ORIGIN
    assert "POST" in allowed.headers["access-control-allow-methods"]
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    # What is refused can be read too, so that the page knows why.
    for given, status in ((bearer(token), 200), ({}, 401), ({"Host": "elsewhere"}, 400)):
        answer = httpx.get(f"{address}/v1/models", headers={"Origin": ORIGIN} | given)
        assert answer.status_code == status
        assert answer.headers[name] == ORIGIN
        assert "access-control-allow-credentials" not in answer.headers
    other = httpx.get(
        f"{address}/v1/models", headers={"Origin": "https://x.example"} | bearer(token)
    )
    assert name not in other.headers
    default = client.get("/v1/models", headers={"Origin": ORIGIN})
    assert default.status_code == 200
    assert name not in default.headers
    assert client.options("/v1/models", headers={"Origin": ORIGIN} | wish).status_code == 405


def test_the_service_is_asked_by_its_own_names_alone(client: httpx.Client, tmp_path: Path) -> None:
    def status(client: httpx.Client, host: str) -> int:
        return client.get("/healthz", headers={"Host": host}).status_code

    for host in ("localhost", "LOCALHOST:8000", "127.0.0.1:80", "[::1]:8000"):
        assert status(client, host) == 200
    for host in ("evil.example", "localhost.evil.example", "localhost:80:80", "::1", ""):
        assert status(client, host) == 400
    with (
        serving(tmp_path, "--allow-host", "Films.example") as served,
        httpx.Client(base_url=served.url) as named,
    ):
        assert status(named, "films.example:443") == 200
        assert status(named, "localhost") == 200  # which asks whether it is well
        assert status(named, "evil.example") == 400


def test_a_proxy_may_show_the_service_below_a_path(address: str, token: str) -> None:
    for root in ("", "/pneumo"):
        with httpx.Client(base_url=address + root, headers=bearer(token)) as client:
            samples = client.get("/v1/samples").json()
            assert samples[0]["url"] == "/pneumo/v1/samples/phantom-1.jpeg"
            film = client.get("/v1/samples/phantom-1.jpeg").content
            sent = client.post(
                "/v1/predictions", content=film, headers={"Content-Type": "image/jpeg"}
            )
            assert sent.json()["films"][0]["film"] == "film"
            assert client.get("/static/index.html").status_code == 200
    assert httpx.get(f"{address}/pneumonia", headers=bearer(token)).status_code == 404
    assert httpx.get(f"{address}/pneumo").status_code == 200


def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    token = token_for(tmp_path, "tester")
    with serving(tmp_path, "--rate", "0.5") as served:

        def client(address: str) -> httpx.Client:
            way = httpx.HTTPTransport(local_address=address)
            return httpx.Client(base_url=served.url, transport=way)

        with client("127.0.0.1") as one, client("127.0.0.2") as other:
            for asking, given, status in (
                (one, bearer("none"), 401),
                (other, bearer(token), 200),
            ):
                assert asking.get("/v1/models", headers=given).status_code == status
                refused = asking.get("/v1/models", headers=given)
                assert refused.status_code == 429
                assert 1 <= int(refused.headers["retry-after"]) <= 2
                if asking is one:  # no token is looked up any more, be it right or wrong
                    assert one.get("/v1/models", headers=bearer(token)).status_code == 429
            assert {one.get("/healthz").status_code for _ in range(5)} == {200}


def person_in_dicom(marker: str) -> bytes:
    """A film of a person, with values that are not as they should be."""
    whole = Dataset()
    whole.PatientName = marker
    return dicom(
        gray_film(),
        PatientName=marker,
        PatientID=marker,
        StudyDescription=marker,
        ReferencedPatientSequence=[whole],
        AcquisitionDate=marker[:12],
        ContentTime=marker[:12],
        PatientAge=marker[:12],
        StudyInstanceUID=marker,
        SOPClassUID=marker,
        WindowCenterWidthExplanation=marker,
    )


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize("way", ["-v", "--log-json"])
def test_the_log_never_holds_what_may_tell_of_a_person(way: str, tmp_path: Path) -> None:
    marker = f"doe{uuid.uuid4().hex}"
    film = person_in_dicom(marker)
    assert film.count(marker[:12].encode()) > 9
    broken = film[:400] + b"\0" + film[402:]
    cut = film[: film.index(b"\xe0\x7f\x10\x00") + 40]
    png = drawn_film().replace(b"IEND", b"IEND" + marker.encode())
    with (
        serving(tmp_path, "--model", "phantoms", before=[way]) as served,
        httpx.Client(base_url=served.url) as client,
    ):
        asked = {"name": f"{marker}.dcm", "model": "phantoms"}
        headers = {"Content-Type": "application/dicom", "X-Request-ID": "the-last"}
        for data in (film, broken, cut, png):
            client.post("/v1/predictions", params=asked, content=data, headers=headers)
            files = [("films", (f"{marker}.dcm", data)), (marker, (marker, data))]
            answer = client.post("/v1/predictions?model=phantoms", files=files)
            assert marker in answer.text
        paths = ["/v1/predictions?search=", "/v1/predictions?finding=", "/v1/predictions?cursor="]
        paths += ["/v1/predictions/", "/v1/samples/", "/v1/model?model=", "/static/", "/", "/v1/x?"]
        for path in paths:
            client.get(path + marker)
        client.put(f"/v1/predictions/{marker}/review", json={"verdict": marker, marker: marker})
        client.get(f"/{marker}", headers={"Host": marker, "User-Agent": marker, "Cookie": marker})
        client.request(marker[:3].upper(), "/")
        client.get("/healthz", headers={"X-Request-ID": "the-last"})
    log = served.log()
    assert "the-last" in log
    assert marker[:12] not in log.lower()
    if way == "--log-json":
        lines = log.splitlines()
        assert all("event" in json.loads(line) or "message" in json.loads(line) for line in lines)
