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
from studies import write_studies


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


def test_audit_prints_a_summary_and_writes_a_page_and_pictures(phantoms, tmp_path):
    result = run("audit", phantoms, "--out", tmp_path / "audit")
    assert result.exit_code == 0
    assert "12 films" in result.stdout
    assert "too few to rely on" in result.stdout
    assert json.loads((tmp_path / "audit" / "audit.json").read_text())["status"] == "clean"
    for name in ("class-counts.png", "samples.png"):
        picture = Image.open(tmp_path / "audit" / name)
        assert picture.width > 300
        assert len(set(picture.convert("L").tobytes())) > 20
    assert "Report: " in result.stderr
    page = (tmp_path / "audit" / "report.html").read_text(encoding="utf-8")
    assert "too few to rely on" in page
    assert str(tmp_path) not in page


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


@pytest.fixture
def ward(phantoms, tmp_path):
    """Four films of each of eight patients, in a table that calls them as NIH does."""
    rows = ["path,label,Patient ID,age"]
    films = sorted((phantoms / "chest_xray").glob("*/*/*.png"))
    for place in range(32):
        name = f"{place:03}.png"
        shutil.copy(films[place % len(films)], tmp_path / name)
        with (tmp_path / name).open("ab") as file:
            file.write(bytes([place]))  # a film of its own, byte for byte
        rows.append(f"{name},{'AB'[place // 4 % 2]},{place // 4},30")
    (tmp_path / "films.csv").write_text("\n".join(rows))
    return tmp_path / "films.csv"


def test_split_keeps_patients_of_a_column_together(ward, tmp_path):
    out = tmp_path / "split.csv"
    result = run("split", ward, "--mode", "random", "--val-fraction", 0.3, "--out", out)
    assert result.exit_code == 0, result.output
    assert "32 films of 8 patients, by the column 'Patient ID' of the table" in result.stdout
    assert "warning" not in result.stderr
    splits = {}
    for film in FilmTable.read_csv(out, tmp_path).films:
        splits.setdefault(int(film.path[:3]) // 4, set()).add(film.split)
    assert len(splits) == 8
    assert all(len(of_patient) == 1 for of_patient in splits.values())


def test_patients_that_nothing_tells_are_warned_of_until_somebody_does(ward, tmp_path):
    ward.write_text(ward.read_text().replace("Patient ID", "case"))
    arguments = ("split", ward, "--mode", "random", "--overwrite", "--out", tmp_path / "split.csv")
    result = run(*arguments)
    assert "32 films, and nothing tells which are of one patient" in result.stdout
    assert "warning: Nothing tells the patients of these films" in result.stderr
    assert "column 'case' was not used" in result.stderr
    stated = run(*arguments, "--patients", "one-film-each")
    assert "32 films of 32 patients, since every film is stated to have its own" in stated.stdout
    assert stated.stderr.count("warning") == 0
    told = run(*arguments, "--patient-regex", "^0([0-9]+)")
    assert "32 films of 32 patients, by the pattern '^0([0-9]+)' in their paths" in told.stdout
    assert run(*arguments, "--patient-regex", "([0-9]").exit_code == 1


def test_audit_finds_that_patients_are_unknown(ward):
    ward.write_text(ward.read_text().replace("Patient ID", "case"))
    document = json.loads(run("audit", ward, "--json").stdout)
    assert document["patients_recognised"] == "and nothing tells which are of one patient"
    kinds = {finding["kind"]: finding["severity"] for finding in document["findings"]}
    assert kinds["unknown-patients"] == "warning"
    told = json.loads(run("audit", ward, "--json", "--patients", "one-film-each").stdout)
    assert "unknown-patients" not in {finding["kind"] for finding in told["findings"]}


def test_split_says_why_films_are_left_out(phantoms, tmp_path):
    films = tmp_path / "films"
    shutil.copytree(phantoms / "chest_xray", films)
    held_out = next(films.glob("test/NORMAL/IM-*"))
    name = held_out.name.replace("-0001.", "-0009.")
    (films / "train" / "NORMAL" / name).write_bytes(held_out.read_bytes() + b"0")
    result = run("split", films, "--mode", "given", "--out", tmp_path / "split.csv")
    assert (
        "1 film left out of train and val, since other films of its patient are in test.\n"
        in result.stderr
    )


def test_split_warns_of_a_film_in_two_classes(phantoms, tmp_path):
    films = tmp_path / "films"
    shutil.copytree(phantoms / "chest_xray" / "train", films)
    assert "several classes" not in run("split", films, "--out", tmp_path / "before.csv").stderr
    shutil.copy(next(films.glob("NORMAL/IM-*.png")), films / "PNEUMONIA" / "person99_virus_1.png")
    result = run("split", films, "--out", tmp_path / "split.csv")
    assert result.exit_code == 0
    assert "warning: 1 film lies in several classes, byte for byte: NORMAL/IM-" in result.stderr
    assert " is PNEUMONIA/person99_virus_1.png (PNEUMONIA). " in result.stderr


def test_a_column_of_other_splits_can_be_passed_over(phantoms, tmp_path):
    table = phantoms / "other-splits.csv"
    films = sorted((phantoms / "chest_xray").rglob("*.*"))
    rows = [f"{film.relative_to(phantoms)},{film.parent.name},holdout" for film in films]
    table.write_text("\n".join(["path,label,split", *rows]))
    arguments = (table, "--mode", "random", "--out", phantoms / "random.csv")
    result = run("split", *arguments)
    assert result.exit_code == 1
    assert "has the split 'holdout'" in result.stderr
    assert "call the column otherwise, such as 'old_split'" in result.stderr
    table.write_text("\n".join(["path,label,old_split", *rows]))
    assert run("split", *arguments).exit_code == 0


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


def test_audit_json_keeps_names_and_has_no_number_that_is_none(tmp_path):
    ward = tmp_path / "ward"
    for label, grays in (("gesund", (20, 90)), ("Lungenentzündung", (150, 220))):
        (ward / label).mkdir(parents=True)
        for gray in grays:
            Image.linear_gradient("L").point([max(0, v - gray) for v in range(256)]).save(
                ward / label / f"{gray}.png"
            )
    text = run("audit", ward, "--json", "--patient-regex", r"(gesund|Lungen)").stdout
    assert "Lungenentzündung" in text
    document = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert None in [probe["auc"]["low"] for probe in document["shortcuts"]["probes"]]


@pytest.mark.parametrize(
    ("old", "new"), [("val", "valid"), ("val", "Validation"), ("train", "Train")]
)
def test_no_film_is_left_out_in_silence(phantoms, tmp_path, old, new):
    films = tmp_path / "films"
    shutil.copytree(phantoms / "chest_xray", films)
    (films / old).rename(films / new)
    patient = films / "test" / "NORMAL" / "p1"
    patient.mkdir()
    for film in sorted(films.glob("test/NORMAL/*-0001.*"))[1:]:
        film.rename(patient / film.name)
    (films / "holdout").mkdir()
    result = run("split", films, "--val-fraction", "0.3", "--out", tmp_path / "split.csv")
    assert result.exit_code == 0
    count = sum(path.is_file() for path in films.rglob("*"))
    assert len((tmp_path / "split.csv").read_text().splitlines()) == count + 1
    assert "passed over: 1 folder that is no split: holdout\n" in result.stderr


def test_studies_are_audited_and_divided_with_labels_of_a_table(tmp_path):
    rows = write_studies(tmp_path / "disc", patients=8)
    table = tmp_path / "labels.csv"
    lines = [f"{row['AccessionNumber']};{row['label']}" for row in rows]
    table.write_text("\n".join(["Accession Number;Diagnosis", *lines]))
    result = run("audit", tmp_path / "disc", "--labels-from", table)
    assert result.exit_code == 0, result.stderr
    assert "16 films of 8 patients, by the Patient ID in DICOM tags" in result.stdout
    assert "passed over: 16 lateral views, such as PT000000/" in result.stderr
    arguments = ("--mode", "random", "--val-fraction", "0.3", "--out", tmp_path / "disc/split.csv")
    result = run("split", tmp_path / "disc", "--labels-from", table, *arguments)
    assert result.exit_code == 0, result.stderr
    assert "MRN" not in (tmp_path / "disc/split.csv").read_text()
    result = run("audit", tmp_path / "disc/split.csv")
    assert "16 films of 8 patients" in result.stdout


def test_a_join_without_a_table_is_refused(tmp_path):
    result = run("audit", tmp_path, "--join", "PatientID")
    assert result.exit_code == 1
    assert "Give --labels-from TABLE." in result.stderr
