"""Photograph the page of a service with drawn films: the pictures in the documentation.

pneumoscope serve --folder NEW --port 8000
python docs/page_picture.py http://127.0.0.1:8000
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parent / "images"
FILM = "phantom-5.png"


def main(url: str) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        photograph(browser, url, 1280, 800, "serve-page.png")
        photograph(browser, url, 390, 844, "serve-phone.png")
        browser.close()


def photograph(browser: Browser, url: str, width: int, height: int, name: str) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": height},
        is_mobile=width < 600,
        color_scheme="dark",
        reduced_motion="reduce",
    )
    page.goto(url)
    row = page.locator("#films li").filter(has_text=FILM)
    page.locator("body:not(.starting)").wait_for()
    if not row.count():
        page.get_by_role("button", name="Try drawn films").click()
        page.locator("#uploads").get_by_text("6 films read").wait_for()
        page.get_by_role("button", name="Dismiss").click()
        page.get_by_role("button", name="Close", exact=True).click()
    row.get_by_role("link").click()
    page.locator(".panes:not(:has([aria-busy]))").wait_for()
    page.wait_for_load_state("networkidle")  # thumbnails too
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / name)
    page.close()


if __name__ == "__main__":
    main(sys.argv[1])
