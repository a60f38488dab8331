"""What the page says in passing: of films known from before, of other prevalences, of faint
heat, of pictures on their way; and that nothing lies on top of anything else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from drawn_films import drawn_film
from served import Served, serving
from watched_page import PHONE, playwright, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect = playwright.expect
expect.set_options(timeout=60_000)

BRIGHT, FAINT = drawn_film(0, "png", "bacteria"), drawn_film(7, "png", "bacteria")
"""Films that the packaged model calls ill, with strong colours and with hardly any."""

_OVERLAPS = """() => {
  const parts = [...document.querySelectorAll(
    "header .brand, .notice, .points span, header button, header select")];
  const boxes = parts.filter((part) => part.offsetWidth).map((part) => {
    const {left, top, right, bottom} = part.getBoundingClientRect();
    return {name: part.textContent, left, top, right, bottom};
  });
  return boxes.flatMap((a, place) => boxes.slice(place + 1)
    .filter((b) => a.left < b.right - 1 && b.left < a.right - 1)
    .filter((b) => a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map((b) => `${a.name} / ${b.name}`));
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with three films in its history, of which one was judged at another prevalence."""
    with serving(tmp_path_factory.mktemp("page")) as running:
        for name, film, query in (
            ("bright.png", BRIGHT, ""),
            ("faint.png", FAINT, ""),
            ("rare.png", drawn_film(7, "png", "virus"), "?prevalence=0.02"),
        ):
            sent = httpx.post(
                f"{running.url}/v1/predictions{query}", files={"film": (name, film)}, timeout=60
            )
            assert sent.status_code == 200
        yield running


def test_nothing_in_the_head_or_the_review_is_squeezed(chromium: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pneumoscope", "serve", "token", "create", "ward-3-east"]
    made = subprocess.run(
        [*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=True
    )
    with serving(tmp_path) as served, watched(chromium, served.url) as seen:
        page = seen.page
        page.get_by_label("Token").fill(made.stdout.strip())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("Drop chest films here")).to_be_visible()
        seen.drop({"a.png": BRIGHT})
        page.get_by_label("Disagree").check()
        for width in (360, 768, 780, 820, 920, 1100, 1366):
            page.set_viewport_size({"width": width, "height": 768})
            assert page.evaluate(_OVERLAPS) == [], width
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
            verdicts = page.locator(".review .choice span").evaluate_all(
                "all => all.map((one) => one.scrollWidth - one.clientWidth + one.offsetHeight)"
            )
            assert max(verdicts) < 40, (width, verdicts)  # one line, and wide enough for it
        assert seen.complaints == []


def test_a_film_known_from_before_is_told_under_both_names(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        expect(seen.row("bright.png")).to_be_visible()
        seen.drop({"renamed.png": BRIGHT, "fresh.png": drawn_film(50)})
        known = page.locator("#uploads .known")
        expect(known).to_have_text(["renamed.png was known from before as bright.png"])
        expect(seen.row("fresh.png")).to_be_visible()
        expect(seen.row("renamed.png")).to_have_count(0)
        known.get_by_role("link").click()
        expect(page.locator("#film-title")).to_have_text("bright.png")

        seen.drop({"bright.png": BRIGHT})
        expect(known).to_have_text(["bright.png was known from before"])
        page.get_by_role("button", name="Dismiss").click()
        expect(known).to_have_count(0)
        assert (seen.complaints, seen.refused) == ([], [])


def test_rows_tell_of_another_prevalence_and_can_be_had_by_finding(
    chromium: Any, served: Served
) -> None:
    with watched(chromium, served.url) as seen:
        expect(seen.row("rare.png")).to_contain_text("judged for 2.0 % with a finding")
        expect(seen.row("bright.png")).not_to_contain_text("judged for")
        seen.drop({"healthy.dcm": drawn_film(7, "dicom", "virus")})
        expect(seen.row("healthy.dcm")).to_contain_text("NORMAL")
        which = seen.page.get_by_label("Which films")
        for finding, film, other in (
            ("PNEUMONIA", "bright.png", "healthy.dcm"),
            ("NORMAL", "healthy.dcm", "bright.png"),
        ):
            which.select_option(finding)
            expect(seen.row(other)).to_have_count(0)
            expect(seen.row(film)).to_be_visible()
        assert (seen.complaints, seen.refused) == ([], [])


def test_hardly_any_heat_beside_a_call_is_told(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        note = seen.page.locator("#panel .faint")
        seen.open_film("faint.png")
        expect(note).to_contain_text("Hardly any colour speaks for PNEUMONIA")
        seen.open_film("bright.png")
        expect(note).to_be_hidden()
        assert seen.complaints == []


def test_a_picture_on_its_way_is_told(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        held: list[Any] = []
        expect(seen.row("bright.png")).to_be_visible()
        page.route("**/values*", lambda route: held.append(route))
        seen.row("bright.png").get_by_role("link").click()
        message = page.locator(".stage-message")
        expect(message).to_have_text("The picture is loading.")
        expect(page.locator(".legend")).to_be_hidden()
        held[0].continue_()
        expect(message).to_be_empty()
        expect(page.locator(".legend")).to_be_visible()
        assert seen.complaints == []


def test_messages_cover_nothing_and_go(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        expect(seen.row("bright.png")).to_be_visible()
        page.clock.install()
        page.get_by_role("button", name="Try drawn films").click()
        message = page.locator(".message")
        expect(message).to_contain_text("Drawn films")
        exports = page.locator("#exports")
        page.wait_for_function("() => document.body.style.getPropertyValue('--messages') !== '0px'")
        ends = exports.bounding_box()["y"] + exports.bounding_box()["height"]
        assert ends <= message.bounding_box()["y"]
        message.hover()
        page.clock.run_for(7_000)
        expect(message).to_be_visible()  # somebody reads it
        page.locator("#main").hover()
        page.clock.run_for(7_000)
        expect(message).to_have_count(0)
        page.wait_for_function("() => document.body.style.getPropertyValue('--messages') === '0px'")
        assert seen.complaints == []


def test_a_phone_tells_what_the_model_is_for(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url, PHONE) as seen:
        page = seen.page
        expect(seen.row("bright.png")).to_be_visible()
        page.get_by_text("Meant for").scroll_into_view_if_needed()
        expect(page.locator("#limitations")).to_contain_text("adults")
        expect(page.get_by_text("Drop chest films here")).to_be_hidden()
        seen.open_film("bright.png")
        page.locator("#about-model").click()
        expect(page.locator("#model-text")).to_contain_text("Intended use")
        assert seen.complaints == []
