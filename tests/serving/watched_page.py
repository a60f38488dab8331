"""The page in a real browser, with an ear to all that it complains about and asks for."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from browser import find_browser

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")

DESKTOP, PHONE = (1280, 800), (390, 844)

# Files as a hand would give them: the browser makes them of bytes, and the page gets the events.
_GIVE = """([films, kinds]) => {
  const given = new DataTransfer();
  for (const [name, bytes] of Object.entries(films)) {
    const data = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    given.items.add(new File([data], name));
  }
  for (const kind of kinds) {
    const how = {dataTransfer: given, clipboardData: given, bubbles: true, cancelable: true};
    const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
    document.body.dispatchEvent(new Kind(kind, how));
  }
}"""


@dataclass
class Watched:
    """A page that is open. `complaints` are what it says on the console, `elsewhere` the addresses
    that it asked for and that are not those of its service, `refused` statuses from 400 on."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    def drop(self, films: Mapping[str, bytes]) -> None:
        """Drop films by their names."""
        self._give(films, "dragenter", "dragover", "drop")

    def paste(self, films: Mapping[str, bytes]) -> None:
        """Paste films by their names."""
        self._give(films, "paste")

    def _give(self, films: Mapping[str, bytes], *kinds: str) -> None:
        encoded = {name: base64.b64encode(data).decode() for name, data in films.items()}
        self.page.evaluate(_GIVE, [encoded, kinds])

    def row(self, name: str) -> Any:
        """The row of a film in the worklist."""
        return self.page.locator("#films li").filter(has_text=name)

    def open_film(self, name: str) -> None:
        """Open a film, and wait until its pictures are there."""
        self.row(name).get_by_role("link").click()
        self.page.locator("#film-title", has_text=name).wait_for()
        self.page.locator(".panes:not(:has([aria-busy]))").wait_for(state="attached")


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    root = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=find_browser(), args=root)
        yield opened
        opened.close()


@contextmanager
def watched(
    chromium: Any, url: str, size: tuple[int, int] = DESKTOP, scheme: str = "dark"
) -> Iterator[Watched]:
    """The page of the service at `url`, in a browser of its own without cookies."""
    width, height = size
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        is_mobile=width < 600,
        has_touch=width < 600,
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    seen = Watched(context.new_page())
    origin = "/".join(url.split("/")[:3])

    def listen(message: Any) -> None:
        # The browser itself says so of each answer from 400 on; those are in `refused`.
        if message.type in ("error", "warning") and "Failed to load" not in message.text:
            seen.complaints.append(message.text)

    def count(answer: Any) -> None:
        if answer.status >= 400:
            seen.refused.append(answer.status)

    def check(request: Any) -> None:
        if not request.url.startswith((url, f"blob:{origin}")):
            seen.elsewhere.append(request.url)

    seen.page.on("console", listen)
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("response", count)
    seen.page.on("request", check)
    seen.page.goto(f"{url}/")
    yield seen
    context.close()
