"""`pneumoscope evaluate` as a person runs it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.evaluation.evaluation import read_evaluation
from pneumoscope.evaluation.traits import TRAIT_COLUMNS, FilmTraits
from pneumoscope.report.evaluation_page import write_evaluation_report
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


def test_a_table_of_groups_shows_where_the_model_fails(
    model: Path, films: Path, tmp_path: Path
) -> None:
    """The wrong normal films are those of one group, which the average hides."""
    rows = ["path,group"]
    for place in range(40):
        group, gray = ("C", 245 if place % 2 else 15) if place < 20 else ("A", 40)
        path = f"NORMAL/IM-{place:04}-0001.png"
        Image.fromarray(np.full((40, 40), gray, np.uint8)).save(films / path)
        rows.append(f"{path},{group}")
    groups = tmp_path / "groups.csv"
    groups.write_text("\n".join(rows))
    result = run(model, films, "--groups", groups, "--out", tmp_path / "out")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    (row,) = (line for line in lines if line[:3] == ["NORMAL", "group", "C"])
    assert row[3:5] == ["20", "0.500"]
    assert "At balanced, NORMAL films of group C are called rightly in 50 % (" in result.stdout
    assert "table of groups" not in result.stderr  # it names most of the films
    with (tmp_path / "out" / "scores.csv").open(newline="") as file:
        scores = list(csv.DictReader(file))
    told = [f"{row['path']},{row['group']}" for row in scores if row["group"]]
    assert sorted(told) == sorted(rows[1:])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.index("Where it fails") < page.index("Right and wrong calls")
    assert "NORMAL films of group C are called rightly in 50 %" in page
    back = read_evaluation(tmp_path / "out")
    assert back.groups is not None
    assert back.films[0].traits.sharpness is not None


def test_a_table_of_groups_of_other_films_is_told(model: Path, films: Path, tmp_path: Path) -> None:
    groups = tmp_path / "groups.csv"
    groups.write_text("path,group\nNORMAL/20.png,A\nelsewhere.png,B\n")
    result = run(model, films, "--groups", groups)
    assert result.exit_code == 0
    assert "The table of groups names 1 of the 20 films." in " ".join(result.stderr.split())


def test_files_of_an_evaluation_without_groups_are_still_read(
    model: Path, films: Path, tmp_path: Path
) -> None:
    run(model, films, "--out", tmp_path / "out")
    figures, scores = tmp_path / "out" / "evaluation.json", tmp_path / "out" / "scores.csv"
    document = json.loads(figures.read_text())
    del document["groups"]
    figures.write_text(json.dumps(document))
    with scores.open(newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [name for name in rows[0] if name not in TRAIT_COLUMNS]
    with scores.open("w", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    back = read_evaluation(tmp_path / "out")
    assert back.groups is None
    assert back.films[0].traits == FilmTraits()
    page = write_evaluation_report(tmp_path / "out").read_text(encoding="utf-8")
    assert "Where it fails" not in page


@pytest.mark.films
def test_the_view_shows_in_real_films(films_root: Path, tmp_path: Path) -> None:
    """The model of children calls most normal adults ill whose film was taken in bed (AP)."""
    with (films_root / "adults" / "films.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "rsna"]
    chosen = [
        row
        for label, view, films in (
            ("NORMAL", "AP", 20),
            ("NORMAL", "PA", 20),
            ("OPACITY", "AP", 12),
        )
        for row in [row for row in rows if (row["label"], row["view"]) == (label, view)][:films]
    ]
    table = tmp_path / "films.csv"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "label", "patient", "age", "sex", "view"],
                                extrasaction="ignore")  # fmt: skip
        writer.writeheader()
        writer.writerows(chosen)
    result = run(
        *("mobilenetv2-pediatric", table, "--films", films_root / "adults"),
        *("--map-label", "OPACITY=PNEUMONIA", "--out", tmp_path / "out"),
    )
    assert result.exit_code == 0, result.output
    back = read_evaluation(tmp_path / "out")
    assert back.groups is not None
    assert back.groups.known["view"] == 52
    normal = back.groups.classes[0]
    rates = {
        row.where["view"]: row.points["balanced"] for row in normal.single if "view" in row.where
    }
    assert rates["AP"].right.value < 0.3 < 0.6 < rates["PA"].right.value
    assert rates["AP"].stands_out
    assert "NORMAL films of view AP are called rightly in " in result.stdout
