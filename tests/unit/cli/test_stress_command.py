"""`pneumoscope evaluate --stress` as a person runs it, with the packaged model of drawn films."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pneumoscope.cli.main import main
from pneumoscope.evaluation.evaluation import read_evaluation
from pneumoscope.evaluation.stresses import STRESSES
from pneumoscope.phantoms import write_phantoms
from pneumoscope.report.stress_section import stress_sections_beside
from report_page import Page


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("phantoms")
    write_phantoms(root, 12, seed=0, widths=(140, 180))
    return root / "chest_xray"


@pytest.fixture(scope="module")
def tested(films: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("out") / "stressed"
    result = run("evaluate", "phantoms", films, "--stress", "--replicates", 20, "--out", out)
    return result, out


def test_the_terminal_says_what_is_worst(tested: tuple[Result, Path]) -> None:
    result, _ = tested
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert "of the 10 harmless changes" in text
    assert "Of the other 27 changes, “" in text
    assert "ROC-AUC, " in text
    for point in ("balanced", "screening"):
        assert f"Films called otherwise at {point}, of 12" in text
    assert all(result.stdout.count(f"\n  {stress.name}  ") == 3 for stress in STRESSES)
    assert "37 stresses of 12 films: " in result.stderr
    assert "Wrote evaluation.json, scores.csv and stress.json" in result.stderr


def test_the_page_shows_it_and_report_shows_it_again(
    tested: tuple[Result, Path],
) -> None:
    _, out = tested
    kept = json.loads((out / "stress.json").read_text(encoding="utf-8"))
    assert [stress["name"] for stress in kept["stresses"]] == [each.name for each in STRESSES]
    text = (out / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "stress" in page.ids
    assert "One film under each change" in page.words
    assert text.count(f"{kept['pictured']['path']}, ") == 1 + len(STRESSES)
    assert page.runs_only_its_own_script()
    assert (out / "figures" / "stress.csv").is_file()
    assert run("report", out).exit_code == 0
    assert (out / "report.html").read_text(encoding="utf-8") == text


def test_what_does_not_belong_to_the_evaluation_is_not_shown(
    tested: tuple[Result, Path], tmp_path: Path
) -> None:
    _, out = tested
    evaluation = read_evaluation(out)
    (section,) = stress_sections_beside(out, evaluation)
    assert "One film under each change" in section.body
    data = evaluation.data.model_copy(update={"digest": "of other films"})
    other = evaluation.model_copy(update={"data": data})
    (section,) = stress_sections_beside(out, other)
    assert "of another model or of other films" in section.body
    assert not section.plots
    assert stress_sections_beside(tmp_path, evaluation) == []


def test_json_holds_both(films: Path) -> None:
    result = run("evaluate", "phantoms", films / "test", "--stress", "--replicates", 5, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert len(document["stress"]["stresses"]) == len(STRESSES)
    assert document["metrics"]["roc_auc"]["value"] == document["stress"]["roc_auc"]["value"]
