"""Films on pages, as a person uses them in a real browser: open large, fade, sort, on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from driven_browser import DrivenPage, driven
from evaluated_films import evaluate_films
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.evaluation_page import write_evaluation_report
from pneumoscope.report.findings_page import FilmCard, render_findings_page
from pneumoscope.report.html import write_page
from tiny_model import write_tiny_model

FILMS = {"b.png": (240, "NORMAL"), "a10.png": (60, "NORMAL"), "a9.png": (150, "PNEUMONIA")}
NAMES = "[...document.querySelectorAll('article h3')].map((e) => e.textContent)"
OPEN = "document.querySelector('dialog').open"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three films, of which the brightest is called wrong."""
    folder = tmp_path_factory.mktemp("findings")
    predictor = Predictor.load(write_tiny_model(folder / "tiny.onnx"))
    cards = []
    for name, (level, actual) in FILMS.items():
        pixels = np.full((50, 60), level, dtype=np.uint8)
        prediction = replace(predictor.predict(pixels), film=name)
        cards.append(FilmCard.of(prediction, pixels, actual=actual))
    page = folder / "index.html"
    write_page(page, render_findings_page(cards, [], predictor.manifest, title="Films"))
    return page


@pytest.fixture
def page(findings: Path, tmp_path: Path) -> Iterator[DrivenPage]:
    with driven(findings, tmp_path) as opened:
        yield opened
        assert opened.complaints == []


def opacity(page: DrivenPage) -> float:
    return float(page.run("getComputedStyle(document.querySelectorAll('.stage img')[1]).opacity"))


def test_a_film_opens_large_fades_and_closes(page: DrivenPage) -> None:
    small = page.run("document.querySelector('.opener img').getBoundingClientRect().width")
    page.click("article .opener img[data-heat]")
    assert page.run(OPEN)
    assert page.run("document.querySelector('.viewer h2').textContent") == "b.png"
    assert page.run("document.querySelector('.stage').getBoundingClientRect().width") > 2 * small
    assert opacity(page) == 1.0
    page.run("document.querySelector('.viewer input').focus()")
    for _ in range(4):
        page.press("ArrowLeft")
    assert opacity(page) == 0.8
    assert page.run("document.querySelector('.viewer output').textContent") == "80 %"
    page.press("Escape")
    assert not page.run(OPEN)


def test_a_film_opens_by_the_keyboard_and_leads_to_the_next(page: DrivenPage) -> None:
    page.run("document.querySelector('.opener').focus()")
    page.press("Enter")
    assert page.run(OPEN)
    assert opacity(page) == 0.0  # the film itself was opened
    page.run("document.querySelector('.viewer .head button').focus()")
    for key, name in (("ArrowRight", "a10.png"), ("ArrowLeft", "b.png"), ("ArrowLeft", "a9.png")):
        page.press(key)
        assert page.run("document.querySelector('.viewer h2').textContent") == name
    page.press("Enter")
    assert not page.run(OPEN)
    assert page.run("document.activeElement === document.querySelector('.opener')")


def choose(page: DrivenPage, order: str) -> list[str]:
    page.run(
        "(() => { const s = document.querySelector('.order select');"
        f"s.value = {json.dumps(order)}; s.dispatchEvent(new Event('change')); }})()"
    )
    return list(page.run(NAMES))


def test_films_are_sorted_and_put_back(page: DrivenPage) -> None:
    assert page.run(NAMES) == list(FILMS)
    assert choose(page, "by name") == ["a9.png", "a10.png", "b.png"]
    assert choose(page, "by probability, highest first") == ["b.png", "a9.png", "a10.png"]
    assert choose(page, "wrong ones first")[0] == "b.png"
    assert choose(page, "as arranged") == list(FILMS)


def test_the_order_on_the_page_is_that_of_the_opened_films(page: DrivenPage) -> None:
    choose(page, "by name")
    page.click("article:nth-of-type(2) .opener")
    assert page.run("document.querySelector('.viewer h2').textContent") == "a10.png"
    page.press("ArrowRight")
    assert page.run("document.querySelector('.viewer h2').textContent") == "b.png"


def test_wide_tables_scroll_on_a_phone_and_the_page_does_not(tmp_path: Path) -> None:
    evaluate_films(tmp_path / "films").write(tmp_path / "page")
    report = write_evaluation_report(tmp_path / "page")
    with driven(report, tmp_path, width=390, height=844) as page:
        assert page.run("document.documentElement.scrollWidth") == 390
        wide = page.run(
            "[...document.querySelectorAll('.table')].filter((t) => t.scrollWidth > t.clientWidth)"
            ".map((t) => [t.tabIndex, getComputedStyle(t).backgroundImage.includes('gradient')])"
        )
        assert wide
        assert all(place == [0, True] for place in wide)
        assert page.complaints == []
