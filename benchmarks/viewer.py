"""How soon a large film is seen on the page, how fast its window follows, and what stays in memory.

    python benchmarks/viewer.py

Writes `benchmarks/viewer.md`. A film of 36 million values of 16 bits, drawn here, is looked at in a
Chromium without a graphics processor, 1280 x 800 pixels. Needs the development environment, and
Linux.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from bare_browser import page_at
from result_page import HERE, load_average, table, write_page

_TESTS = HERE.parent / "tests"
sys.path[:0] = [str(_TESTS), str(_TESTS / "serving")]

import httpx  # noqa: E402

from browser import find_browser  # noqa: E402
from drawn_films import drawn_film  # noqa: E402
from film_files import dicom  # noqa: E402
from memory import family, resident_bytes  # noqa: E402
from served import serving  # noqa: E402
from watched_page import Watched, browser, watched  # noqa: E402

SIDE = 6000
REPEATS = 5
SMALL_FILMS, OPENED = 20, 500
SIZE = (1280, 800)

# Milliseconds from opening a film to its first values on the canvas, and to all of them.
_OPEN = """(id) => new Promise((done) => {
  const line = document.querySelector(".rendering"), begin = performance.now();
  let first = 0;
  const look = () => {
    if (!first && line.textContent) first = performance.now() - begin;
    if (first && !document.querySelector(".panes [aria-busy]")) {
      done([first, performance.now() - begin]);
      watcher.disconnect();
    }
  };
  const watcher = new MutationObserver(look);
  const all = {subtree: true, childList: true, attributes: true, characterData: true};
  watcher.observe(document.querySelector("#stage"), all);
  location.hash = `#/films/${id}`;
})"""
# Frames a second while a hand drags the window without a pause, at a magnification.
_DRAG = """([key, seconds]) => new Promise((done) => {
  const frame = document.querySelector(".frame");
  frame.focus();
  document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
  const box = frame.getBoundingClientRect();
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  const hand = (kind, right, down) => frame.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, pointerType: "mouse", button: 2, buttons: 2, bubbles: true,
    clientX: middle[0] + right, clientY: middle[1] + down,
  }));
  frame.setPointerCapture = () => {};  // there is no real pointer
  hand("pointerdown", 0, 0);
  let frames = 0;
  const begin = performance.now();
  const step = () => {
    frames += 1;
    hand("pointermove", 60 * Math.sin(frames / 9), 60 * Math.cos(frames / 7));
    if (performance.now() - begin < 1000 * seconds) return requestAnimationFrame(step);
    hand("pointerup", 0, 0);
    done((1000 * frames) / (performance.now() - begin));
  };
  requestAnimationFrame(step);
})"""


def large_film() -> bytes:
    """A film of 6000 x 6000 values of 16 bits with a window."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    values = 16_000 + 9_000 * np.sin(columns / 300) * np.cos(rows / 400)
    values += np.random.default_rng(0).normal(0, 100, values.shape)
    window: Mapping[str, Any] = {"WindowCenter": 16_000, "WindowWidth": 20_000}
    return dicom(np.clip(values, 0, 65_535).astype(np.uint16), bits=16, **window)


def send(url: str, name: str, film: bytes) -> str:
    """Send a film, and tell its identifier."""
    answer = httpx.post(f"{url}/v1/predictions", files={"film": (name, film)}, timeout=120)
    return str(answer.raise_for_status().json()["films"][0]["id"])


def opened(seen: Watched, identifier: str) -> tuple[float, float]:
    """Milliseconds to the first values of a film, and to all."""
    first, whole = seen.page.evaluate(_OPEN, identifier)
    return first, whole


_SENT = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .filter(({name}) => !name.includes("/v1/"))
  .reduce((sum, {transferSize}) => sum + transferSize, 0)"""


def looked_at(url: str, large: str, small: list[str]) -> tuple[int, list[Any], dict[str, Any]]:
    """Bytes of the page, times until a large film is seen, and frames a second by what is seen."""
    with browser() as chromium, watched(chromium, url) as seen:
        seen.page.locator("#films li").first.wait_for()
        weight = seen.page.evaluate(_SENT)
        times = []
        for repeat in range(REPEATS):
            opened(seen, small[repeat])
            times.append(opened(seen, large))
        frames = {
            what: [seen.page.evaluate(_DRAG, [key, 3]) for _ in range(REPEATS)]
            for what, key in (("the whole film", "0"), ("pixel for pixel", "o"))
        }
    return weight, times, frames


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, serving(Path(scratch), "--rate", "0") as served:
        large = send(served.url, "large.dcm", large_film())
        small = [
            send(served.url, f"{seed}.dcm", drawn_film(seed, "dicom"))
            for seed in range(SMALL_FILMS)
        ]
        weight, times, frames = looked_at(served.url, large, small)
        memory = asyncio.run(memory_of_films(served.url, small))
    first, whole = (statistics.median(column) / 1000 for column in zip(*times, strict=True))
    rows = [["first values, s", "<= 1", f"{first:.2f}"], ["all values, s", "", f"{whole:.2f}"]]
    rows += [
        [f"frames a second, {what}", ">= 30", f"{statistics.median(rates):.0f}"]
        for what, rates in frames.items()
    ]
    rows.append(["the page without films, as sent, kB", "<= 250", f"{weight / 1000:.0f}"])
    write_page(
        "viewer",
        "A large film on the page",
        [
            f"A film of {SIDE} x {SIDE} values of 16 bits over the loopback, in Chromium, 1280 x "
            f"800, without a graphics processor: medians of {REPEATS}. Frames are counted while a "
            "hand drags the window without a pause.",
            table(["", "wanted", "got"], rows),
            f"MiB that all processes of the browser have resident, after every 100 of {OPENED} "
            f"films: {', '.join(f'{size:.0f}' for size in memory)}.",
            load_average(),
        ],
        packages=("numpy", "playwright", "uvicorn"),
        arguments="",
    )


async def memory_of_films(url: str, films: list[str]) -> list[float]:
    """MiB that a browser's processes hold after every hundred of many films."""
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    found = []
    async with page_at(find_browser(), f"{url}/", SIZE, root) as page:
        await page.until("document.querySelector('#films li') !== null")
        for count in range(OPENED + 1):
            await page.run(f"({_OPEN})('{films[count % len(films)]}')")
            if count % 100 == 0:
                await page.collect_garbage()
                await asyncio.sleep(1)
                processes = [one for one in family(page.process_id) if "chrom" in _command(one)]
                found.append(sum(resident_bytes(one) for one in processes) / 2**20)
    return found


def _command(process_id: int) -> str:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")[0].decode()
    except OSError:  # it has ended meanwhile
        return ""


if __name__ == "__main__":
    main()
