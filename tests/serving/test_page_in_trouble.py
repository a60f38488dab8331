"""The page where answers fail, come late, or come from somebody else."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from drawn_films import drawn_film
from served import Served, serving
from watched_page import playwright, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect = playwright.expect
expect.set_options(timeout=60_000)

_BUSY = {
    "status": 503,
    "headers": {"Retry-After": "1"},
    "content_type": "application/problem+json",
    "body": '{"type": "urn:pneumoscope:problem:history-failed", "title": "Unavailable",'
    ' "detail": "Something is wrong with the history."}',
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("page")) as running:
        yield running


def sent(served: Served, name: str, seed: int) -> str:
    """Send a film; its id."""
    films = {"film": (name, drawn_film(seed))}
    told = httpx.post(f"{served.url}/v1/predictions", files=films, timeout=60)
    return str(told.json()["films"][0]["id"])


def one_record(id: str) -> re.Pattern[str]:
    """Addresses that ask for one record, and for none of its pictures."""
    return re.compile(rf"/v1/predictions/{id}(\?|$)")


def test_a_film_that_does_not_come_leaves_no_other_in_its_place(
    chromium: Any, served: Served
) -> None:
    sent(served, "first.png", 30)
    lost = sent(served, "lost.png", 31)
    with watched(chromium, served.url) as seen:
        page = seen.page
        seen.open_film("first.png")
        panel = page.locator("#panel")
        panel.get_by_label("Disagree").check()
        panel.get_by_label("Note").fill("of the first")
        page.route(one_record(lost), lambda route: route.abort())
        seen.row("lost.png").get_by_role("link").click()
        expect(panel).to_contain_text("did not come")
        expect(panel.locator("form")).to_have_count(0)
        expect(page.locator("canvas.film")).to_be_hidden()
        expect(page.locator(".message")).to_contain_text("broke off")

        page.unroute(one_record(lost))
        panel.get_by_role("button", name="Try again").click()
        expect(panel.get_by_label("Note")).to_have_value("")
        expect(panel.get_by_label("Disagree")).not_to_be_checked()

        page.keyboard.press("j")
        seen.open_film("first.png")  # what was typed of it is still there
        expect(panel.get_by_label("Note")).to_have_value("of the first")
        expect(panel.get_by_label("Disagree")).to_be_checked()
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.reload()
        assert asked == ["beforeunload"]
        assert seen.complaints == []


def test_what_a_short_break_loses_is_told(chromium: Any, served: Served) -> None:
    film = sent(served, "break.png", 32)
    with watched(chromium, served.url) as seen:
        page = seen.page
        seen.open_film("break.png")
        page.route(f"**/{film}/review", lambda route: route.abort(), times=1)
        page.get_by_label("Agree", exact=True).check()
        page.get_by_role("button", name="Save review").click()
        page.get_by_role("button", name="Without a name").click()
        expect(page.locator(".message")).to_contain_text("broke off")
        page.get_by_role("button", name="Save review").click()
        expect(seen.row("break.png")).to_contain_text("review: agree")
        assert seen.complaints == []


def test_a_point_that_a_model_lacks_gives_way_to_that_of_the_judgement(
    chromium: Any, served: Served
) -> None:
    film = sent(served, "older.png", 33)
    with watched(chromium, served.url) as seen:
        page = seen.page

        def lack(route: Any) -> None:  # as of a model that never had it
            route.continue_(url=route.request.url.replace("=screening", "=unknown"))

        page.route(one_record(film), lack)
        seen.open_film("older.png")
        page.get_by_label("screening").check()
        expect(page.locator("#said")).to_contain_text("screening")
        expect(page.locator("#panel")).to_contain_text("At the operating point balanced")
        page.reload()
        expect(page.locator("#panel")).to_contain_text("At the operating point balanced")
        assert seen.complaints == []
        assert set(seen.refused) == {422}


def test_the_page_starts_after_a_refusal(chromium: Any, served: Served) -> None:
    sent(served, "start.png", 34)
    with watched(chromium, served.url) as seen:
        page = seen.page
        expect(seen.row("start.png")).to_be_visible()
        page.route("**/v1/samples", lambda route: route.fulfill(status=418), times=1)
        page.reload()
        expect(page.locator(".message")).to_contain_text("status 418")
        expect(seen.row("start.png")).to_be_visible()
        expect(page.locator("body.starting")).to_have_count(0)


def test_pictures_are_asked_for_in_view_and_again_where_it_is_busy(
    chromium: Any, served: Served
) -> None:
    sent(served, "busy.png", 35)
    with watched(chromium, served.url) as seen:
        page = seen.page
        page.route("**/values*", lambda route: route.fulfill(**_BUSY), times=2)
        seen.open_film("busy.png")
        expect(page.locator("canvas.film")).to_be_visible()
        expect(seen.row("busy.png").locator(".thumbnail img")).to_be_visible()
        assert seen.complaints == []


def test_uploads_settle_whatever_answers(chromium: Any, tmp_path: Path) -> None:
    with serving(tmp_path) as served, watched(chromium, served.url) as seen:
        page = seen.page
        posts = "**/v1/predictions?model=*"
        expect(page.get_by_text("Drop chest films here")).to_be_visible()
        page.route(posts, lambda route: route.fulfill(body="<html>Sign in</html>"), times=1)
        seen.drop({"proxied.png": drawn_film(40)})
        expect(page.locator(".upload-failure")).to_contain_text("Not an answer of the service")

        # What failed before and is tried again beside others counts once.
        seen.drop({"second.png": drawn_film(41)})
        expect(page.locator(".upload-sum")).to_have_text("1 film read · 1 not sent")
        page.locator(".upload-failure").get_by_role("button", name="Try again").click()
        expect(page.locator(".upload-sum")).to_have_text("2 films read")

        seen.drop({"second.png": drawn_film(41)})
        expect(page.locator(".upload-sum")).to_contain_text("known from before")
        seen.row("second.png").first.get_by_role("link").click()
        expect(page.locator("#panel")).to_contain_text("known from before")

        page.route(posts, lambda route: route.fulfill(**_BUSY))
        seen.drop({"third.png": drawn_film(42)})
        expect(page.locator(".under-way")).to_contain_text("wrong with the history")
        expect(page.locator(".upload-failure")).to_contain_text("wrong with the history")
        page.unroute(posts)

        page.route(posts, lambda route: route.fulfill(status=403), times=1)
        page.route("**/v1/session", lambda route: route.fulfill(status=500), times=1)
        seen.drop({"fourth.png": drawn_film(43)})
        expect(page.locator(".upload-failure")).to_have_count(2)
        assert seen.complaints == []


def test_a_film_deleted_while_the_list_is_asked_for_stays_away(
    chromium: Any, tmp_path: Path
) -> None:
    with serving(tmp_path) as served:
        for number in range(3):
            broken = {"film": (f"{number}.dcm", b"no film")}
            httpx.post(f"{served.url}/v1/predictions", files=broken, timeout=60)
        with watched(chromium, served.url) as seen:
            page = seen.page
            seen.row("2.dcm").get_by_role("link").click()
            held: list[Any] = []

            def hold(route: Any) -> None:
                held.append((route, route.fetch()))  # with the film that is deleted then

            page.route("**/v1/predictions?*sort=oldest*", hold, times=1)
            with page.expect_request("**/v1/predictions?*sort=oldest*"):
                page.get_by_label("Order").select_option("Oldest")
            page.get_by_role("button", name="Delete").click()
            page.get_by_role("dialog").get_by_role("button", name="Delete").click()
            expect(page.locator("#films .name")).to_have_text(["1.dcm", "0.dcm"])
            ((route, answer),) = held
            assert answer.json()["total"] == 3
            route.fulfill(response=answer)
            expect(page.locator("#films .name")).to_have_text(["0.dcm", "1.dcm"])
            expect(page.locator("#count")).to_have_text("2 films")
            assert seen.complaints == []


def test_an_ended_session_holds_films_up_until_somebody_signs_in(
    chromium: Any, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "pneumoscope", "serve", "token", "create", "ward"]
    made = subprocess.run(
        [*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=True
    )
    token = made.stdout.strip()
    with serving(tmp_path) as served, watched(chromium, served.url) as seen:
        page = seen.page

        def sign_in() -> None:
            page.get_by_label("Token").fill(token)
            page.get_by_role("button", name="Sign in").click()

        sign_in()
        expect(page.get_by_text("Drop chest films here")).to_be_visible()
        page.context.clear_cookies()
        seen.drop({"a.png": drawn_film(0), "b.png": drawn_film(1)})
        expect(page.get_by_label("Token")).to_be_visible()
        page.evaluate("dispatchEvent(new HashChangeEvent('hashchange'))")
        sign_in()
        expect(page.locator("#uploads")).to_contain_text("2 films read")
        expect(page.locator("#films li")).to_have_count(2)
        assert seen.complaints == []
