"""The examples of `deploy/` are right, and a service behind a proxy is what it is without one."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest

from drawn_films import drawn_film
from pneumoscope.cli.serve import serve
from pneumoscope.serving.http_server import QUIET_SECONDS
from pneumoscope.serving.settings import ServiceSettings
from proxied import HOST, OPTIONS, ROOT_PATH, Proxy, behind_caddy, behind_nginx
from served import serving
from tokens import token_for

pytestmark = pytest.mark.deployment

DEPLOY = Path(__file__).parents[2] / "deploy"
DEPLOYMENT = Path(__file__).parents[2] / "docs" / "deployment.md"
PROGRAMS = Path(sys.executable).parent
MOST_EXPOSURE = 1.5
"""Of systemd's scale, on which 10 is a service without any protection."""


def needs(program: str, package: str) -> str:
    """The path of a program. Skips where it is missing."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is missing: apt-get install {package}")
    return found


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unit, with the program where it is installed here."""
    text = (DEPLOY / "pneumoscope.service").read_text(encoding="utf-8")
    here = tmp_path_factory.mktemp("unit") / "pneumoscope.service"
    here.write_text(text.replace("/opt/pneumoscope/bin", str(PROGRAMS)), encoding="utf-8")
    return here


def test_systemd_takes_the_unit_and_finds_it_well_protected(unit: Path) -> None:
    analyze = needs("systemd-analyze", "systemd")
    checked = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    judged = subprocess.run(
        [analyze, "security", "--offline=yes", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=True,
    )
    level = re.search(r"exposure level for \S+ ([\d.]+)", judged.stdout)
    assert level is not None
    assert float(level[1]) <= MOST_EXPOSURE


def test_the_unit_starts_the_service_with_options_that_it_has(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8").replace("\\\n", " ")
    (command,) = re.findall(r"^ExecStart=\S+ (.+)$", text, re.MULTILINE)
    words = shlex.split(command)
    context = click.Context(serve)
    _, rest, _ = serve.make_parser(context).parse_args(words[words.index("serve") + 1 :])
    assert rest == []


def test_the_service_is_given_the_time_that_its_end_may_take(unit: Path) -> None:
    settings = ServiceSettings()
    longest = QUIET_SECONDS + settings.shutdown_seconds + settings.limits.worker.max_seconds
    texts = (unit.read_text(encoding="utf-8"), DEPLOYMENT.read_text(encoding="utf-8"))
    given = [re.findall(r"TimeoutStopSec=(\d+)|--stop-timeout (\d+)", text) for text in texts]
    assert [len(found) for found in given] == [1, 2]
    assert all(longest + 5 < int(a or b) for found in given for a, b in found)


def test_the_container_file_is_well_written() -> None:
    linted = subprocess.run(
        [PROGRAMS / "hadolint", DEPLOY / "Containerfile"], capture_output=True, text=True
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_caddy_takes_its_example() -> None:
    caddy = needs("caddy", "caddy")
    subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")],
        check=True,
    )


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A service behind nginx, below a path, which takes bodies of 1 MiB."""
    needs("nginx", "nginx-light")
    folder = tmp_path_factory.mktemp("behind")
    options = (*OPTIONS, "--model", "phantoms", "--max-body", "1", "--no-auth")
    with (
        serving(folder / "service", *options) as served,
        behind_nginx(folder / "nginx", served.port) as proxy,
    ):
        yield proxy


def test_films_are_read_below_a_path(proxy: Proxy) -> None:
    with proxy.client() as client:
        assert client.get("").text.startswith("<!doctype html>")
        assert client.get("static/index.html").status_code == 200
        sample = client.get("v1/samples").json()[1]
        assert sample["url"] == f"{ROOT_PATH}/v1/samples/{sample['name']}"
        film = httpx.URL(client.base_url).join(sample["url"])
        drawn = client.get(film)
        assert drawn.headers["content-type"] == "image/png"
        answer = client.post("v1/predictions", files={"films": (sample["name"], drawn.content)})
        assert answer.status_code == 200
        (record,) = answer.json()["films"]
        assert record["film"] == sample["name"]
        assert client.get(f"v1/predictions/{record['id']}/overlay").status_code == 200


def test_a_body_that_is_too_large_is_told_in_the_words_of_the_service(proxy: Proxy) -> None:
    large = bytes(30 * 2**20)
    with proxy.client() as client:
        for body in (large, iter([large])):  # with its length, and without
            answer = client.post(
                "v1/predictions", content=body, headers={"content-type": "image/png"}
            )
            assert answer.status_code == 413
            assert answer.json()["type"] == "urn:pneumoscope:problem:too-large"
        # The next one is not disturbed.
        answer = client.post(
            "v1/predictions", content=drawn_film(), headers={"content-type": "image/png"}
        )
        assert answer.status_code == 200


def test_who_asks_without_tls_is_led_to_it(proxy: Proxy) -> None:
    answer = httpx.get(
        f"http://127.0.0.1:{proxy.plain_port}{ROOT_PATH}/", headers={"host": "films.example"}
    )
    assert answer.status_code == 301
    assert answer.headers["location"] == f"https://films.example{ROOT_PATH}/"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, str]]:
    """A service behind nginx that wants a token, which is given too, and few requests at once."""
    needs("nginx", "nginx-light")
    folder = tmp_path_factory.mktemp("guarded")
    token = token_for(folder / "service", "ward")
    options = (*OPTIONS, "--model", "phantoms", "--rate", "2")
    with (
        serving(folder / "service", *options) as served,
        behind_nginx(folder / "nginx", served.port) as proxy,
    ):
        yield proxy, token


def test_people_sign_in_with_a_cookie_for_that_path_and_for_tls(
    guarded: tuple[Proxy, str],
) -> None:
    proxy, token = guarded
    with proxy.client() as client:
        assert client.get("").status_code == 200
        assert client.get("v1/predictions").status_code == 401
        cookie = client.post("v1/session", json={"token": token}).headers["set-cookie"]
        assert f"Path={ROOT_PATH};" in cookie
        assert {"Secure", "HttpOnly"} <= set(cookie.split("; "))


def test_requests_are_counted_by_who_sent_them_and_not_by_the_proxy(
    guarded: tuple[Proxy, str],
) -> None:
    proxy, _ = guarded
    with proxy.client("127.0.0.2") as one, proxy.client("127.0.0.3") as other:
        said = [{"x-forwarded-for": f"192.0.2.{number}"} for number in range(20)]  # and is no help
        statuses = [one.get("v1/session", headers=headers).status_code for headers in said]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        assert other.get("v1/session").status_code == 200


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which nothing listens, as where the service is down."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_nginx_logs_no_name_of_a_film_also_where_the_service_is_down(
    tmp_path: Path, nobody: int
) -> None:
    needs("nginx", "nginx-light")
    folder = tmp_path / "nginx"
    with behind_nginx(folder, nobody) as proxy, proxy.client() as client:
        assert client.get("v1/predictions?search=Jane-Doe").status_code == 502
        plain = f"http://127.0.0.1:{proxy.plain_port}/?search=Jane-Doe"
        assert httpx.get(plain, headers={"host": "films.example"}).status_code == 301
    assert "Jane-Doe" not in (folder / "logged").read_text(encoding="utf-8")


def test_caddy_logs_no_name_of_a_film_also_where_the_service_is_down(
    tmp_path: Path, nobody: int
) -> None:
    needs("caddy", "caddy")
    with behind_caddy(tmp_path, nobody) as port:
        address = f"http://127.0.0.1:{port}{ROOT_PATH}/v1/predictions?search=Jane-Doe"
        assert httpx.get(address, headers={"host": HOST}).status_code == 502
    logged = (tmp_path / "logged").read_text(encoding="utf-8")
    assert "connection refused" in logged
    assert "Jane-Doe" not in logged
