"""`pneumoscope predict`, from the command line to its output."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.heatmaps.overlay_files import overlay_paths
from pneumoscope.inference.batch import StandardInput
from pneumoscope.wording import NOTICE
from tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A dark and a bright film of the same name, and a broken one."""
    for folder, level in (("a", 50), ("b", 220)):
        (tmp_path / folder).mkdir()
        Image.new("L", (60, 50), level).save(tmp_path / folder / "film.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    return tmp_path


def run(model: Path, *arguments: str | Path, stdin: bytes | None = None) -> Result:
    command = ["predict", *map(str, arguments), "--model", str(model)]
    return CliRunner().invoke(main, command, input=stdin)


def test_the_table_says_what_was_found_and_what_could_not_be_read(model: Path, ward: Path) -> None:
    result = run(model, ward)
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    dark = next(line for line in lines if "a/film.png" in line)
    bright = next(line for line in lines if "b/film.png" in line)
    # 1 / (1 + exp((8 - 16 * 50 / 255) / 2))
    assert " NORMAL      PNEUMONIA 8.1 %, below 50.0 % " in dark
    assert " PNEUMONIA   PNEUMONIA 94.8 %, above 50.0 % " in bright
    assert bright.split()[1] == "PNEUMONIA"
    assert "2 films: 1 NORMAL, 1 PNEUMONIA" in result.stdout
    assert "Operating point balanced: PNEUMONIA from a probability of 50.0 %." in result.stdout
    assert "1 film could not be read" in result.stdout
    assert f"  {ward / 'broken.png'}: " in result.stdout
    assert result.stdout.count(NOTICE) == 1
    assert result.stderr == ""


def test_json_is_one_document(model: Path, ward: Path) -> None:
    result = run(model, ward, "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert next(iter(document.items())) == ("schema_version", 1)
    assert document["notice"] == NOTICE
    assert document["operating_point"] == "balanced"
    assert document["model"]["name"] == "tiny"
    assert [film["finding"] for film in document["films"]] == ["NORMAL", "PNEUMONIA"]
    assert sum(document["films"][0]["probabilities"].values()) == pytest.approx(1.0)
    assert (document["films"][0]["height"], document["films"][0]["width"]) == (50, 60)
    assert set(document["films"][0]["milliseconds"]) == {"read", "preprocess", "infer"}
    assert not any("heatmap" in film for film in document["films"])
    assert [film["film"] for film in document["unreadable"]] == [str(ward / "broken.png")]


def test_csv_has_one_line_for_each_film(model: Path, ward: Path) -> None:
    result = run(model, ward, "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["finding"] for row in rows] == ["NORMAL", "PNEUMONIA", ""]
    assert float(rows[1]["probability_PNEUMONIA"]) > 0.9
    assert [bool(row["error"]) for row in rows] == [False, False, True]
    assert result.stderr == f"{NOTICE}\n"


def test_rows_and_documents_say_what_decided(tmp_path: Path) -> None:
    classes = ("Gesund ✓", "Entzündung")
    model = write_tiny_model(tmp_path / "tiny.onnx", classes)
    Image.new("L", (40, 40), 90).save(tmp_path / "müller.png")
    result = run(model, tmp_path / "müller.png", "--json")
    assert "müller.png" in result.stdout
    document = json.loads(result.stdout)
    assert document["thresholds"] == {"Gesund ✓": 0.5, "Entzündung": 0.5}
    assert (document["normal_class"], document["prevalence"]) == ("Gesund ✓", 0.6)
    assert document["warnings"] == []
    (film,) = document["films"]
    assert (film["finding"], film["class_of_interest"]) == ("Gesund ✓", "Entzündung")
    assert film["probability"] == film["probabilities"]["Entzündung"] < film["threshold"] == 0.5
    (row,) = csv.DictReader(io.StringIO(run(model, tmp_path / "müller.png", "--csv").stdout))
    assert row["film"].endswith("müller.png")
    assert (row["finding"], row["class_of_interest"]) == ("Gesund ✓", "Entzündung")
    assert row["probability"] == row["probability_Entzündung"] == f"{film['probability']:.6f}"
    assert (row["threshold"], row["operating_point"]) == ("0.500000", "balanced")
    assert (row["model"], row["graph_sha256"]) == ("tiny", document["model"]["graph_sha256"])
    assert row["prevalence"] == "0.6"


def test_heat_is_that_of_the_class_of_interest_at_the_operating_point(tmp_path: Path) -> None:
    points = {
        "balanced": {"NORMAL": 0.1, "MIDDLE": 0.45, "BRIGHT": 0.45},
        "screening": {"NORMAL": 0.9, "MIDDLE": 0.09, "BRIGHT": 0.01},
    }
    model = write_tiny_model(
        tmp_path / "tiny.onnx", ("NORMAL", "MIDDLE", "BRIGHT"), operating_points=points
    )
    Image.new("L", (40, 40), 110).save(tmp_path / "film.png")
    drawn = {}
    for point in points:
        arguments = (tmp_path / "film.png", "--json", "--heatmaps", tmp_path / point)
        result = run(model, *arguments, "--operating-point", point)
        (film,) = json.loads(result.stdout)["films"]
        assert film["heatmap"]["class"] == film["class_of_interest"]
        drawn[point] = film["heatmap"]["class"]
    assert drawn == {"balanced": "MIDDLE", "screening": "BRIGHT"}


def test_a_prevalence_moves_probabilities_and_no_call(model: Path, ward: Path) -> None:
    plain = json.loads(run(model, ward, "--json").stdout)
    rare = json.loads(run(model, ward, "--json", "--prevalence", "0.1").stdout)
    assert (plain["prevalence"], rare["prevalence"]) == pytest.approx((0.6, 0.1))
    for before, after in zip(plain["films"], rare["films"], strict=True):
        assert after["finding"] == before["finding"]
        odds = [
            film["probabilities"]["PNEUMONIA"] / film["probabilities"]["NORMAL"]
            for film in (before, after)
        ]
        assert odds[1] / odds[0] == pytest.approx((0.1 / 0.9) / (0.6 / 0.4))
    table = run(model, ward, "--prevalence", "0.1").stdout
    assert "Probabilities are for films that are 90.0 % NORMAL and 10.0 % PNEUMONIA." in table
    assert "PNEUMONIA from a probability of 6.9 %" in table
    rows = list(csv.DictReader(io.StringIO(run(model, ward, "--csv").stdout)))
    assert {row["prevalence"] for row in rows} == {"0.6"}


@pytest.mark.parametrize("share", ["0", "1", "10", "-0.5"])
def test_what_is_no_prevalence_is_a_mistake_of_usage(model: Path, ward: Path, share: str) -> None:
    assert run(model, ward, "--prevalence", share).exit_code == 2


def test_the_operating_point_decides(model: Path, tmp_path: Path) -> None:
    Image.new("L", (40, 40), 90).save(tmp_path / "film.png")
    balanced = json.loads(run(model, tmp_path, "--json").stdout)
    screening = json.loads(run(model, tmp_path, "--json", "--operating-point", "screening").stdout)
    assert balanced["films"][0]["finding"] == "NORMAL"
    assert screening["films"][0]["finding"] == "PNEUMONIA"
    assert screening["operating_point"] == "screening"


def test_status_is_zero_when_all_were_read_and_one_when_none_was(model: Path, ward: Path) -> None:
    assert run(model, ward / "a", ward / "b").exit_code == 0
    nothing = run(model, ward / "broken.png", ward / "gone.png")
    assert nothing.exit_code == 1
    assert "2 films could not be read" in nothing.stdout
    assert "gone.png: there is no such file." in nothing.stdout


def test_a_film_comes_through_a_pipe(model: Path, ward: Path) -> None:
    stdin = (ward / "b" / "film.png").read_bytes()
    result = run(model, "-", "--json", "--heatmaps", ward / "heat", stdin=stdin)
    (film,) = json.loads(result.stdout)["films"]
    assert (film["film"], film["finding"]) == ("stdin", "PNEUMONIA")
    assert (ward / "heat" / "stdin.png").is_file()


def test_heatmaps_of_films_of_one_name_do_not_collide(model: Path, ward: Path) -> None:
    result = run(model, ward, "--json", "--heatmaps", ward / "heat")
    files = [Path(film["heatmap"]["file"]) for film in json.loads(result.stdout)["films"]]
    assert files == [ward / "heat" / name / "film.png.png" for name in ("a", "b")]
    dark, bright = (np.asarray(Image.open(file)) for file in files)
    # Heat is colour: the dark film shows none, the bright one does.
    assert (dark[:40, 200:220].std(axis=-1) == 0).all()
    assert bright[:40, 200:220].std(axis=-1).mean() > 10


def test_the_table_says_where_the_heatmaps_are(model: Path, ward: Path) -> None:
    arguments = (ward / "a", "--heatmaps", ward / "heat")
    assert f"Heatmaps: {ward / 'heat'}" in run(model, *arguments).stdout.splitlines()
    assert "Heatmaps:" not in run(model, *arguments, "--csv").stdout


def test_overlays_stay_inside_their_folder(tmp_path: Path) -> None:
    films = [tmp_path / "x" / ".." / "film.png", tmp_path / "y" / "film.png", StandardInput()]
    folder = Path("heat")
    expected = [folder / "film.png.png", folder / "y" / "film.png.png", folder / "stdin.png"]
    assert overlay_paths(films, folder) == expected


def test_a_folder_for_heatmaps_that_cannot_be_made_is_an_error(model: Path, ward: Path) -> None:
    result = run(model, ward / "a", "--heatmaps", ward / "broken.png" / "heat")
    assert result.exit_code == 1
    assert "could not be written" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "Missing argument"),
        (("film.png", "--json", "--csv"), 2, "exclude each other"),
        (("film.png", "--operating-point", "screning"), 1, "Did you mean 'screening'?"),
        (("nothing*here",), 1, "No film matches"),
        (("film.png", "--batch-size", "0"), 2, "batch-size"),
    ],
)
def test_wrong_usage_is_explained(
    model: Path, arguments: tuple[str, ...], status: int, message: str
) -> None:
    result = run(model, *arguments)
    assert result.exit_code == status
    assert message in result.stderr
    assert result.stdout == ""


def test_an_unknown_model_is_explained() -> None:
    result = CliRunner().invoke(main, ["predict", "film.png", "--model", "no-such-model"])
    assert result.exit_code == 1
    assert "no packaged model 'no-such-model'" in result.stderr


def test_names_cannot_control_the_terminal(model: Path, tmp_path: Path) -> None:
    Image.new("L", (40, 40)).save(tmp_path / "\x1b[31mred.png")
    result = run(model, tmp_path)
    assert "\x1b" not in result.stdout
    assert "?[31mred.png" in result.stdout


def test_isolated_films_give_the_same_answers_and_overlays(
    model: Path, ward: Path, tmp_path: Path
) -> None:
    folders = [tmp_path.parent / f"{tmp_path.name}-{side}" for side in ("here", "there")]
    here = run(model, ward, "--csv", "--heatmaps", folders[0])
    there = run(model, ward, "--csv", "--heatmaps", folders[1], "--isolate")
    assert there.exit_code == here.exit_code == 3
    rows = [list(csv.DictReader(io.StringIO(result.stdout))) for result in (here, there)]
    for one, other in zip(*rows, strict=True):
        for column in set(one) - {"milliseconds", "heatmap"}:
            assert other[column] == one[column]
    for path in folders[0].rglob("*.png"):
        assert (folders[1] / path.relative_to(folders[0])).read_bytes() == path.read_bytes()


def test_standard_input_can_be_isolated(model: Path, ward: Path, tmp_path: Path) -> None:
    film = (ward / "b" / "film.png").read_bytes()
    result = run(model, "-", "--isolate", "--heatmaps", tmp_path / "maps", stdin=film)
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "maps" / "stdin.png").is_file()
