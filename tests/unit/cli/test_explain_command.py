"""`pneumoscope explain` as a person runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.heatmap_checks.assessment import read_assessment
from pneumoscope.phantoms import write_phantoms
from pneumoscope.runs.folder import RunFolder
from pneumoscope.runs.start import RunStart
from pneumoscope.wording import NOTICE
from tiny_model import seen_of, write_tiny_model
from tiny_run import write_tiny_run


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.onnx")


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Two films of each class; the tiny model is wrong on one."""
    for label, grays in (("NORMAL", (20, 240)), ("PNEUMONIA", (200, 230))):
        (tmp_path / "films" / label).mkdir(parents=True)
        for gray in grays:
            Image.new("L", (60, 40), gray).save(tmp_path / "films" / label / f"{gray}.png")
    return tmp_path / "films"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["explain", *map(str, arguments)])


def test_it_says_what_was_found_and_written(model: Path, films: Path, tmp_path: Path) -> None:
    result = run(model, films, "--out", tmp_path / "out", "--all-classes", "--signed")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "4 films explained: called 1 NORMAL, 3 PNEUMONIA at balanced (PNEUMONIA from 50.0 %).",
        "Right: 3 of 4.",
        "  NORMAL/20.png: is NORMAL, called NORMAL (PNEUMONIA 3.3 %, below 50.0 %)",
        "  NORMAL/240.png: is NORMAL, called PNEUMONIA (PNEUMONIA 97.2 %, above 50.0 %), wrong",
        "  PNEUMONIA/200.png: is PNEUMONIA, called PNEUMONIA (PNEUMONIA 90.7 %, above 50.0 %)",
        "  PNEUMONIA/230.png: is PNEUMONIA, called PNEUMONIA (PNEUMONIA 96.1 %, above 50.0 %)",
        f"Wrote panels, maps and contact-sheet.png into {tmp_path / 'out'}.",
        "These answers may be wrong:",
        "  NORMAL/20.png, NORMAL/240.png, PNEUMONIA/200.png and 1 more: "
        "all of the film is of one gray level.",
        "  NORMAL/20.png, NORMAL/240.png, PNEUMONIA/200.png and 1 more: "
        "the picture is tiny (60 x 40 pixels): what tells the classes is lost.",
        f"Report: {tmp_path / 'out' / 'report.html'}",
        NOTICE,
    ]
    assert (tmp_path / "out" / "report.html").is_file()
    run(model, films, "--out", tmp_path / "plain")
    (both, *_), (plain, *_) = (
        [Image.open(path) for path in sorted((tmp_path / name / "panels").rglob("*.png"))]
        for name in ("out", "plain")
    )
    assert both.height > plain.height  # a row for every class


def test_classes_go_by_any_case_and_a_limit_reads_no_more_films(
    model: Path, films: Path, tmp_path: Path
) -> None:
    (films / "PNEUMONIA" / "zz.png").write_bytes(b"not a film")
    result = run(model, films, "--class", "pneumonia", "--limit", 2, "--out", tmp_path / "out")
    assert result.exit_code == 0  # the damaged film was not read
    assert "2 films explained: called 1 NORMAL, 1 PNEUMONIA" in result.stdout
    panels = [path.name for path in sorted((tmp_path / "out" / "panels").rglob("*.png"))]
    assert panels == ["20.png.png", "240.png.png"]


def test_a_run_is_explained_on_the_films_that_it_held_out(tmp_path: Path) -> None:
    folder = write_tiny_run(tmp_path / "mine", tmp_path / "films")
    RunStart.of(RunFolder(folder), tmp_path / "films", None, "auto", 1).write(RunFolder(folder))
    result = run(folder, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "These are the 8 films that the run mine held out as test." in result.stderr
    assert result.stdout.count(": is NORMAL, called") == 4
    errors = run(folder, tmp_path / "films", "--only", "errors", "--out", tmp_path / "errors")
    assert "2 films explained" in errors.stdout  # none of the training films
    assert "as val" not in errors.stderr
    everything = run(folder, "--split", "all", "--limit", 50, "--out", tmp_path / "all")
    assert "40 films explained" in everything.stdout


def test_only_errors(model: Path, films: Path, tmp_path: Path) -> None:
    result = run(model, films, "--out", tmp_path / "out", "--only", "errors")
    assert "1 film explained" in result.stdout
    assert [path.name for path in (tmp_path / "out" / "panels").rglob("*.png")] == ["240.png.png"]
    (films / "NORMAL" / "240.png").unlink()
    nothing = run(model, films, "--out", tmp_path / "other", "--only", "errors")
    assert nothing.exit_code == 0
    assert "None of 3 films was called wrong; nothing was written." in nothing.stdout


def test_unreadable_films_are_listed_and_told_by_the_status(
    model: Path, films: Path, tmp_path: Path
) -> None:
    (films / "NORMAL" / "damaged\x1b[31m.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = run(model, films, "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "1 film could not be read:\n  NORMAL/damaged?[31m.png: " in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--class", "NORMAL", "--all-classes"], 2, "exclude each other"),
        (["--method", "grad-cam"], 2, "need --run"),
        (["--method", "gradcam"], 2, "not one of 'cam', 'hook-cam'"),
        (["--run", "."], 2, "cam takes none"),
        (["--class", "PNEUMONA"], 1, "Did you mean 'PNEUMONIA'?"),
        (["--operating-point", "screning"], 1, "Did you mean 'screening'?"),
    ],
)
def test_wrong_usage_is_explained(
    model: Path, films: Path, tmp_path: Path, options: list[str], status: int, message: str
) -> None:
    result = run(model, films, "--out", tmp_path / "out", *options)
    assert result.exit_code == status
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_run_must_be_that_of_the_model(model: Path, films: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    write_tiny_model(tmp_path / "run" / "model.onnx", ("NORMAL", "BACTERIA", "VIRUS"))
    options = ["--method", "grad-cam", "--run", tmp_path / "run", "--out", tmp_path / "out"]
    result = run(model, films, *options)
    assert result.exit_code == 1
    assert "is not that of the run" in result.stderr


@pytest.mark.slow
def test_maps_are_assessed_and_their_figures_recorded(model: Path, tmp_path: Path) -> None:
    phantoms = tmp_path / "phantoms"
    write_phantoms(phantoms, 20, seed=2)
    settings = ["--perturbed-films", 6, "--replicates", 20, "--split", "train"]
    masks = ["--lung-fields", phantoms / "lung_fields", "--boxes", phantoms / "boxes.csv"]
    result = run(
        model, phantoms, "--assess", "--record", *settings, *masks, "--out", tmp_path / "out"
    )
    assert result.exit_code == 0, result.output
    assert "Faithfulness: Does the network depend on what its maps point at?" in result.stdout
    assert "Not measured" not in result.stdout
    assert f"The main figures are now in the card of {model}." in result.stdout
    assert read_assessment(tmp_path / "out").split == "train"
    card = CliRunner().invoke(main, ["models", "show", str(model)]).stdout
    assert "Heatmaps" in card


@pytest.mark.slow
def test_maps_of_films_seen_in_training_are_not_assessed(tmp_path: Path) -> None:
    phantoms = tmp_path / "phantoms"
    films = write_phantoms(phantoms, 40, seed=3, formats=["png"])
    trained = [film for film in films if film.split == "train"]
    seen = [
        str(film.path.relative_to(phantoms))
        for label in ("NORMAL", "PNEUMONIA")
        for film in [film for film in trained if film.label == label][:2]
    ]
    model = write_tiny_model(tmp_path / "seen.onnx", seen=seen_of(phantoms, train=seen))
    settings = ["--perturbed-films", 6, "--replicates", 20, "--split", "train"]
    result = run(model, phantoms, "--assess", *settings, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    sentence = "Of the 24 films, the model learned from 4. Figures are of the other 20."
    assert sentence in " ".join(result.stdout.split())
    assessment = read_assessment(tmp_path / "out")
    assert assessment.films == {"NORMAL": 10, "PNEUMONIA": 10}
    assert assessment.exposure is not None
    assert (assessment.exposure.train, assessment.exposure.held_out) == (4, 20)


def test_an_assessment_does_not_overwrite_an_explanation(
    model: Path, films: Path, tmp_path: Path
) -> None:
    run(model, films, "--out", tmp_path / "out")
    result = run(model, films, "--assess", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "already holds an explanation" in result.stderr


def test_explaining_twice_and_assessing_work_in_one_folder(
    model: Path, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in ([], ["--only", "errors"], ["--assess", "--replicates", 20]):
        result = run(model, films, *arguments)
        assert result.exit_code == 0, result.output
    assert Path("explanations/report.html").is_file()
    assert Path("assessment/report.html").is_file()


def test_an_assessment_reads_a_table_as_it_is_told_to(model: Path, tmp_path: Path) -> None:
    phantoms = tmp_path / "phantoms"
    films = write_phantoms(phantoms, 20, seed=2, formats=["png"])
    rows = [f"{film.path.relative_to(phantoms)},{film.label},y" for film in films]
    table = phantoms / "films.csv"
    table.write_text("\n".join(["where,what,why", *rows]), encoding="utf-8")
    columns = ["--path-column", "where", "--label-column", "what", "--out", tmp_path / "out"]
    result = run(model, table, "--assess", *columns, "--perturbed-films", 6, "--replicates", 20)
    assert result.exit_code == 0, result.output
    assert read_assessment(tmp_path / "out").count == 20


def test_an_assessment_needs_one_set_of_films(model: Path, films: Path) -> None:
    result = run(model, films / "NORMAL", films / "PNEUMONIA", "--assess")
    assert result.exit_code == 2
    assert "--assess needs one folder or table" in result.stderr


def test_options_of_drawing_and_of_assessing_do_not_mix(model: Path, films: Path) -> None:
    recorded = run(model, films, "--record")
    assert (recorded.exit_code, "--record needs --assess" in recorded.stderr) == (2, True)
    signed = run(model, films, "--assess", "--signed")
    assert (signed.exit_code, "--signed does not go with --assess" in signed.stderr) == (2, True)
