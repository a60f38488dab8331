"""All words of the page come from one file, so that another language is another file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from drawn_films import drawn_film
from pneumoscope.serving.page import STATIC
from served import Served, serving
from watched_page import playwright, watched

pytestmark = pytest.mark.browser
expect = playwright.expect
expect.set_options(timeout=60_000)

# The words in brackets, whatever they are.
_BRACKETED = """
const bracketed = (word) =>
  typeof word === "string" ? `⟦${word}⟧`
  : typeof word === "function" ? (...given) => bracketed(word(...given))
  : Array.isArray(word) ? word.map(bracketed)
  : Object.fromEntries(Object.entries(word).map(([name, inner]) => [name, bracketed(inner)]));
export const en = bracketed(english);
"""
# All that can be read or heard, apart from keys and commands.
_SAID = """() => {
  const said = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) said.push(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches("kbd, code, pre")) return;
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext"]) {
      said.push(node.getAttribute(name) ?? "");
    }
    for (const child of node.childNodes) walk(child);
  };
  walk(document.body);
  return said;
}"""
_TIME = re.compile(r"[A-Z][a-z]{2} \d{1,2}(, \d{4}, [\d:]+\s[AP]M)?|[\d:]+\s[AP]M")
_NAMES = {"pneumoscope", "CSV", "JSON", "SHA-256", "NAME"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("words"), "--rate", "0") as running:
        for name, film in {"a.png": drawn_film(0), "b.dcm": b"no film"}.items():
            httpx.post(f"{running.url}/v1/predictions", files={"film": (name, film)}, timeout=60)
        yield running


def known_to(url: str) -> str:
    """All that the service tells: names of films and classes, sentences of its own."""
    paths = ("v1/predictions", "v1/models", "v1/model", "v1/samples")
    return " ".join(httpx.get(f"{url}/{path}").text for path in paths)


def test_the_page_says_nothing_that_the_file_of_words_does_not(
    chromium: Any, served: Served
) -> None:
    words = (STATIC / "words" / "en.js").read_text(encoding="utf-8")
    script = words.replace("export const en =", "const english =") + _BRACKETED
    told = known_to(served.url)
    with watched(chromium, served.url) as seen:
        page = seen.page
        page.route(
            "**/words/en.js",
            lambda route: route.fulfill(body=script, content_type="text/javascript"),
        )
        page.goto(f"{served.url}/")
        expect(page.locator("#films li")).to_have_count(2)

        def check() -> None:
            for text in page.evaluate(_SAID):
                bare = text
                while "⟦" in bare:  # words stand within others
                    bare = re.sub(r"⟦[^⟦⟧]*⟧", "", bare).strip()
                bare = re.sub(r"[<>]? ?[\d.]+\s%$", "", bare).strip()  # a probability
                is_known = bare in told or bare in _NAMES or _TIME.fullmatch(bare)
                assert is_known or not re.search(r"[A-Za-z]{2}", bare), text

        check()
        for name in ("a.png", "b.dcm"):
            seen.open_film(name) if name == "a.png" else seen.row(name).get_by_role("link").click()
            expect(page.locator("#film-title")).to_have_text(name)
            check()
        page.locator("[data-action=help]").click()
        check()
        page.keyboard.press("Escape")
        page.locator("[data-action=reviewed]").click()
        expect(page.locator("#reviewed-lead")).not_to_be_empty()
        check()
        page.keyboard.press("Escape")
        page.route("**/readyz", lambda route: route.abort())
        page.route("**/v1/**", lambda route: route.abort())
        page.keyboard.press("j")
        expect(page.locator("#away")).to_be_visible()
        check()
        assert seen.complaints == []
