"""`pneumoscope evaluate` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.evaluation.evaluation import read_evaluation
from tiny_model import seen_of, write_tiny_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.onnx")


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Ten dark and ten bright films; the tiny model is wrong on one of each."""
    for label, grays in (
        ("NORMAL", [*range(20, 110, 10), 240]),
        ("PNEUMONIA", [*range(150, 240, 10), 10]),
    ):
        folder = tmp_path / "films" / label
        folder.mkdir(parents=True)
        for gray in grays:
            Image.fromarray(np.full((40, 40), gray, np.uint8)).save(folder / f"{gray}.png")
    return tmp_path / "films"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments), "--replicates", "50"])


def test_tables_show_the_figures(model: Path, films: Path) -> None:
    result = run(model, films)
    assert result.exit_code == 0
    lines = [line.split("  ") for line in result.stdout.splitlines()]
    cells = {line[0]: [cell.strip() for cell in line[1:] if cell.strip()] for line in lines}
    assert "20 films, and nothing tells which are of one patient" in result.stdout
    assert "10 NORMAL, 10 PNEUMONIA" in result.stdout
    assert cells["ROC-AUC"][0].startswith("0.810 (")
    assert cells["Threshold"][:2] == ["0.5000", "0.1000"]
    assert cells["Sensitivity"][0].startswith("0.900 (")
    assert cells["is PNEUMONIA"] == ["1", "9"]
    # At screening, which comes last, 6 NORMAL films and 1 of PNEUMONIA are called wrong.
    assert cells["PNEUMONIA"] == ["0.600", "0.900", "0.720", "10"]
    assert cells["weighted average"] == ["0.700", "0.650", "0.627", "20"]
    assert "not a medical device" in result.stdout


def test_json_is_all_that_goes_to_stdout(model: Path, films: Path) -> None:
    result = run(model, films, "--json", "--operating-point", "balanced")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert list(document["operating_points"]) == ["balanced"]
    assert document["operating_points"]["balanced"]["confusion"] == [[9, 1], [1, 9]]
    assert document["metrics"]["roc_auc"]["value"] == pytest.approx(0.81)


def test_files_are_written_where_asked(model: Path, films: Path, tmp_path: Path) -> None:
    result = run(model, films, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text())["model"]["name"] == "tiny"
    assert len((tmp_path / "out" / "scores.csv").read_text().splitlines()) == 21
    assert "scores.csv" in result.stderr
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Evaluation of tiny" in page
    assert page.count("Actual class: PNEUMONIA") > 0


def test_unreadable_films_are_listed_and_told_by_the_status(model: Path, films: Path) -> None:
    (films / "NORMAL" / "damaged\x1b[31m.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = run(model, films)
    assert result.exit_code == 3
    assert "1 film could not be read:" in result.stdout
    assert "NORMAL/damaged?[31m.png" in result.stdout
    assert "\x1b" not in result.stdout


def test_films_seen_in_training_are_not_in_the_figures(films: Path, tmp_path: Path) -> None:
    for place in range(3):
        for label, gray in (("NORMAL", 22 + place), ("PNEUMONIA", 152 + place)):
            pixels = np.full((40, 40), gray, np.uint8)
            Image.fromarray(pixels).save(films / label / f"seen{place}.png")
    seen = seen_of(
        films,
        train=["NORMAL/seen0.png", "PNEUMONIA/seen0.png", "PNEUMONIA/seen1.png"],
        val=["NORMAL/seen1.png", "NORMAL/seen2.png", "PNEUMONIA/seen2.png"],
    )
    model = write_tiny_model(tmp_path / "seen.onnx", seen=seen)
    result = run(model, films, "--patients", "one-film-each", "--out", tmp_path / "out")
    assert (
        "Of the 26 films, the model learned from 3 and had its settings chosen by 3. Figures are "
        "of the other 20."
    ) in result.stdout
    assert "Decisions of all 26 films, those seen too" in result.stdout
    assert "warning" not in result.stderr
    document = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert document["data"]["films"] == {"NORMAL": 10, "PNEUMONIA": 10}
    assert document["data"]["exposure"] == {"train": 3, "val": 3, "held_out": 20, "unknown": 0}
    assert document["operating_points"]["balanced"]["confusion"] == [[9, 1], [1, 9]]
    everything = document["all_films"]
    assert everything["operating_points"]["balanced"]["confusion"] == [[12, 1], [1, 12]]
    back = read_evaluation(tmp_path / "out")
    assert (len(back.films), len(back.seen_films)) == (20, 6)
    assert {film.path for film in back.seen_films} == {
        f"{label}/seen{place}.png" for label in ("NORMAL", "PNEUMONIA") for place in range(3)
    }
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Figures are of the other 20." in page
    assert "balanced, all films" in page


def test_where_too_few_are_left_the_films_seen_are_in_the_figures_with_a_warning(
    films: Path, tmp_path: Path
) -> None:
    model = write_tiny_model(tmp_path / "seen.onnx", seen=seen_of(films, train=["NORMAL/20.png"]))
    result = run(model, films)
    assert "Of the 20 films, the model learned from 1.\n" in result.stdout
    assert "warning: Figures look better than they are" in result.stderr
    assert "warning: Nothing tells the patients" in result.stderr
    model = write_tiny_model(tmp_path / "old.onnx")
    assert "warning: Whether the model learned from any" in run(model, films, "--json").stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--split", "test"], "error: There are no films in the split 'test'."),
        (["--operating-point", "screning"], "Did you mean 'screening'?"),
    ],
)
def test_mistakes_end_in_one_line_and_a_hint(
    model: Path, films: Path, options: list[str], message: str
) -> None:
    result = run(model, films, *options)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
