"""The page of an explanation."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.heatmaps.explain import explain
from pneumoscope.report.explained_films_page import write_explained_films_page
from report_page import Page
from tiny_model import write_tiny_model
from tiny_run import write_tiny_films


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.mark.slow
def test_errors_and_clear_and_close_calls_are_shown(model: Path, tmp_path: Path) -> None:
    films = tmp_path / "films"
    write_tiny_films(films)
    (films / "NORMAL" / "broken <i>.png").write_bytes(b"nothing")
    path = write_explained_films_page(
        explain(model, films, tmp_path / "out", classes=["NORMAL", "PNEUMONIA"])
    )
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert "Wrong, the surest first: 4" in page.words
    assert "This page shows 16 of 40 films." in page.words
    assert "Right 36 of 40 calls shown" in page.words
    assert text.count("<article") == 16
    # The film and two classes, and once the colours.
    assert text.count("data:image/jpeg;base64,") == 16 * 3 + 1
    assert "broken <i>.png" in page.words
    assert "b" not in page.tags
    assert str(tmp_path) not in text
    files = [address for address in page.addresses if not address.startswith(("data:", "#"))]
    assert "panels/NORMAL/test%200%20%3Cb%3E%26.png.png" in files
    assert "contact-sheet.png" in files


def test_without_labels_nothing_is_right_or_wrong(model: Path, tmp_path: Path) -> None:
    write_tiny_films(tmp_path / "films")
    explanation = explain(model, tmp_path / "films" / "NORMAL", tmp_path / "out", signed=True)
    page = Page(write_explained_films_page(explanation).read_text(encoding="utf-8"))
    assert "Most certain, of each class" in page.words
    assert "against it (blue)" in page.words
    assert "Actual class" not in page.words
    assert "Wrong" not in page.words
