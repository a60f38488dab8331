"""The page, as people use it: a real service, and a real browser."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from drawn_films import drawn_film
from processes import children
from served import Served, serving
from watched_page import DESKTOP, PHONE, playwright, watched

pytestmark = pytest.mark.browser
expect = playwright.expect
expect.set_options(timeout=60_000)

UNSURE = "unsure.png"
"""A film that the packaged model calls ill at `screening` alone."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with a few films in its history, which tests may add to."""
    with serving(tmp_path_factory.mktemp("page")) as running:
        for name, film in {"a.png": drawn_film(0), "b.dcm": b"no film"}.items():
            httpx.post(f"{running.url}/v1/predictions", files={"film": (name, film)}, timeout=60)
        yield running


def converted(film: bytes, file_format: str) -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(film)).save(file, file_format)
    return file.getvalue()


def films_of_all_kinds() -> dict[str, bytes]:
    """Eight films that can be read, and two that cannot."""
    deep = io.BytesIO()
    pixels = np.asarray(Image.open(io.BytesIO(drawn_film(5)))).astype(np.uint16) * 257
    Image.fromarray(pixels).save(deep, "TIFF")
    return {
        UNSURE: drawn_film(7, "png", "virus"),
        "plain.jpeg": drawn_film(1, "jpeg"),
        "tagged.dcm": drawn_film(2, "dicom"),
        "IM000003": drawn_film(3, "dicom"),
        "deep.tif": deep.getvalue(),
        "old.bmp": converted(drawn_film(6), "BMP"),
        "new.webp": converted(drawn_film(8), "WEBP"),
        "Lunge groß 肺.png": drawn_film(9),
        "cut.jpeg": drawn_film(1, "jpeg")[:4000],
        "letter.dcm": b"Dear colleague,\n",
    }


def test_the_page_is_small(chromium: Any, served: Served) -> None:
    sizes = """() => ["navigation", "resource"]
      .flatMap((kind) => performance.getEntriesByType(kind))
      .filter(({name}) => !name.includes("/v1/")).map((entry) => entry.transferSize)"""
    with watched(chromium, served.url) as seen:
        expect(seen.row("a.png")).to_be_visible()
        sent = seen.page.evaluate(sizes)
    assert len(sent) > 30
    assert 50_000 < sum(sent) <= 150_000


def test_films_are_dropped_and_read_and_stay(chromium: Any, tmp_path: Path) -> None:
    films = films_of_all_kinds()
    with serving(tmp_path) as served, watched(chromium, served.url) as seen:
        page = seen.page
        expect(page.get_by_text("Drop chest films here")).to_be_visible()
        seen.drop(films)
        expect(page.locator("#uploads")).to_contain_text("8 films read")
        expect(page.locator("#uploads")).to_contain_text("2 could not be read")
        expect(page.locator("#films li")).to_have_count(len(films))
        for name in films:
            expect(seen.row(name)).to_be_visible()
        expect(seen.row("letter.dcm")).to_contain_text("not a JPEG, PNG, TIFF")
        expect(seen.row("cut.jpeg").locator(".why")).not_to_be_empty()

        seen.open_film(UNSURE)
        panel = page.locator("#panel")
        expect(panel.locator(".called")).to_have_text("NORMAL")
        expect(panel).to_contain_text("below the threshold of 68.3 %")
        expect(page.locator("canvas.film")).to_be_visible()
        heat = page.locator("canvas.heat")
        expect(heat).to_be_visible()
        page.keyboard.press("h")
        expect(heat).to_be_hidden()
        page.get_by_role("button", name="Heat").click()
        expect(heat).to_be_visible()

        page.get_by_label("screening").check()
        expect(panel.locator(".called")).to_have_text("PNEUMONIA")
        expect(panel).to_contain_text("above the threshold of 24.4 %")
        expect(seen.row(UNSURE)).to_contain_text("above 24.4 %")

        page.reload()
        expect(panel.locator(".called")).to_have_text("PNEUMONIA")
        expect(page.get_by_label("screening")).to_be_checked()
        expect(page.locator("#films li")).to_have_count(len(films))
        seen.open_film("plain.jpeg")
        page.go_back()
        expect(page.locator("#film-title")).to_have_text(UNSURE)

        assert (seen.complaints, seen.elsewhere) == ([], [])
        assert seen.refused == [422, 422]  # the two that are broken


def test_a_film_is_reviewed_saved_and_deleted(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        page.get_by_role("button", name="Try drawn films").click()
        expect(page.locator("#uploads")).to_contain_text("6 films read")
        seen.open_film("phantom-3.dcm")
        panel = page.locator("#panel")
        expect(panel).to_contain_text("knows drawn films alone")
        expect(panel).to_contain_text("window 2048/4096")

        panel.get_by_label("Disagree").check()
        panel.get_by_label("Note").fill("a drawing")
        page.get_by_label("screening").check()
        expect(panel).to_contain_text("At the operating point screening")
        panel.get_by_role("button", name="Save review").click()
        page.get_by_role("button", name="Without a name").click()
        expect(panel.get_by_role("button", name="Save changes")).to_be_visible()
        expect(seen.row("phantom-3.dcm")).to_contain_text("review: disagree")

        with page.expect_download() as saved:
            panel.get_by_role("button", name="JSON").click()
        told = json.loads(Path(saved.value.path()).read_text())
        assert (told["film"], told["review"]["note"]) == ("phantom-3.dcm", "a drawing")
        with page.expect_download() as saved:
            panel.get_by_role("button", name="Picture").click()
        assert Image.open(saved.value.path()).size[0] >= 460
        with page.expect_download() as saved:
            page.get_by_role("link", name="CSV").click()
        assert "phantom-3.dcm" in Path(saved.value.path()).read_text()

        panel.get_by_role("button", name="phantoms").click()
        expect(page.locator("#model-text")).to_contain_text("Intended use")
        page.keyboard.press("Escape")

        panel.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(seen.row("phantom-3.dcm")).to_have_count(0)
        expect(page.get_by_text("Drop chest films here")).to_be_visible()
        assert (seen.complaints, seen.elsewhere, seen.refused) == ([], [], [])


def test_folders_are_chosen_and_pictures_pasted(
    chromium: Any, served: Served, tmp_path: Path
) -> None:
    inner = tmp_path / "study" / "series"
    inner.mkdir(parents=True)
    (inner / "IM01").write_bytes(drawn_film(20, "dicom"))
    (inner.parent / ".DS_Store").write_bytes(b"\0")
    with watched(chromium, served.url) as seen:
        page = seen.page
        expect(page.get_by_text("Drop chest films here")).to_be_visible()
        page.locator("#folder").set_input_files(tmp_path / "study")
        expect(page.locator("#film-title")).to_have_text("IM01")  # a single film is opened
        expect(page.get_by_text("1 hidden file")).to_be_visible()

        seen.paste({"image.png": drawn_film(21)})
        expect(seen.row("image.png")).to_contain_text("68.3 %")
        page.keyboard.press("k")
        expect(page.locator("#film-title")).to_have_text("image.png")
        assert (seen.complaints, seen.elsewhere, seen.refused) == ([], [], [])


def test_a_service_that_was_killed_is_found_again(chromium: Any, tmp_path: Path) -> None:
    films = {f"film-{number:02}.png": drawn_film(number) for number in range(24)}
    with serving(tmp_path) as first, watched(chromium, first.url) as seen:
        page = seen.page
        expect(page.get_by_text("Drop chest films here")).to_be_visible()
        seen.drop(films)
        page.wait_for_function("() => document.querySelectorAll('#films li').length >= 3")
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        expect(page.locator("#away")).to_be_visible()
        answered = page.locator("#films .name").all_inner_texts()
        assert 3 <= len(answered) < len(films)

        with serving(tmp_path, "--port", str(first.port)):
            expect(page.locator("#uploads")).to_contain_text("24 films read")
            expect(page.locator("#away")).to_be_hidden()
            page.reload()
            expect(page.locator("#count")).to_have_text("24 films")
            told = httpx.get(f"{first.url}/v1/predictions", timeout=60).json()["predictions"]
            assert {record["film"] for record in told} == set(films) >= set(answered)
        assert (seen.complaints, seen.elsewhere) == ([], [])


def test_small_pictures_come_once_there_is_room_for_them(chromium: Any, tmp_path: Path) -> None:
    with (
        serving(tmp_path, "--workers", "1", "--rate", "0") as served,
        ThreadPoolExecutor(34) as pool,
    ):
        films = f"{served.url}/v1/predictions"
        sent = httpx.post(films, files={"film": ("a.png", drawn_film(0))}, timeout=60)
        path = f"{films}/{sent.json()['films'][0]['id']}/film"
        (reader,) = children(served.process.pid)
        assert httpx.get(path, timeout=60).status_code == 200
        (painter,) = set(children(served.process.pid)) - {reader}
        os.kill(painter, signal.SIGSTOP)
        others = [pool.submit(httpx.get, path, timeout=60) for _ in range(34)]
        wait((*others,), return_when=FIRST_COMPLETED)
        with watched(chromium, served.url) as seen:
            with seen.page.expect_response(lambda answer: answer.status == 503):
                pass
            assert seen.row("a.png").locator(".thumbnail img").count() == 0
            os.kill(painter, signal.SIGCONT)
            picture = seen.row("a.png").locator(".thumbnail img")
            expect(picture).to_be_visible()
            assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
            assert (seen.complaints, seen.elsewhere) == ([], [])
        assert sorted(other.result().status_code for other in others) == [200] * 33 + [503]


def test_whoever_has_a_token_signs_in(chromium: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pneumoscope", "serve", "token", "create", "ward"]
    made = subprocess.run(
        [*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=True
    )
    with serving(tmp_path) as served, watched(chromium, served.url) as seen:
        page = seen.page
        page.get_by_label("Token").fill("guessed")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert").filter(has_text="not one of this service")).to_be_visible()
        page.get_by_label("Token").fill(made.stdout.strip())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("Drop chest films here")).to_be_visible()

        seen.drop({"a.png": drawn_film(0)})
        expect(page.locator("#panel .called")).to_be_visible()  # a single film is opened
        page.get_by_label("Agree", exact=True).check()
        page.get_by_role("button", name="Save review").click()
        expect(page.locator("#panel")).to_contain_text("ward (you)")
        page.locator(".panes:not(:has([aria-busy]))").wait_for()  # or they are refused

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        expect(page.locator("#films")).to_be_hidden()
        assert (seen.complaints, seen.elsewhere, seen.refused) == ([], [], [401])


def test_what_cannot_be_sent_says_why(chromium: Any, tmp_path: Path) -> None:
    options = ("--max-body", "1", "--keep", "none")
    with serving(tmp_path, *options) as served, watched(chromium, served.url) as seen:
        page = seen.page
        expect(page.get_by_text("Drop chest films here")).to_be_visible()
        seen.drop({"large.png": os.urandom(2**20 + 1)})
        failed = page.locator(".upload-failure")
        expect(failed).to_contain_text("1,048,576 bytes")
        expect(failed.get_by_role("button", name="Try again")).to_be_visible()

        seen.drop({"small.png": drawn_film(0)})
        expect(page.get_by_text("The film was not kept")).to_be_visible()
        expect(page.locator("canvas.heat")).to_be_visible()
        expect(page.locator("canvas.film")).to_be_hidden()
        assert (seen.complaints, seen.refused) == ([], [413])


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(
    chromium: Any, served: Served, size: tuple[int, int], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here").Axe()
    with watched(chromium, served.url, size, scheme) as seen:
        page = seen.page

        def check(where: str) -> None:
            expect(page.locator(".notice")).to_be_in_viewport()
            found = axe.run(page).response["violations"]
            grave = [rule for rule in found if rule["impact"] in ("serious", "critical")]
            assert not grave, (where, json.dumps(grave, indent=1))
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{where} is wider than the window"

        expect(seen.row("a.png")).to_be_visible()
        check("the list")
        page.get_by_role("button", name="Help").click()
        check("the help")
        page.keyboard.press("Escape")
        seen.open_film("a.png")
        check("a film")
        page.keyboard.press("p")
        expect(page.locator(".frame")).to_have_count(2)
        check("a film beside itself")
        page.keyboard.press("p")
        page.go_back()
        seen.open_film("b.dcm")
        check("a film that could not be read")
        assert (seen.complaints, seen.elsewhere) == ([], [])
