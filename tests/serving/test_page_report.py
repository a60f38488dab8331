"""The report of a film, on the screen and on paper."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from drawn_films import drawn_film
from served import Served, serving
from watched_page import DESKTOP, PHONE, Watched, playwright, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect = playwright.expect
expect.set_options(timeout=60_000)

NOTICE = "Research software, not a medical device."
NOTE = "The left lower zone is denser than the right one. " * 150

_OVERLONG = "() => [...document.querySelectorAll('.paper *')].filter((one) => one.scrollWidth > \
one.clientWidth + 1 && getComputedStyle(one).overflow !== 'hidden' && one.clientWidth).length"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("report"), "--rate", "0") as running:
        yield running


def sent(
    served: Served, name: str, film: bytes, query: str = "", *reviews: dict[str, str]
) -> dict[str, Any]:
    """Send a film, and reviews of it; its record."""
    films = f"{served.url}/v1/predictions"
    told = httpx.post(films + query, files={"film": (name, film)}, timeout=60).json()
    address = f"{films}/{(told.get('films') or told['unreadable'])[0]['id']}"
    for review in reviews:
        assert httpx.put(f"{address}/review", json=review).status_code == 200
    return dict(httpx.get(address).json())


def open_report(seen: Watched, record: dict[str, Any]) -> Any:
    """The sheet of a film's report, once it is complete."""
    seen.open_film(record["film"])
    seen.page.get_by_role("button", name="Report").click()
    complete = f"#report[data-film='{record['id']}']:not([aria-busy])"
    seen.page.locator(complete).wait_for()
    return seen.page.locator(".paper")


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def texts_of(pdf: bytes) -> list[str]:
    """The text of each page. Skips where Debian's poppler-utils is missing."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is missing: apt-get install poppler-utils")
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return [" ".join(page.split()) for page in done.stdout.decode().split("\f")[:-1]]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_film_prints_on_one_page(chromium: Any, served: Served, paper: str) -> None:
    """With a warning of hardly any heat, a review, and all that the model says of itself."""
    review = {"verdict": "disagree", "note": "A rib.\nNothing else.", "reviewer": "A. Reader"}
    film = sent(served, "faint.dcm", drawn_film(7, "dicom", "bacteria"), "", review)
    model = httpx.get(f"{served.url}/v1/model").json()
    version = httpx.get(f"{served.url}/openapi.json").json()["info"]["version"]
    with watched(chromium, served.url) as seen:
        sheet = open_report(seen, film)
        shown = " ".join(sheet.inner_text().split())
        for text in (
            film["film"], film["sha256"], film["finding"], "balanced 68.3", "screening 24.4",
            "At the operating point balanced, this film is called", "Of 100 films with this",
            "It is not a diagnosis", "Colour shows where the film speaks", "Hardly any colour",
            film["tags"]["rendering"], "460 × 360, DICOM, 12 bits", "DX, CHEST",
            model["name"], model["graph_sha256"], model["manifest"]["card"]["intended_use"],
            model["manifest"]["card"]["limitations"], f"pneumoscope {version}",
            "Disagree", "A. Reader", "A rib. Nothing else.", "Signature", NOTICE,
        ):  # fmt: skip
            assert text in shown, text
        assert sheet.locator("img").evaluate_all("all => all.map((one) => one.naturalWidth)") == [
            *(460, 460),
            sheet.locator("img.heat").evaluate("one => one.naturalWidth"),
        ]
        pdf = seen.page.pdf(format=paper)
        assert pages_of(pdf) == 1
        assert len(re.findall(rb"/Subtype\s*/Image\b", pdf)) >= 2
        (text,) = texts_of(pdf)
        assert text.count(NOTICE) == 2  # at the top and in the foot
        assert film["sha256"] in text
        assert "Add films" not in text
        assert "All films" not in text
        assert film["film"] not in seen.page.title()  # which the browser's history keeps
        assert (seen.complaints, seen.elsewhere, seen.refused) == ([], [], [])


def test_long_notes_and_warnings_go_on_below_the_same_foot(chromium: Any, served: Served) -> None:
    review = {"verdict": "unsure", "note": NOTE}
    name = f"{'a long name ' * 12}.png"
    film = sent(served, name, drawn_film(8), "?model=phantoms", review)
    with watched(chromium, served.url) as seen:
        sheet = open_report(seen, film)
        expect(sheet.locator(".caution")).to_contain_text("knows drawn films alone")
        assert seen.page.evaluate(_OVERLONG) == 0
        pdf = seen.page.pdf(format="A4")
        assert pages_of(pdf) == 2
        first, second = texts_of(pdf)
        assert NOTE.strip()[-40:] in second
        assert "Signature" in second
        assert (first.count(NOTICE), second.count(NOTICE)) == (2, 1)
        assert seen.complaints == []


def test_all_reviews_are_told(chromium: Any, served: Served) -> None:
    """Of services that tell more than the latest."""
    film = sent(served, "twice.png", drawn_film(10))
    one = {
        "verdict": "agree",
        "note": "",
        "reviewer": "B. Reader",
        "reviewed_at": film["created_at"],
    }
    other = one | {
        "verdict": "disagree",
        "reviewer": "",
        "opinion": "PNEUMONIA",
        "finding": "NORMAL",
        "operating_point": "screening",
        "blind": True,
    }
    with watched(chromium, served.url) as seen:
        told = json.dumps(film | {"review": one, "reviews": [one, other]})
        seen.page.route(
            re.compile(rf"/v1/predictions/{film['id']}\?"),
            lambda route: route.fulfill(body=told, content_type="application/json"),
        )
        reviews = open_report(seen, film).locator(".reviews p")
        expect(reviews).to_have_count(2)
        expect(reviews.first).to_contain_text("Agree · B. Reader")
        expect(reviews.last).to_contain_text(
            "Disagree · sees PNEUMONIA · the model had called NORMAL (screening) · "
            "before the answer was shown · name not given"
        )
        assert seen.complaints == []


def test_it_prints_light_in_a_dark_room(chromium: Any, served: Served) -> None:
    film = sent(served, "dark.png", drawn_film(11))
    pictures = []
    for scheme in ("light", "dark"):
        with watched(chromium, served.url, DESKTOP, scheme) as seen:
            open_report(seen, film)
            seen.page.locator(".paper footer span").last.evaluate("one => one.textContent = ''")
            seen.page.emulate_media(media="print", color_scheme=scheme)
            pictures.append(Image.open(io.BytesIO(seen.page.screenshot(full_page=True))))
    assert pictures[0].tobytes() == pictures[1].tobytes()
    assert pictures[1].getpixel((2, 2))[:3] == (255, 255, 255)


def test_a_film_that_was_not_kept_has_its_heat_alone(chromium: Any, tmp_path: Path) -> None:
    with serving(tmp_path, "--keep", "none") as served:
        film = sent(served, "gone.png", drawn_film(0))
        with watched(chromium, served.url) as seen:
            sheet = open_report(seen, film)
            expect(sheet).to_contain_text(
                "The film is not shown: the service was told to keep none"
            )
            expect(sheet.locator("img")).to_have_count(1)
            assert sheet.locator("img.heat").evaluate("one => one.naturalWidth") > 0
            assert pages_of(seen.page.pdf(format="A4")) == 1
            assert (seen.complaints, seen.refused) == ([], [])


def test_a_film_that_could_not_be_read_says_why(chromium: Any, served: Served) -> None:
    film = sent(served, "letter.dcm", b"Dear colleague,\n")
    with watched(chromium, served.url) as seen:
        sheet = open_report(seen, film)
        expect(sheet).to_contain_text("Could not be read")
        expect(sheet).to_contain_text(film["reason"])
        expect(sheet).to_contain_text(film["sha256"])
        pdf = seen.page.pdf(format="A4")
        assert pages_of(pdf) == 1
        assert (seen.complaints, seen.refused) == ([], [])


def test_the_key_that_prints_prints_the_report(chromium: Any, served: Served) -> None:
    film = sent(served, "keys.png", drawn_film(12))
    with watched(chromium, served.url) as seen:
        page = seen.page
        page.evaluate("window.print = () => (window.printed = document.querySelector('#report')"
                      ".cloneNode(true))")  # fmt: skip
        seen.open_film("keys.png")
        page.keyboard.press("Control+p")
        page.wait_for_function("() => window.printed?.querySelector('.paper img[src].heat')")
        assert page.evaluate("window.printed.textContent").count(film["sha256"]) == 1
        page.get_by_role("link", name="Back to the film").click()
        expect(page.locator("#panel .called")).to_be_visible()
        expect(page.locator("#report")).to_be_hidden()
        page.emulate_media(media="print")  # as from the browser's menu
        expect(page.get_by_text("Films print as reports")).to_be_visible()
        expect(page.locator("#panel")).to_be_hidden()
        assert seen.complaints == []


def test_who_has_seen_a_report_reads_blind_no_more(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        page.locator("#blind").click()
        film = sent(served, "blind.png", drawn_film(15))  # before, the list tells its answer
        page.goto(f"{served.url}/#/report/{film['id']}")
        expect(page.locator("#film-title")).to_have_text("blind.png")  # the film without its answer
        expect(page.locator("#report")).to_be_hidden()
        seen_films = "() => sessionStorage.getItem('pneumoscope-seen') ?? ''"
        assert film["id"] not in page.evaluate(seen_films)

        page.evaluate("localStorage.clear()")
        page.goto("about:blank")  # the page that is open is blind still, and leaves the report
        page.goto(f"{served.url}/#/report/{film['id']}")
        expect(page.locator(".paper")).to_contain_text(film["finding"])
        assert film["id"] in page.evaluate(seen_films)
        assert seen.complaints == []


def test_a_report_that_does_not_come_is_asked_for_again(chromium: Any, served: Served) -> None:
    film = sent(served, "away.png", drawn_film(13))
    with watched(chromium, served.url) as seen:
        page = seen.page
        seen.open_film("away.png")
        page.route("**/openapi.json", lambda route: route.abort(), times=1)
        page.get_by_role("button", name="Report").click()
        expect(page.locator("#report")).to_contain_text("did not come")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(".paper")).to_contain_text(film["sha256"])
        page.get_by_label("screening").check()  # and so is it at another point
        expect(page.locator(".paper")).to_contain_text("At the operating point screening")
        page.reload()
        expect(page.locator(".paper")).to_contain_text(film["sha256"])
        assert seen.complaints == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everybody_can_use_it(chromium: Any, served: Served, size: tuple[int, int]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here").Axe()
    film = sent(served, "axe.png", drawn_film(14, "png", "bacteria"), "?model=phantoms")
    with watched(chromium, served.url, size) as seen:
        open_report(seen, film)
        found = axe.run(seen.page).response["violations"]
        grave = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        assert not grave, json.dumps(grave, indent=1)
        assert seen.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert seen.complaints == []
