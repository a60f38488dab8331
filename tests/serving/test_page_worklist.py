"""The list of the page, with as many films as a hospital has: only what is in sight is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from history_records import SECOND, START, digest_of, model, prediction, unreadable_film
from pneumoscope.history.records import Answer, NewRecord, Record, model_digest
from pneumoscope.history.store import History
from served import Served, serving
from watched_page import DESKTOP, PHONE, Watched, playwright, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect = playwright.expect
expect.set_options(timeout=60_000)

FILMS = 10_000
MOST_ROWS = 40
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])

_SCROLL = """share => {
  const box = document.querySelector("#list-box");
  const isBox = getComputedStyle(box).overflowY !== "visible";
  const list = document.querySelector("#films");
  const top = isBox ? 0 : list.getBoundingClientRect().top + scrollY;
  (isBox ? box : document.documentElement).scrollTo(0, top + share * list.offsetHeight);
}"""

_IN_SIGHT = """() => [...document.querySelectorAll("#films li")].filter((row) => {
  const {top, bottom} = row.getBoundingClientRect();
  const box = document.querySelector("#list-box").getBoundingClientRect();
  return bottom > Math.max(box.top, 0) + 1 && top < Math.min(box.bottom, innerHeight) - 1;
}).map((row) => [row.ariaPosInSet - 1, row.querySelector(".name")?.textContent ?? null])"""


def fill(folder: Path, films: int = FILMS) -> None:
    """A history of as many films, of which every hundredth could not be read."""
    manifest = model()
    answers = [
        Answer.of(prediction(seed=seed, manifest=manifest), model_digest(manifest), "balanced")
        for seed in range(50)
    ]
    folder.mkdir(exist_ok=True)
    with History.open(f"sqlite:///{folder / 'history.sqlite'}", folder / "films") as history:
        history.keep_model(manifest)
        history.add(
            [
                unreadable_film(f"ward/{number:05}.pdf", at=number)
                if number % 100 == 0
                else NewRecord(
                    Record.read(
                        f"ward/{number:05}.png",
                        digest_of(number),
                        answers[number % len(answers)],
                        nanoseconds=START + number * SECOND,
                    )
                )
                for number in range(films)
            ]
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with ten thousand films, which tests leave as they are."""
    folder = tmp_path_factory.mktemp("worklist")
    fill(folder)
    with serving(folder, "--model", "phantoms", "--rate", "0") as running:
        yield running


def names(served: Served, offset: int, limit: int = 20, **query: str) -> list[str]:
    """What the service has from a place on."""
    asked = {"offset": str(offset), "limit": str(limit), **query}
    told = httpx.get(f"{served.url}/v1/predictions", params=asked, timeout=60).json()
    return [record["film"] for record in told["predictions"]]


def in_sight(page: Any) -> list[tuple[int, str]]:
    """The places and names of the films in sight, once all of these are known."""
    page.wait_for_function(
        f"() => {{ const rows = ({_IN_SIGHT})();"
        " return rows.length && rows.every(([, name]) => name !== null); }"
    )
    return [(place, name) for place, name in page.evaluate(_IN_SIGHT)]


def scroll(page: Any, share: float) -> list[tuple[int, str]]:
    page.evaluate(_SCROLL, share)
    return in_sight(page)


def is_clean(seen: Watched) -> bool:
    return (seen.complaints, seen.elsewhere, seen.refused) == ([], [], [])


@SIZES
def test_any_place_is_scrolled_to_and_few_rows_are_there(
    chromium: Any, served: Served, size: tuple[int, int]
) -> None:
    with watched(chromium, served.url, size) as seen:
        page = seen.page
        expect(page.locator("#count")).to_have_text("10,000 films")
        rows = page.locator("#films li")
        expect(rows.first).to_have_attribute("aria-setsize", str(FILMS))
        for share in (0.0, 0.5, 1.0, 0.25):
            found = scroll(page, share)
            first = found[0][0]
            assert abs(first - share * FILMS) <= 12
            assert found == list(enumerate(names(served, first, len(found)), first))
            assert rows.count() <= MOST_ROWS
        assert found[-1][0] < FILMS
        heights = rows.evaluate_all("all => [...new Set(all.map((row) => row.offsetHeight))]")
        assert len(heights) == 1
        assert is_clean(seen)


def test_pages_that_are_scrolled_past_are_not_asked_for(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        in_sight(page)
        held: list[Any] = []
        dropped: list[str] = []
        page.on("requestfailed", lambda request: dropped.append(request.url))
        page.route(re.compile(r"predictions\?.*offset=5000"), lambda route: held.append(route))
        with page.expect_request(re.compile(r"predictions\?.*offset=5000")):
            page.evaluate(_SCROLL, 0.5)
        expect(page.locator("#films .coming").first).to_be_visible()
        with page.expect_event("requestfailed"):
            page.evaluate(_SCROLL, 0.9)
        assert any("offset=5000" in url for url in dropped)
        found = in_sight(page)
        assert found == list(enumerate(names(served, found[0][0], len(found)), found[0][0]))
        assert seen.complaints == []


def test_keys_lead_over_the_ends_of_pages_and_keep_the_focus(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        title = page.locator("#film-title")
        in_sight(page)
        page.locator("#films a").first.focus()
        places = [("End", -1), ("ArrowUp", -2), ("Home", 0), ("ArrowDown", 1)]
        all_names = names(served, 0, 3) + names(served, FILMS - 3, 3)
        for key, place in places:
            page.keyboard.press(key)
            expect(title).to_have_text(all_names[place])
            expect(page.locator("#films a:focus .name")).to_have_text(all_names[place])
        page.keyboard.press("PageDown")
        expect(page.locator("#films a:focus")).to_have_attribute("aria-current", "true")
        assert int(page.locator("#films li:has(:focus)").get_attribute("aria-posinset")) > 5

        # The row with the focus stays while others are looked at, and keys go on from it.
        place = int(page.locator("#films li:has(:focus)").get_attribute("aria-posinset"))
        scroll(page, 0.7)
        assert page.locator("#films li").count() <= MOST_ROWS
        page.keyboard.press("ArrowDown")
        expect(title).to_have_text(names(served, place, 1)[0])

        # J and K, from the last film of a page that is known to the first of one that is not.
        for row in (148, 149):
            scroll(page, row / FILMS)
        page.locator(f'#films [aria-posinset="{150}"] a').click()
        around = names(served, 147, 5)
        expect(title).to_have_text(around[2])
        page.evaluate(_SCROLL, 0.9)
        for key, place in (("j", 3), ("j", 4), ("k", 3), ("k", 2), ("k", 1)):
            page.keyboard.press(key)
            expect(title).to_have_text(around[place])
            expect(page.locator("#films [aria-current] .name")).to_be_in_viewport()
        assert is_clean(seen)


@SIZES
def test_the_address_keeps_the_list(chromium: Any, served: Served, size: tuple[int, int]) -> None:
    with watched(chromium, served.url, size) as seen:
        page = seen.page
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        search = page.get_by_label("Find films by name")
        order, which = page.get_by_label("Order"), page.get_by_label("Which films")
        in_sight(page)
        which.select_option("Read")
        expect(page.locator("#count")).to_have_text("9,900 films")
        order.select_option("Most urgent")
        expect(page).to_have_url(re.compile(r"#/\?show=status%3Aread&sort=urgency$"))
        search.press_sequentially("ward/001", delay=400)  # each letter is asked for
        expect(page.locator("#count")).to_have_text("99 films")

        first = names(served, 0, 2, status="read", sort="urgency", search="ward/001")
        seen.open_film(first[0])
        film = page.url
        assert re.search(r"#/films/\w+\?show=status%3Aread&sort=urgency&search=ward%2F001$", film)
        page.reload()
        expect(page.locator("#film-title")).to_have_text(first[0])
        expect(page.locator("#count")).to_have_text("99 films")
        expect(search).to_have_value("ward/001")
        page.keyboard.press("j")
        expect(page.locator("#film-title")).to_have_text(first[1])

        page.go_back()
        expect(page.locator("#film-title")).to_have_text(first[0])
        page.go_back()  # the list with the word, which is one step however it was typed
        expect(page.locator("body")).to_have_attribute("data-film", "")
        expect(search).to_have_value("ward/001")
        page.go_back()
        expect(page.locator("#count")).to_have_text("9,900 films")
        expect(search).to_have_value("")
        page.go_back()
        expect(order).to_have_value("newest")
        page.go_forward()
        expect(order).to_have_value("urgency")
        assert is_clean(seen)
        assert not [url for url in asked if url.startswith(f"{served.url}/?")]

        other = page.context.new_page()
        other.goto(film)
        expect(other.locator("#film-title")).to_have_text(first[0])
        expect(other.locator("#count")).to_have_text("99 films")


def test_what_an_address_says_wrongly_is_passed_over(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        page.goto(f"{served.url}/#/?sort=best&show=status:read&colour=red&search=" + 201 * "x")
        message = page.locator(".message")
        expect(message).to_contain_text("sort=best, colour=red, search=xx")
        expect(page.locator("#count")).to_have_text("9,900 films")
        page.wait_for_function("() => location.hash === '#/?show=status%3Aread'")
        page.evaluate("location.hash = '#/nowhere'")
        expect(message).to_contain_text("leads nowhere")
        expect(page.locator("#count")).to_have_text("10,000 films")
        assert is_clean(seen)


def test_the_place_of_a_film_is_known_after_a_reload(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        in_sight(page)
        page.get_by_label("Order").select_option("Probability")
        expect(page).to_have_url(re.compile("sort=probability"))
        first, name = scroll(page, 0.6)[2]
        seen.open_film(name)
        page.wait_for_function(f"() => history.state?.place === {first}")
        page.reload()
        expect(page.locator("#films [aria-current] .name")).to_have_text(name)
        expect(page.locator("#films [aria-current]")).to_be_in_viewport()
        page.keyboard.press("j")
        expect(page.locator("#film-title")).to_have_text(
            names(served, first + 1, 1, sort="probability")[0]
        )
        assert is_clean(seen)


def test_reviewed_films_leave_the_top_and_the_next_is_the_most_urgent(
    chromium: Any, tmp_path: Path
) -> None:
    fill(tmp_path, 120)
    with serving(tmp_path, "--model", "phantoms") as served, watched(chromium, served.url) as seen:
        page = seen.page
        in_sight(page)
        page.get_by_label("Order").select_option("Most urgent")
        expect(page).to_have_url(re.compile("sort=urgency"))
        urgent = names(served, 0, 3, sort="urgency")
        expect(page.locator("#films .name").first).to_have_text(urgent[0])
        seen.open_film(urgent[0])
        identifier = re.search(r"films/(\w+)", page.url)
        assert identifier
        page.get_by_label("Agree", exact=True).check()
        page.get_by_role("button", name="Save review").click()
        page.get_by_role("button", name="Without a name").click()
        expect(page.locator("#films .name").first).to_have_text(urgent[1])
        page.keyboard.press("j")
        expect(page.locator("#film-title")).to_have_text(urgent[1])
        page.keyboard.press("j")
        expect(page.locator("#film-title")).to_have_text(urgent[2])

        page.get_by_label("Which films").select_option("Not reviewed")
        expect(page.locator("#count")).to_have_text("119 films")
        page.get_by_label("Which films").select_option("Review: agree")
        expect(page.locator("#count")).to_have_text("1 film")
        page.get_by_label("Find films by name").fill("elsewhere")
        expect(page.get_by_text("No film fits.")).to_be_visible()
        assert is_clean(seen)
