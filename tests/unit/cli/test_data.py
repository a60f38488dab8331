import json
import shutil
import zipfile

import pytest
from click.testing import CliRunner
from PIL import Image

from pneumoscope.cli.data import data
from pneumoscope.cli.main import main
from pneumoscope.data.table import FilmTable
from pneumoscope.phantoms import write_phantoms


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    root = tmp_path_factory.mktemp("phantoms")
    write_phantoms(root, 12, seed=0, widths=(120, 160))
    return root


def run(*arguments):
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def test_every_command_has_help():
    for name in data.commands:
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.output


def test_phantom_writes_films(tmp_path):
    result = run("phantom", "--to", tmp_path / "new", "--count", 6)
    assert result.exit_code == 0
    assert "6 films" in result.output
    assert (tmp_path / "new" / "boxes.csv").is_file()
    again = run("phantom", "--to", tmp_path / "new", "--count", 6)
    assert again.exit_code == 1
    assert "already holds" in again.output


def test_audit_prints_a_summary_and_writes_pictures(phantoms, tmp_path):
    result = run("audit", phantoms, "--out", tmp_path / "audit")
    assert result.exit_code == 0
    assert "12 films" in result.stdout
    assert "too few to rely on" in result.stdout
    assert json.loads((tmp_path / "audit" / "audit.json").read_text())["status"] == "clean"
    for name in ("class-counts.png", "samples.png"):
        picture = Image.open(tmp_path / "audit" / name)
        assert picture.width > 300
        assert len(set(picture.convert("L").tobytes())) > 20


def test_audit_json_is_all_of_standard_output(phantoms):
    result = run("audit", phantoms, "--json", "--labels", "pathogen")
    assert set(json.loads(result.stdout)["counts"]["train"]) == {"NORMAL", "BACTERIA", "VIRUS"}


def test_audit_exit_status(phantoms, tmp_path):
    films = tmp_path / "films"
    shutil.copytree(phantoms, films)
    train = films / "chest_xray" / "train" / "NORMAL"
    (train / "IM-0900-0001.png").write_bytes(b"broken")
    result = run("audit", films)
    assert result.exit_code == 3
    assert "IM-0900-0001.png" in result.stdout
    some = sorted(train.glob("IM-0001*"))[0]
    shutil.copy(some, films / "chest_xray" / "test" / "NORMAL" / f"IM-0901-0001{some.suffix}")
    assert run("audit", films).exit_code == 4
    assert run("audit", tmp_path / "nothing").exit_code == 1


def test_split_writes_a_table_that_reads_back(phantoms, tmp_path):
    out = tmp_path / "split.csv"
    result = run("split", phantoms, "--out", out, "--val-fraction", 0.3, "--mode", "random")
    assert result.exit_code == 0
    table = FilmTable.read_csv(out, phantoms)
    counts = table.counts()
    assert set(counts) == {"train", "val"}
    assert f"{sum(counts['val'].values())}" in result.output
    assert all(path.is_file() for path in table.paths())


def test_split_refuses_wrong_fractions(phantoms, tmp_path):
    result = run("split", phantoms, "--out", tmp_path / "split.csv", "--val-fraction", 1.5)
    assert result.exit_code == 1
    assert "val_fraction" in result.output


def test_fetch_refuses_a_hostile_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("../chest_xray/train/NORMAL/evil.jpeg", "x")
    result = run("fetch", "--archive", tmp_path / "a.zip", "--to", tmp_path / "to")
    assert result.exit_code == 1
    assert "not a place inside" in result.output
    assert not (tmp_path / "to").exists()
