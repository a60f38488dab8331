from __future__ import annotations

import io
from pathlib import Path

import pytest
from pydicom import dcmread

from pneumoscope.data.patient_rules import PatientRule, recognise_patients
from pneumoscope.data.patients import BY_NAMES, BY_TAGS, STATED
from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.imaging.dicom.patient import patient_hash
from pneumoscope.phantoms import write_phantoms
from pneumoscope.recipe.settings import SplitConfig

WARD = [{"path": f"w{place // 3}/{place}.png", "label": "AB"[place % 2]} for place in range(12)]


def ward() -> FilmTable:
    return FilmTable.from_rows(Path("films"), WARD)


def test_a_pattern_finds_patients_in_paths() -> None:
    table = recognise_patients(ward(), PatientRule(pattern=r"^(?:w)([0-9]+)/"))
    assert sorted(set(table.patient_ids.tolist())) == ["0", "1", "2", "3"]
    assert table.patients().sentence() == (
        "12 films of 4 patients, by the pattern '^(?:w)([0-9]+)/' in their paths"
    )


def test_a_pattern_must_find_every_patient() -> None:
    with pytest.raises(DatasetError, match=r"no patient in 9 of 12 paths.* w1/3\.png"):
        recognise_patients(ward(), PatientRule(pattern=r"w(0)"))


@pytest.mark.parametrize(
    ("pattern", "message"), [("(", "no regular"), ("a", "0 groups"), ("(a)(b)", "2 groups")]
)
def test_wrong_patterns_are_refused(pattern: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        PatientRule(pattern=pattern)


def test_a_pattern_and_a_statement_contradict_each_other() -> None:
    with pytest.raises(DatasetError, match="contradict"):
        PatientRule(pattern="(a)", one_film_each=True)


def test_one_film_each_is_kept_by_the_table_that_is_written(tmp_path: Path) -> None:
    table = recognise_patients(ward(), PatientRule(one_film_each=True))
    assert table.patients().recognised == {STATED: 12}
    assert table.patients().warning() == ""
    table.write_csv(tmp_path / "split.csv")
    again = FilmTable.read_csv(tmp_path / "split.csv", table.root)
    assert again == table
    assert again.patients() == table.patients()


def test_films_that_nothing_recognised_are_not_recognised_by_their_table(tmp_path: Path) -> None:
    ward().write_csv(tmp_path / "split.csv")
    again = FilmTable.read_csv(tmp_path / "split.csv", tmp_path)
    assert again.patients().unrecognised == 12


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """A folder of DICOM films under the names that viewers give, two of each of five patients in
    each class, and one film without Patient ID."""
    write_phantoms(tmp_path / "phantoms", 24, seed=0, formats=["dicom"], widths=(100, 120))
    for label in ("NORMAL", "PNEUMONIA"):
        films = sorted((tmp_path / "phantoms" / "chest_xray").glob(f"*/{label}/*.dcm"))
        folder = tmp_path / "films" / label
        folder.mkdir(parents=True)
        for place, film in enumerate(films[:10]):
            dataset = dcmread(film)
            dataset.PatientID = f"MR {label} {place // 2}"
            dataset.save_as(folder / f"IM-0001-{place:04}.dcm")
    (tmp_path / "films" / "NORMAL" / "other.dcm").write_bytes(films[0].read_bytes())
    return tmp_path / "films"


def test_tags_tell_patients_and_go_before_names(tagged: Path) -> None:
    summary = find_films(tagged).patients()
    assert summary.recognised == {BY_TAGS: 20}
    assert (summary.patients, summary.unrecognised) == (11, 1)
    divided = assign_splits(find_films(tagged), SplitConfig(mode="random", val_fraction=0.3))
    splits: dict[str, set[str | None]] = {}
    for film in divided.films:
        splits.setdefault(film.patient_id, set()).add(film.split)
    assert all(len(of_patient) == 1 for of_patient in splits.values())


def test_no_patient_id_is_written(tagged: Path, tmp_path: Path) -> None:
    table = find_films(tagged)
    table.write_csv(tmp_path / "split.csv")
    assert "MR" not in (tmp_path / "split.csv").read_text()
    assert FilmTable.read_csv(tmp_path / "split.csv", tagged).patients() == table.patients()


def test_a_key_of_ones_own_makes_other_hashes(
    tagged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = find_films(tagged).patient_ids.tolist()
    assert find_films(tagged).patient_ids.tolist() == ours
    monkeypatch.setenv("PNEUMOSCOPE_PATIENT_KEY", "a secret")
    theirs = find_films(tagged).patient_ids.tolist()
    assert len(set(theirs)) == len(set(ours))
    assert not set(theirs) & {patient for patient in ours if patient.startswith("dicom-")}


def test_the_same_number_of_another_hospital_is_another_patient(tagged: Path) -> None:
    dataset = dcmread(next(tagged.glob("NORMAL/IM*.dcm")))
    hashes = set()
    for issuer in ("", "A", "B"):
        dataset.IssuerOfPatientID = issuer
        file = io.BytesIO()
        dataset.save_as(file)
        hashes.add(patient_hash(file.getvalue()))
    assert len(hashes) == 3


@pytest.mark.parametrize("head", [b"", b"\0" * 128 + b"DICM", b"\0" * 128 + b"DICM" + b"\xff" * 99])
def test_damaged_files_tell_no_patient(head: bytes) -> None:
    assert patient_hash(head) is None


def test_kermany_names_stay_what_tells_patients_of_other_films() -> None:
    rows = [{"path": "a/IM-0115-0001.jpeg", "label": "x"}]
    table = recognise_patients(FilmTable.from_rows(Path("films"), rows))
    assert table.patients().recognised == {BY_NAMES: 1}
