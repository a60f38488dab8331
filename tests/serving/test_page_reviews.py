"""Reviews on the page: by mouse and by keys, of several people, blind, and what they come to."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from served import Served, serving
from tiny_model import write_tiny_model
from tokens import token_for
from watched_page import DESKTOP, PHONE, Watched, playwright, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect = playwright.expect
expect.set_options(timeout=60_000)

CLASSES = ("NORMAL", "BACTERIA", "VIRUS")

# All that is seen or heard of the page, apart from what can be chosen.
_TOLD = """() => {
  const names = ["title", "aria-label", "aria-valuetext", "alt", "placeholder"];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .filter((one) => !one.closest(".seen-classes, option, optgroup"))
    .flatMap((one) => [
      ...[...one.childNodes].map((part) => part.nodeType === Node.TEXT_NODE && part.data),
      ...names.map((name) => one.getAttribute(name)),
    ])
    .filter(Boolean)
    .join("\\n");
}"""


def film(level: int, seed: int = 0) -> bytes:
    """A film as bright as `level`: the tiny model calls dark ones NORMAL (at `screening` BACTERIA),
    gray ones BACTERIA, and bright ones VIRUS."""
    pixels = np.random.default_rng([level, seed]).normal(level, 12, (256, 256)).clip(0, 255)
    pixels[:6], pixels[-6:] = 0, 255
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


DARK, GRAY, BRIGHT = 20, 127, 235


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx", CLASSES)


@pytest.fixture(scope="module")
def served(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that wants no tokens; each test sends it films of its own."""
    with serving(tmp_path_factory.mktemp("page"), "--model", str(model)) as running:
        yield running


def send(url: str, name: str, data: bytes) -> str:
    """The id of a film that was sent and read."""
    answer = httpx.post(f"{url}/v1/predictions", files={"film": (name, data)}, timeout=60)
    return str(answer.raise_for_status().json()["films"][0]["id"])


def put_review(url: str, film_id: str, **said: Any) -> None:
    answer = httpx.put(f"{url}/v1/predictions/{film_id}/review", json=said, timeout=60)
    assert answer.status_code == 200, answer.text


def reviews_of(url: str, film_id: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/v1/predictions/{film_id}", timeout=60)
    return answer.raise_for_status().json()["reviews"]  # type: ignore[no-any-return]


def name_oneself(seen: Watched, name: str) -> None:
    """Answer who reviews, and go on."""
    seen.page.get_by_role("dialog").get_by_label("Name").fill(name)
    seen.page.keyboard.press("Enter")


def test_films_are_reviewed_by_mouse_and_by_keys(chromium: Any, served: Served) -> None:
    first = send(served.url, "keys-gray.png", film(GRAY, 1))
    second = send(served.url, "keys-bright.png", film(BRIGHT, 1))
    with watched(chromium, served.url) as seen:
        page, panel = seen.page, seen.page.locator("#panel")
        seen.open_film("keys-gray.png")
        page.keyboard.press("a")
        name_oneself(seen, "A. Reader")  # who is asked once
        expect(seen.row("keys-gray.png")).to_contain_text("review: agree")
        expect(panel.locator(".one-review")).to_contain_text("A. Reader (you)")
        expect(panel.locator(".one-review")).to_contain_text("sees BACTERIA")

        seen.open_film("keys-bright.png")
        panel.get_by_label("Disagree").check()
        panel.get_by_label("What it is instead").select_option("BACTERIA")
        page.keyboard.press("n")  # a field has the keys
        panel.get_by_label("Disagree").focus()
        page.keyboard.press("n")
        page.keyboard.type("dense and uneven")
        panel.get_by_role("button", name="Save review").click()
        expect(seen.row("keys-bright.png")).to_contain_text("review: disagree")
        expect(panel.locator(".one-review")).to_contain_text("dense and uneven")
        (kept,) = reviews_of(served.url, second)
        assert (kept["verdict"], kept["opinion"], kept["reviewer"], kept["blind"]) == (
            *("disagree", "BACTERIA", "A. Reader"),
            False,
        )

        panel.locator("h2").click()
        page.keyboard.press("u")
        expect(seen.row("keys-bright.png")).to_contain_text("review: unsure")
        panel.get_by_role("button", name="Take back").click()
        expect(seen.row("keys-bright.png")).not_to_contain_text("review:")
        assert reviews_of(served.url, second) == []

        page.reload()
        expect(panel).to_contain_text("Reviewer: A. Reader")
        panel.get_by_role("button", name="Change", exact=True).click()
        name_oneself(seen, "B. Reader")
        expect(panel).to_contain_text("Reviewer: B. Reader")
        seen.open_film("keys-gray.png")
        page.keyboard.press("d")
        expect(panel.locator(".one-review")).to_have_count(2)
        by_whom = {one["reviewer"]: one["verdict"] for one in reviews_of(served.url, first)}
        assert by_whom == {"A. Reader": "agree", "B. Reader": "disagree"}
        assert (seen.complaints, seen.refused) == ([], [])


def test_a_review_is_of_the_class_that_is_called_at_the_point_that_is_shown(
    chromium: Any, served: Served
) -> None:
    sent = send(served.url, "points.png", film(DARK, 2))
    with watched(chromium, served.url) as seen:
        page, panel = seen.page, seen.page.locator("#panel")
        seen.open_film("points.png")
        expect(panel.locator(".called")).to_have_text("NORMAL")
        page.keyboard.press("a")
        name_oneself(seen, "A. Reader")
        expect(panel.get_by_label("Agree", exact=True)).to_be_checked()
        page.get_by_label("screening").check()
        expect(panel.locator(".called")).to_have_text("BACTERIA")
        expect(panel.get_by_label("Disagree")).to_be_checked()  # it is NORMAL, still
        page.locator("#film-title").click()
        page.keyboard.press("a")
        expect(panel.get_by_label("Agree", exact=True)).to_be_checked()
        expect(panel.locator(".one-review")).to_contain_text("called BACTERIA at screening")
        (kept,) = reviews_of(served.url, sent)
        assert (kept["operating_point"], kept["finding"], kept["opinion"]) == (
            "screening",
            "BACTERIA",
            "BACTERIA",
        )
        assert (seen.complaints, seen.refused) == ([], [])


def test_a_second_reviewer_replaces_nothing_of_the_first(
    chromium: Any, model: Path, tmp_path: Path
) -> None:
    tokens = {name: token_for(tmp_path, name) for name in ("ward-1", "ward-2")}
    with serving(tmp_path, "--model", str(model)) as served:
        for name, key in (("ward-1", "a"), ("ward-2", "d")):
            with watched(chromium, served.url) as seen:
                page = seen.page
                page.get_by_label("Token").fill(tokens[name])
                page.get_by_role("button", name="Sign in").click()
                expect(page.locator("#client")).to_have_text(name)
                if name == "ward-1":
                    expect(page.get_by_text("Drop chest films here")).to_be_visible()
                    seen.drop({"both.png": film(GRAY)})
                else:
                    seen.open_film("both.png")
                panel = page.locator("#panel")
                expect(panel).to_contain_text(f"Reviewer: {name}")
                expect(panel.get_by_role("button", name="Change", exact=True)).to_have_count(0)
                expect(panel.get_by_label("Agree", exact=True)).not_to_be_checked()
                page.keyboard.press(key)
                expect(panel.locator(".one-review").first).to_contain_text(f"{name} (you)")
                whose = panel.locator(".one-review p:first-child").all_inner_texts()
                assert seen.complaints == []
        assert whose == ["ward-2 (you): Disagree", "ward-1: Agree"]


def told(seen: Watched) -> list[str]:
    """Which classes, and which figures with a percent sign, the page tells."""
    text = re.sub(r"(?<![\d.])[\d,]+\s%", "", seen.page.evaluate(_TOLD))  # how large the film is
    found = [name for name in (*CLASSES, "57.6", "62.9", "%") if name in text]
    return [*found, *(["heat"] if seen.page.locator("canvas.heat").is_visible() else [])]


def test_blind_reading_tells_nothing_before_and_all_after(chromium: Any, served: Served) -> None:
    send(served.url, "listed.png", film(GRAY, 13))
    send(served.url, "bright-too.png", film(BRIGHT, 13))
    with watched(chromium, served.url) as seen:
        page, panel = seen.page, seen.page.locator("#panel")
        order = page.get_by_label("Order")
        expect(seen.row("listed.png")).to_contain_text("BACTERIA")
        order.select_option("Probability")
        page.get_by_label("Which films").select_option("VIRUS")
        expect(seen.row("listed.png")).to_have_count(0)
        assert {"VIRUS", "%"} <= set(told(seen))

        page.get_by_role("button", name="Blind").click()
        expect(seen.row("listed.png")).to_be_visible()  # that would tell the answer
        seen.open_film("listed.png")
        expect(panel).to_contain_text("You have seen the answer of this film before")
        sent = send(served.url, "blind-bright.png", film(BRIGHT, 3))
        send(served.url, "blind-gray.png", film(GRAY, 3))
        assert (order.input_value(), order.locator("option:disabled").count() > 0) == (
            "newest",
            True,
        )
        expect(page).not_to_have_url(re.compile("sort|show"))
        page.goto(f"{served.url}/#/?sort=urgency")  # nor does an address put them in order
        expect(page.locator(".message")).to_contain_text("sort=urgency")
        assert order.input_value() == "newest"
        expect(page.get_by_text("the list shows no answers")).to_be_visible()
        expect(page.get_by_role("link", name="CSV")).to_be_hidden()
        page.reload()
        seen.open_film("blind-bright.png")
        expect(panel).to_contain_text("What do you see?")
        expect(page.locator("#said")).to_contain_text("blind-bright.png")
        expect(page.locator("canvas.film")).to_be_visible()
        assert told(seen) == []
        page.keyboard.press("h")
        page.keyboard.press("a")  # with what?
        expect(page.locator("#said")).to_contain_text("choose what you see")
        assert told(seen) == []
        for name in ("Picture", "JSON"):
            expect(panel.get_by_role("button", name=name)).to_have_count(0)
        page.reload()
        expect(panel).to_contain_text("What do you see?")
        expect(page.locator("canvas.film")).to_be_visible()
        assert told(seen) == []

        panel.get_by_label("Note").fill("even")
        panel.get_by_role("button", name="BACTERIA").click()
        assert told(seen) == []
        name_oneself(seen, "C. Reader")
        expect(panel.locator(".called")).to_have_text("VIRUS")
        expect(panel.locator(".told")).to_contain_text("calls this film VIRUS: you disagree")
        expect(page.locator("#said")).to_contain_text("you disagree")
        expect(page.locator("canvas.heat")).to_be_visible()
        assert {"VIRUS", "%", "heat"} <= set(told(seen))
        (kept,) = reviews_of(served.url, sent)
        assert [kept[name] for name in ("verdict", "opinion", "blind", "note")] == [
            *("disagree", "BACTERIA"),
            True,
            "even",
        ]

        seen.open_film("blind-gray.png")
        assert told(seen) == []
        page.keyboard.press("2")
        expect(panel.locator(".told")).to_contain_text("calls this film BACTERIA too: you agree")
        panel.get_by_label("Note").fill("as I said")
        panel.get_by_role("button", name="Save changes").click()
        expect(panel.locator(".one-review")).to_contain_text("as I said")
        expect(panel.locator(".told")).to_be_visible()  # what was seen blind was, whatever the note
        panel.get_by_role("button", name="Take back").click()
        expect(panel).to_contain_text("You have seen the answer")
        assert told(seen) == []
        page.get_by_role("button", name="Blind").click()
        expect(panel.locator(".called")).to_have_text("BACTERIA")
        expect(order.locator("option:disabled")).to_have_count(0)
        assert (seen.complaints, seen.refused) == ([], [])


def confusion(page: Any, point: str) -> dict[str, list[int]]:
    """The table of an operating point: the counts of each class that reviewers see."""
    rows = page.locator(
        f"#reviewed-films section:has(h3:text-is('Operating point {point}')) tbody tr"
    )
    cells = rows.evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.innerText))"
    )
    return {name: [int(count) for count in counts] for name, *counts in cells}


def test_reviewed_films_are_summed_up_as_reviews_come(
    chromium: Any, model: Path, tmp_path: Path
) -> None:
    with serving(tmp_path, "--model", str(model)) as served, watched(chromium, served.url) as seen:
        page, dialog = seen.page, seen.page.get_by_role("dialog", name="Reviewed films")
        films = {
            level: send(served.url, f"{level}.png", film(level)) for level in (DARK, GRAY, BRIGHT)
        }
        page.get_by_role("button", name="Reviewed films").click()
        expect(dialog).to_contain_text("No film of this model is reviewed yet")
        page.keyboard.press("Escape")

        put_review(served.url, films[DARK], verdict="agree", reviewer="A")
        put_review(served.url, films[GRAY], verdict=None, opinion="VIRUS", reviewer="A", blind=True)
        put_review(served.url, films[GRAY], verdict=None, opinion="VIRUS", reviewer="B", blind=True)
        page.get_by_role("button", name="Reviewed films").click()
        expect(dialog).to_contain_text("2 films are reviewed; of 2 a reviewer says what it is.")
        assert confusion(page, "balanced") == {
            "NORMAL": [1, 0, 0],
            "BACTERIA": [0, 0, 0],
            "VIRUS": [0, 1, 0],
        }
        assert confusion(page, "screening")["NORMAL"] == [0, 1, 0]
        expect(dialog).to_contain_text("With so few films the intervals are wide")

        other = page.context.new_page()  # another tab, in which a review is saved
        other.goto(f"{served.url}/")
        other.locator("#films li").filter(has_text=f"{BRIGHT}.png").get_by_role("link").click()
        other.locator("#panel .called").wait_for()
        other.keyboard.press("a")
        other.get_by_role("button", name="Without a name").click()
        expect(dialog).to_contain_text("3 films are reviewed")
        assert confusion(page, "balanced")["VIRUS"] == [0, 1, 1]
        reviewers = dialog.locator("section", has_text="Said what it is").locator("tbody tr")
        assert sorted(reviewers.all_inner_texts()) == ["A\t2\t2", "B\t1\t1", "without a name\t1\t1"]
        with page.expect_download() as saved:
            dialog.get_by_role("link", name="disagree").click()
        kept = Path(saved.value.path()).read_text()
        assert [f"{level}.png" in kept for level in films] == [False, True, False]
        assert seen.complaints == []


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")], ids=["desktop", "phone"]
)
def test_everybody_can_review(
    chromium: Any, served: Served, size: tuple[int, int], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here").Axe()
    name = f"axe-{size[0]}-{scheme}.png"
    sent = send(served.url, name, film(BRIGHT, size[0] + len(scheme)))
    put_review(served.url, sent, verdict="unsure", note="see the side view", reviewer="Z")
    with watched(chromium, served.url, size, scheme) as seen:
        page = seen.page

        def check(where: str) -> None:
            found = axe.run(page).response["violations"]
            grave = [rule for rule in found if rule["impact"] in ("serious", "critical")]
            assert not grave, (where, json.dumps(grave, indent=1))
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{where} is wider than the window"

        expect(seen.row(name)).to_be_visible()
        page.get_by_role("button", name="Blind").click()
        check("the list, blind")
        seen.open_film(name)
        check("a film, blind")
        page.get_by_role("button", name="BACTERIA").click()
        check("who reviews")
        name_oneself(seen, "A. Reader")
        expect(page.locator(".one-review")).to_have_count(2)
        check("a film with reviews")
        page.go_back()
        page.get_by_role("button", name="Reviewed films").click()
        expect(page.locator("#reviewed-films table").first).to_be_visible()
        check("the reviewed films")
        assert (seen.complaints, seen.refused) == ([], [])
