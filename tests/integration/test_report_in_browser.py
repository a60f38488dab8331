"""The report of a real run: it stands alone, and a real browser has nothing to complain about."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from browser import visit
from pneumoscope.phantoms import write_phantoms
from pneumoscope.pipelines.train import train
from pneumoscope.recipe.files import load_recipe
from report_page import Page

FETCHING = {"src", "srcset", "href", "xlink:href", "data", "poster", "action", "background"}


class Links(HTMLParser):
    """Every attribute of a page that may name another resource, and the texts of its style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.styles: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [(tag, value or "") for name, value in attrs if name in FETCHING]
        self.styles += [value or "" for name, value in attrs if name == "style"]

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.styles.append(data)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    write_phantoms(folder / "films", 40, seed=3, widths=(120, 200))
    recipe = load_recipe(
        "small-cnn",
        ["preprocess.size=64", "stages=[{epochs: 1, train: head}, {epochs: 1, train: all}]"],
    )
    return train(
        recipe,
        folder / "films",
        folder / "run",
        cache_directory=folder,
        console=Console(quiet=True),
    ).report


def test_nothing_in_the_report_refers_to_the_network(report: Path) -> None:
    page = Links(report.read_text(encoding="utf-8"))
    assert page.links
    for tag, address in page.links:
        if address.startswith(("#", "data:image/")):
            continue
        # What is left are links to the figures, which nothing follows by itself.
        assert tag == "a"
        assert (report.parent / address).is_file()
    assert Page(report.read_text(encoding="utf-8")).runs_only_its_own_script()
    for style in page.styles:
        assert "@import" not in style
        assert "url(" not in style.replace("url(#", "")
    assert report.stat().st_size < 8e6


def test_a_browser_opens_the_report_in_silence(report: Path, tmp_path: Path) -> None:
    opened = visit(report, tmp_path)
    assert opened.console == []
    assert opened.requests == []
    for heading in ("Data", "Training", "Validation: Films with heatmaps"):
        assert f">{heading}</h2>" in opened.document


def test_a_page_with_faults_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "faults.html"
    page.write_text(
        '<p>Hello</p><img src="http://films.invalid/1.png"><script>nowhere();</script>',
        encoding="utf-8",
    )
    opened = visit(page, tmp_path)
    assert opened.requests == ["http://films.invalid/1.png"]
    assert "nowhere is not defined" in "".join(opened.console)
