"""The report of a run, from the files of its folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assessed_model import assessment_by_hand
from pneumoscope.errors import PneumoscopeError
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.report.run_page import write_run_report
from tiny_run import write_tiny_run


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    run = write_tiny_run(folder / "run", folder / "films")
    graph = read_manifest(run / "model.onnx").graph_sha256
    assessment_by_hand(graph_sha256=graph, anatomy=None, probes=None).write(run / "explanations")
    return write_run_report(run)


@pytest.fixture(scope="module")
def page(report: Path) -> str:
    return report.read_text(encoding="utf-8")


def test_every_part_of_the_run_has_its_section(page: str) -> None:
    headings = re.findall(r'<h2 id="([\w-]+)">(.*?)</h2>', page)
    titles = [title for _, title in headings]
    assert titles[:3] == ["Contents", "Data", "Training"]
    for split in ("Validation", "Test"):
        assert f"{split}: In short" in titles
        assert f"{split}: Films with heatmaps" in titles
    assert "Heatmaps: Faithfulness" in titles
    contents = page[page.index("<nav") : page.index("</nav>")]
    linked = re.findall(r'<a href="#([\w-]+)">', contents)
    assert linked == [anchor for anchor, _ in headings[1:]]
    entries = contents.count("<li><details>") + len(re.findall(r"^  <li><a", contents, re.M))
    assert entries == 5
    for group in ("Validation", "Test", "Heatmaps"):
        assert f"<summary>{group}</summary>" in contents


def test_the_top_tells_what_was_trained_and_how_good_it_is(page: str) -> None:
    top = " ".join(re.sub(r"<[^>]+>", " ", page[: page.index("<nav")]).split())
    assert "Training run tiny" in top
    assert "Trained 2026-01-31, 7 min 30 s" in top
    assert re.search(r"Validation ROC-AUC 0\.\d+ \(.*\), accuracy 0\.900 \(.*\) on 20 films", top)


def test_nothing_tells_where_the_run_and_its_films_lay(report: Path, page: str) -> None:
    assert str(report.parents[1]) not in page


def test_identifiers_are_unique(page: str) -> None:
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_every_figure_lies_beside_the_page_in_three_forms(report: Path, page: str) -> None:
    linked = re.findall(r'href="(figures/[^"]+)"', page)
    assert {"figures/loss.csv", "figures/class-counts.png", "figures/val-roc-auc.svg"} <= set(
        linked
    )
    written = {f"figures/{path.name}" for path in (report.parent / "figures").glob("[!.]*")}
    assert set(linked) == written


def test_the_audit_is_kept_beside_the_page(report: Path) -> None:
    assert (report.parent / "audit.json").is_file()


def test_a_folder_that_is_no_finished_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(PneumoscopeError, match=r"is no run: .*model\.onnx"):
        write_run_report(tmp_path)
