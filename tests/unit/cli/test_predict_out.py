"""`pneumoscope predict --out`: rows are there as soon as they are known, and jobs go on."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.lock import only_process
from tiny_model import write_tiny_model
from varied_model import write_varied_model

FILMS = 11
BATCH = 4


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    write_tiny_model(folder / "tiny.onnx")
    return write_varied_model(folder / "model.onnx", seed=2)


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """Films of several levels of gray, one of them broken, one with a name that breaks lines."""
    folder = tmp_path / "ward"
    folder.mkdir()
    for number in range(FILMS - 2):
        film = Image.linear_gradient("L").resize((40 + number, 50)).point(lambda v: v // 2 + 60)
        film.save(folder / f"film{number}.png")
    (folder / "film3-broken.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    shutil.copy(folder / "film0.png", folder / 'film\n4, "5".png')
    return folder


def run(model: Path, ward: Path, *arguments: str | Path) -> Result:
    command = ["predict", ward, "--model", model, "--batch-size", BATCH, *arguments]
    return CliRunner().invoke(main, [str(argument) for argument in command])


def lines_of(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines(keepends=True)


def without_timings(file: Path) -> list[dict[str, object]]:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".csv":
        rows: list[dict[str, object]] = list(csv.DictReader(io.StringIO(text)))
    else:
        rows = [json.loads(line) for line in text.splitlines()]
    return [{name: row[name] for name in row if name != "milliseconds"} for row in rows]


@pytest.fixture(params=["findings.csv", "findings.jsonl"])
def written(request: pytest.FixtureRequest, model: Path, ward: Path, tmp_path: Path) -> Path:
    """The file of an undisturbed job."""
    file: Path = tmp_path / "undisturbed" / request.param
    result = run(model, ward, "--out", file)
    assert result.exit_code == 3
    assert f"Wrote {FILMS} films to {file}." in result.stdout
    return file


def test_rows_are_those_of_standard_output(model: Path, ward: Path, written: Path) -> None:
    kind = written.suffix.removeprefix(".")
    printed = written.with_name(f"printed.{kind}")
    printed.write_text(run(model, ward, f"--{kind}").stdout, encoding="utf-8")
    assert without_timings(printed) == without_timings(written)
    assert len(lines_of(written)) == FILMS + 1


@pytest.mark.parametrize("whole_rows", [0, 1, 5, 8, FILMS])
def test_a_stopped_job_goes_on(model: Path, ward: Path, written: Path, whole_rows: int) -> None:
    """Wherever it was stopped, and within a row, the end is that of the undisturbed job."""
    lines = lines_of(written)
    stopped = written.with_name(f"stopped{written.suffix}")
    half = lines[whole_rows + 1][:20] if whole_rows < FILMS else b""
    stopped.write_bytes(b"".join(lines[: whole_rows + 1]) + half)
    result = run(model, ward, "--out", stopped, "--resume")
    kept = whole_rows if whole_rows == FILMS else whole_rows - whole_rows % BATCH
    assert result.exit_code == 3
    assert f"{kept} of them already there" in result.stdout
    assert without_timings(stopped) == without_timings(written)
    assert lines_of(stopped)[: kept + 1] == lines[: kept + 1]


def test_changed_and_new_films_are_read_and_take_their_place(
    model: Path, ward: Path, written: Path
) -> None:
    shutil.copy(ward / "film0.png", ward / "film1.png")
    shutil.copy(ward / "film0.png", ward / "film11.png")
    result = run(model, ward, "--out", written, "--resume")
    anew = written.with_name(f"anew{written.suffix}")
    assert run(model, ward, "--out", anew).exit_code == result.exit_code == 3
    assert [row.get("film") for row in without_timings(written)] == [
        row.get("film") for row in without_timings(anew)
    ]
    assert [row.get("sha256") for row in without_timings(written)] == [
        row.get("sha256") for row in without_timings(anew)
    ]


def test_it_goes_on_only_with_the_same_settings(
    model: Path, ward: Path, written: Path, tmp_path: Path
) -> None:
    before = written.read_bytes()
    other = model.with_name("tiny.onnx")
    for arguments, message in (
        ((other, ward), "graph"),
        ((model, ward, "--operating-point", "screening"), "operating point"),
        ((model, ward, "--heatmaps", tmp_path / "heat"), "heatmap"),
        ((model, ward / "film0.png"), "not among those given"),
    ):
        result = run(*arguments, "--out", written, "--resume")
        assert result.exit_code == 1
        assert message in result.stderr
        assert written.read_bytes() == before
    written.write_text("path,label\n", encoding="utf-8")
    assert "holds no findings" in run(model, ward, "--out", written, "--resume").stderr


def test_a_file_that_is_there_is_not_replaced(model: Path, ward: Path, written: Path) -> None:
    before = written.read_bytes()
    result = run(model, ward, "--out", written)
    assert result.exit_code == 1
    assert "--resume" in result.stderr
    assert written.read_bytes() == before
    assert run(model, ward, "--out", written, "--overwrite").exit_code == 3
    film = ward / "film0.csv"
    shutil.copy(ward / "film0.png", film)
    result = run(model, film, "--out", film, "--overwrite")
    assert "is one of the films" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--out", "findings.txt"), ".csv, .jsonl"),
        (("--resume",), "--out"),
        (("--out", "findings.csv", "--csv"), "exclude each other"),
    ],
)
def test_wrong_usage_is_explained(
    model: Path, ward: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = run(model, ward, *arguments)
    assert (result.exit_code, message in result.stderr) == (2, True)


def test_a_heatmap_that_cannot_be_written_costs_no_answer(
    model: Path, ward: Path, tmp_path: Path
) -> None:
    """A disk without room for pictures, which are larger than rows; then there is room."""
    out, heat = tmp_path / "findings.jsonl", tmp_path / "heat"
    command = ["predict", str(ward), "--model", str(model), "--batch-size", str(BATCH)]
    command += ["--out", str(out), "--heatmaps", str(heat)]

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    done = subprocess.run(
        [sys.executable, "-m", "pneumoscope", *command],
        capture_output=True,
        text=True,
        preexec_fn=little_room,
    )
    assert done.returncode == 3, done.stderr
    rows = without_timings(out)[1:]
    assert len(rows) == FILMS
    failed = [row for row in rows if "error" in row.get("heatmap", {})]
    assert failed
    assert f"{len(failed)} heatmap" in done.stdout
    assert all("could not be written" in row["heatmap"]["error"] for row in failed)
    assert not [path for path in heat.rglob("*") if ".part" in path.name]
    assert CliRunner().invoke(main, [*command, "--resume"]).exit_code == 3
    assert not [row for row in without_timings(out) if "error" in row.get("heatmap", {})]
    assert len(list(heat.glob("*.png"))) == FILMS - 1


def test_a_name_at_the_limit_of_the_file_system_has_its_heatmap(
    model: Path, ward: Path, tmp_path: Path
) -> None:
    for letter in "ab":
        os.link(ward / "film0.png", ward / (letter.rjust(251, "x") + ".png"))
    heat = tmp_path / "heat"
    result = run(model, ward, "--heatmaps", heat, "--json")
    files = [film["heatmap"]["file"] for film in json.loads(result.stdout)["films"]]
    assert len(set(files)) == FILMS + 1
    assert all(Path(file).is_file() for file in files)


def test_two_jobs_never_write_one_file(model: Path, ward: Path, tmp_path: Path) -> None:
    out = tmp_path / "findings.csv"
    with only_process(tmp_path / ".findings.csv.lock", "findings", "--out"):
        result = run(model, ward, "--out", out)
    assert result.exit_code == 1
    assert "is in use: process" in result.stderr
    assert not out.exists()
    assert run(model, ward, "--out", out).exit_code == 3
    assert [path.name for path in tmp_path.glob(".findings*")] == []


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_job_does_not_go_on_at_another_prevalence(
    model: Path, ward: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"findings{suffix}"
    assert run(model, ward, "--out", out, "--prevalence", "0.1").exit_code == 3
    result = run(model, ward, "--out", out, "--resume")
    assert result.exit_code == 1
    assert "was written with the prevalence 0.1 of a model, and not with 0.6" in result.stderr
    assert run(model, ward, "--out", out, "--resume", "--prevalence", "0.1").exit_code == 3
