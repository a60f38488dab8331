"""`pneumoscope ensemble` and `pneumoscope export` as a person runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.data.sources import find_films
from pneumoscope.modelfile.file import read_manifest
from varied_model import write_varied_model


@pytest.fixture
def models(tmp_path: Path) -> list[Path]:
    return [write_varied_model(tmp_path / f"{name}.onnx", seed) for seed, name in enumerate("ab")]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Ten dark and ten bright films of the split val."""
    for label, grays in (("NORMAL", range(20, 120, 10)), ("PNEUMONIA", range(150, 250, 10))):
        folder = tmp_path / "films" / "val" / label
        folder.mkdir(parents=True)
        for gray in grays:
            Image.fromarray(np.full((40, 40), gray, np.uint8)).save(folder / f"{gray}.png")
    return tmp_path / "films"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def cells(result: Result) -> dict[str, list[str]]:
    """The lines of the output that are rows of a table, by their first cell."""
    rows = [line.split("  ") for line in result.stdout.splitlines()]
    return {row[0].strip(): [cell.strip() for cell in row[1:] if cell.strip()] for row in rows}


def test_members_and_weights_are_shown(models: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "both.onnx"
    result = run("ensemble", *models, "--weights", "3,1", "--out", out)
    assert result.exit_code == 0
    shown = cells(result)
    assert shown["model"] == ["weight (given)"]
    assert [row for name, row in shown.items() if ".onnx (varied" in name] == [["0.750"], ["0.250"]]
    assert "Probabilities and operating points: weighted means of the members'" in result.stdout
    assert f"Model file: {out}" in result.stdout
    assert read_manifest(out).name == "both"


def test_weights_are_fitted_and_figures_compared(
    models: list[Path], films: Path, tmp_path: Path
) -> None:
    out = tmp_path / "both.onnx"
    cache = ("--cache", tmp_path / "cache")
    result = run("ensemble", *models, "--weights", "fit", "--data", films, "--out", out, *cache)
    assert result.exit_code == 0
    shown = cells(result)
    assert shown["model"] == ["weight (fitted)", "ROC-AUC", "log loss", "accuracy"]
    rows = [row for name, row in shown.items() if ".onnx (varied" in name]
    losses = [float(row[2]) for row in rows]
    assert float(shown["both, all together"][2]) <= min(losses) + 0.02
    assert "20 films of the split val" in result.stdout
    assert result.stderr.count("not checked: whether") == 2
    manifest = read_manifest(out)
    assert manifest.training["weights"] == "fitted"
    assert [f"{member['weight']:.3f}" for member in manifest.training["ensemble"]] == [
        row[0] for row in rows
    ]


def test_films_that_a_member_learned_from_are_refused(
    models: list[Path], films: Path, tmp_path: Path
) -> None:
    run_folder = tmp_path / "run"
    run_folder.mkdir()
    models[0].rename(run_folder / "model.onnx")
    table = find_films(films)
    table.with_splits(["train"] * len(table)).write_csv(run_folder / "split.csv")
    out = tmp_path / "both.onnx"
    result = run(
        "ensemble", run_folder, models[1], "--data", films, "-o", out, "--cache", tmp_path / "cache"
    )
    assert result.exit_code == 1
    assert "was trained on 20 of the 20 films, or on their patients" in result.stderr
    assert not out.exists()


def test_flip_is_an_option_of_export(models: list[Path], films: Path, tmp_path: Path) -> None:
    out = tmp_path / "flip.onnx"
    result = run("export", models[0], "--flip", "--out", out, "--name", "a-both-ways")
    assert result.exit_code == 0
    assert "Probabilities and operating points: those of the model" in result.stdout
    assert read_manifest(out).name == "a-both-ways"
    result = run(
        "export", models[0], "--flip", "-o", out, "--data", films, "--cache", tmp_path / "cache"
    )
    assert result.exit_code == 0
    shown = cells(result)
    # Even films look alike from both sides to a network that is not; the mean is another model.
    assert len(shown["a"]) == len(shown["flip"]) == 3
    assert read_manifest(out).thresholds() != read_manifest(models[0]).thresholds()


def test_a_model_is_recalibrated_on_films_of_ones_own(
    models: list[Path], films: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ours.onnx"
    cache = ("--cache", tmp_path / "cache")
    result = run("export", models[0], "--recalibrate", "--data", films, "--out", out, *cache)
    assert result.exit_code == 0
    shown = cells(result)
    assert shown["a"][0] == shown["ours"][0]  # ROC-AUC
    assert float(shown["ours"][1]) < float(shown["a"][1])  # log loss
    assert "Calibrated on 20 films: 10 NORMAL, 10 PNEUMONIA." in result.stdout
    assert "for films that are 50.0 % NORMAL and 50.0 % PNEUMONIA." in result.stdout
    assert "Thresholds, and where 95 % of those fitted" in result.stdout
    assert "10 NORMAL films, too few to tell much" in result.stderr
    before, after = read_manifest(models[0]), read_manifest(out)
    assert after.graph_sha256 == before.graph_sha256
    assert after.evidence_scale == before.evidence_scale
    assert after.calibration != before.calibration
    assert after.prevalence == {"NORMAL": 0.5, "PNEUMONIA": 0.5}
    record = after.training["calibration"]
    assert record["films"] == {"val": {"NORMAL": 10, "PNEUMONIA": 10}}
    assert record["notes"]
    assert record["data_digest"]
    assert "Calibrated on 20 films" in run("models", "show", out).stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["ensemble", "A"], 1, "An ensemble needs two models or more."),
        (["ensemble", "A", "B", "--weights", "fit"], 2, "give --data"),
        (["ensemble", "A", "B", "--weights", "heavy"], 2, "neither equal, nor fit, nor numbers"),
        (["ensemble", "A", "B", "--weights", "1,2,3"], 1, "2 members need 2 positive weights"),
        (["ensemble", "A", "B", "--out", "nowhere/x.onnx"], 1, "could not be written"),
        (["ensemble", "A", "B", "--splits", "A"], 2, "give both"),
        (["export", "A", "--out", "x.onnx"], 2, "Say which form is wanted"),
        (["export", "A", "--recalibrate", "--out", "x.onnx"], 2, "give --data"),
        (["export", "A", "--flip", "--recalibrate", "--out", "x.onnx"], 2, "leave --recalibrate"),
        (["export", "A", "--flip", "--out", "A"], 1, "made of"),
    ],
)
def test_mistakes_are_explained(
    models: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"A": str(models[0]), "B": str(models[1])}
    result = run(*(files.get(argument, argument) for argument in arguments))
    assert result.exit_code == status
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_torch_is_not_needed() -> None:
    check = (
        "import sys, pneumoscope.cli.ensemble, pneumoscope.merging.ensemble, "
        "pneumoscope.merging.flip, pneumoscope.merging.validation; "
        "print([name for name in ('torch', 'lightning', 'timm') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_onnx_the_extra_is_named(models: list[Path]) -> None:
    check = (
        "import sys; sys.modules['onnx'] = None; "
        "from pneumoscope.cli.main import main; main(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", check, "ensemble", *map(str, models)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert '[train]"' in done.stderr
