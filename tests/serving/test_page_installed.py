"""The page as something that is installed: its manifest, and what it is without the service."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

import pneumoscope
from drawn_films import drawn_film
from pneumoscope.serving.page import STATIC
from served import Served, serving
from tokens import token_for
from watched_page import Watched, playwright, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect = playwright.expect
expect.set_options(timeout=60_000)

ROOT_PATH = "/pneumo"
_WELCOME = "Drop chest films here"

_KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys();
    kept[name] = requests.map(({url}) => url);
  }
  return kept;
}"""


_REPLACED = """async (before) => {
  while ((await caches.keys()).includes(before)) await new Promise((go) => setTimeout(go, 50));
}"""


def kept(seen: Watched) -> dict[str, list[str]]:
    """What the browser keeps for the page: addresses by the name of their cache."""
    return dict(seen.page.evaluate(_KEPT))


def wait_until_kept(seen: Watched) -> None:
    seen.page.evaluate("() => navigator.serviceWorker.ready.then(() => {})")


def kill(served: Served) -> None:
    served.process.send_signal(signal.SIGKILL)
    served.process.wait()


def again(folder: Path, served: Served, *options: str, env: dict[str, str] | None = None) -> Any:
    """The same service once more, where it was."""
    return serving(folder, "--port", str(served.port), *options, env=env)


def expect_away(seen: Watched) -> None:
    """The page is there, without anything of films, and says that its service does not answer."""
    expect(seen.page.locator("#away")).to_be_visible()
    expect(seen.page.locator(".notice")).to_be_visible()
    expect(seen.page.locator("#films li")).to_have_count(0)


@pytest.mark.parametrize("path", ["", ROOT_PATH], ids=["root", "path"])
def test_browsers_take_it_for_a_program(chromium: Any, tmp_path: Path, path: str) -> None:
    with (
        serving(tmp_path, "--root-path", path) as served,
        watched(chromium, served.url) as seen,
    ):
        assert served.url.endswith(f":{served.port}{path}")
        wait_until_kept(seen)
        devtools = seen.page.context.new_cdp_session(seen.page)
        told = devtools.send("Page.getAppManifest")
        assert told["url"] == f"{served.url}/static/manifest.webmanifest"
        assert told["errors"] == []
        assert told["manifest"]["startUrl"] == told["manifest"]["scope"] == f"{served.url}/"
        errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [error["errorId"] for error in errors] in ([], ["in-incognito"])  # as tests are
        for icon in json.loads(told["data"])["icons"]:
            answer = httpx.get(f"{served.url}/static/{icon['src']}")
            assert answer.headers["content-type"] == icon["type"]
        assert (seen.complaints, seen.elsewhere, seen.refused) == ([], [], [])


@pytest.mark.parametrize("options", [(), ("--root-path", ROOT_PATH)], ids=["root", "path"])
def test_the_page_comes_up_while_the_service_is_away(
    chromium: Any, tmp_path: Path, options: Sequence[str]
) -> None:
    with serving(tmp_path, *options) as first, watched(chromium, first.url) as seen:
        page = seen.page
        expect(page.get_by_text(_WELCOME)).to_be_visible()
        seen.drop({"a.png": drawn_film(0)})
        seen.open_film("a.png")
        wait_until_kept(seen)
        shell = {part.relative_to(STATIC).as_posix() for part in STATIC.rglob("*.*")} - {"sw.js"}
        (addresses,) = kept(seen).values()
        assert set(addresses) == {
            f"{first.url}/",
            *(f"{first.url}/static/{part}" for part in shell),
        }

        kill(first)
        page.reload()
        expect_away(seen)
        with again(tmp_path, first, *options):
            expect(page.locator("#panel .called")).to_be_visible()  # the address still names it
            expect(page.locator("#away")).to_be_hidden()
            assert "/kept/" not in page.locator("link[rel=stylesheet]").first.evaluate(
                "one => one.href"
            )  # it came from the service again
        assert (seen.complaints, seen.elsewhere) == ([], [])


def test_a_new_version_takes_the_place_of_the_one_before(chromium: Any, tmp_path: Path) -> None:
    """Of a program that was installed elsewhere, with changed files."""
    copy = tmp_path / "newer"
    shutil.copytree(Path(pneumoscope.__file__).parent, copy / "pneumoscope")
    static = copy / "pneumoscope" / "serving" / "static"
    for part, old, new in (
        ("words/en.js", _WELCOME, "Drop newer films here"),
        ("style.css", "--room: #eceef0", "--room: #010203"),
        ("app.js", "listenToPage();\nkeepPage", "document.title = 'newer';\n$&"),
    ):
        text = (static / part).read_text(encoding="utf-8")
        assert text.count(old) == 1
        changed = text.replace(old, new.replace("$&", old))
        (static / part).write_text(changed, encoding="utf-8")
    folder = tmp_path / "service"

    def parts(seen: Watched) -> tuple[str, str, str]:
        return (
            seen.page.locator(".target .large").text_content(),
            seen.page.evaluate(
                "getComputedStyle(document.documentElement).getPropertyValue('--room')"
            ),
            seen.page.title(),
        )

    older = (_WELCOME, "#eceef0", "pneumoscope")
    newer = ("Drop newer films here", "#010203", "newer")
    with serving(folder) as first, watched(chromium, first.url, scheme="light") as seen:
        wait_until_kept(seen)
        (before,) = kept(seen)
        kill(first)
        with again(folder, first, env={"PYTHONPATH": str(copy)}) as second:
            seen.page.reload()
            expect(seen.page.get_by_text(newer[0])).to_be_visible()
            assert parts(seen) == newer
            seen.page.evaluate(_REPLACED, before)
            kill(second)
            seen.page.reload()
            expect_away(seen)
            assert parts(seen) == newer
        with again(folder, first):
            expect(seen.page.get_by_text(older[0])).to_be_visible()
            assert parts(seen) == older
        assert seen.complaints == []


def test_films_on_their_way_go_on_once_it_is_back(chromium: Any, tmp_path: Path) -> None:
    films = {f"film-{number}.png": drawn_film(number) for number in range(5)}
    with serving(tmp_path) as first, watched(chromium, first.url) as seen:
        page = seen.page
        wait_until_kept(seen)
        page.reload()  # what is kept stands between the page and its service from now on
        expect(page.get_by_text(_WELCOME)).to_be_visible()
        assert page.evaluate("navigator.serviceWorker.controller !== null")
        first.process.send_signal(signal.SIGSTOP)
        seen.drop(films)
        expect(page.locator(".under-way")).to_have_count(3)
        kill(first)
        expect(page.locator(".under-way").first).to_contain_text("waits for the service")
        with again(tmp_path, first):
            expect(page.locator("#uploads")).to_contain_text("5 films read")
            expect(page.locator("#films li")).to_have_count(len(films))
        assert (seen.complaints, seen.elsewhere) == ([], [])


def test_signing_out_leaves_nothing_of_persons(chromium: Any, tmp_path: Path) -> None:
    token = token_for(tmp_path, "ward")
    with serving(tmp_path) as served, watched(chromium, served.url) as seen:
        page = seen.page
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text(_WELCOME)).to_be_visible()
        wait_until_kept(seen)
        seen.drop({"named.png": drawn_film(0)})
        seen.open_film("named.png")
        page.get_by_role("button", name="Report").click()
        expect(page.locator(".paper")).to_contain_text("named.png")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        (addresses,) = kept(seen).values()
        assert [one for one in addresses if "/v1/" in one] == []
        left = page.evaluate("async () => [{...localStorage}, {...sessionStorage}, "
                             "await indexedDB.databases(), document.cookie]")  # fmt: skip
        assert left == [{}, {}, [], ""]
        kill(served)
        page.reload()
        expect_away(seen)
        assert "named.png" not in page.content()
        assert seen.complaints == []


def test_where_browsers_keep_nothing_the_page_is_what_it_was(chromium: Any, tmp_path: Path) -> None:
    """As over http from another machine."""
    with serving(tmp_path) as served, chromium.new_context() as context:
        page, complaints = context.new_page(), []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script("delete Navigator.prototype.serviceWorker")
        page.goto(served.url)
        expect(page.get_by_text(_WELCOME)).to_be_visible()
        assert (complaints, page.evaluate(_KEPT)) == ([], {})
