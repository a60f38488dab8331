"""Draw the icons of the installed page as PNG, from its `icon.svg`.

python docs/page_icons.py
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

STATIC = Path(__file__).parents[1] / "src" / "pneumoscope" / "serving" / "static"
GROUND = "#14181c"
"""The ground of `icon.svg`."""
SAFE = 0.8
"""The share of a maskable icon that no system cuts off, and that the drawing keeps to."""
COLOURS = 32


def main() -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        draw(browser, 192, "icon-192.png")
        draw(browser, 512, "icon-512.png")
        draw(browser, 512, "icon-maskable.png", ground=GROUND, share=SAFE)
        browser.close()


def draw(
    browser: Browser, size: int, name: str, ground: str = "transparent", share: float = 1.0
) -> None:
    page = browser.new_page(viewport={"width": size, "height": size})
    svg = (STATIC / "icon.svg").read_text(encoding="utf-8")
    page.set_content(
        f"<style>body {{ margin: 0; height: 100vh; display: grid; place-items: center; "
        f"background: {ground} }} svg {{ width: {100 * share}vw }}</style>{svg}"
    )
    picture = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
    # A few colours say it all, and take a few kilobytes.
    picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(STATIC / name, optimize=True)
    page.close()


if __name__ == "__main__":
    main()
