import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumoscope.data.audit import audit_films
from pneumoscope.data.audit_rules import check_balance
from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.phantoms import write_phantoms


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("clean")
    write_phantoms(root, 18, seed=4, formats=("jpeg",), widths=(120, 160))
    return root


@pytest.fixture
def films(clean, tmp_path) -> Path:
    """The folder `chest_xray` of phantoms, to be spoilt."""
    shutil.copytree(clean, tmp_path / "films")
    return tmp_path / "films" / "chest_xray"


def some_film(films: Path, split: str = "train", label: str = "PNEUMONIA") -> Path:
    return sorted((films / split / label).iterdir())[0]


def findings(root: Path) -> dict[str, tuple[tuple[str, ...], ...]]:
    audit = audit_films(find_films(root))
    return {finding.kind: finding.groups for finding in audit.findings}


def test_phantoms_have_no_errors(clean):
    audit = audit_films(find_films(clean))
    assert audit.status == "clean"
    assert {finding.kind for finding in audit.findings} <= {"tiny-split", "loose-patients"}
    assert audit.formats() == {"NORMAL": {"JPEG": 9}, "PNEUMONIA": {"JPEG": 9}}
    for ranges in audit.ranges().values():
        assert 120 <= ranges["width"]["least"] <= ranges["width"]["most"] <= 160


def test_progress_and_json(clean):
    steps = []
    audit = audit_films(find_films(clean), progress=lambda done, total: steps.append((done, total)))
    assert steps == [(i, 18) for i in range(1, 19)]
    report = json.loads(json.dumps(audit.to_dict()))
    assert report["counts"]["train"] == {"NORMAL": 5, "PNEUMONIA": 5}
    assert report["films"] == report["readable"] == 18
    assert {probe["statistic"] for probe in report["shortcuts"]["probes"]} >= {
        "sharpness",
        "aspect",
    }


def test_unreadable_films_are_listed_with_reasons(films):
    (films / "train" / "NORMAL" / "IM-0900-0001.jpeg").write_bytes(b"")
    (films / "train" / "NORMAL" / "IM-0901-0001.jpeg").write_bytes(b"not a film")
    audit = audit_films(find_films(films))
    assert audit.status == "unreadable"
    assert [film.path for film in audit.unreadable] == [
        "train/NORMAL/IM-0900-0001.jpeg",
        "train/NORMAL/IM-0901-0001.jpeg",
    ]
    (finding,) = (item for item in audit.findings if item.kind == "unreadable")
    assert "empty" in finding.groups[0][0]


def test_a_folder_without_any_readable_film_is_reported_too(films):
    for path in films.rglob("*.jpeg"):
        path.write_bytes(b"nothing")
    audit = audit_films(find_films(films))
    assert len(audit.unreadable) == 18
    assert audit.measures == audit.probes == ()


def test_an_identical_film_in_another_split(films):
    original = some_film(films)
    copy = films / "test" / "PNEUMONIA" / "person900_virus_900.jpeg"
    shutil.copy(original, copy)
    found = findings(films)
    assert set(found["identical-splits"][0]) == {
        copy.relative_to(films).as_posix(),
        original.relative_to(films).as_posix(),
    }
    assert audit_films(find_films(films)).status == "leaks"


def test_an_identical_film_in_another_class(films):
    shutil.copy(some_film(films), films / "train" / "NORMAL" / "IM-0900-0001.jpeg")
    found = findings(films)
    assert len(found["identical-classes"]) == 1
    assert "identical-splits" not in found


def test_an_identical_film_beside_itself_is_a_warning(films):
    shutil.copy(some_film(films), films / "train" / "PNEUMONIA" / "person900_virus_900.jpeg")
    audit = audit_films(find_films(films))
    assert audit.status == "clean"
    assert {(item.severity, item.kind) for item in audit.findings} >= {("warning", "identical")}


def test_a_re_encoded_and_halved_film_in_another_split(films):
    picture = Image.open(some_film(films))
    half = picture.resize((picture.width // 2, picture.height // 2))
    half.save(films / "test" / "PNEUMONIA" / "person900_virus_900.png")
    found = findings(films)
    assert len(found["near-splits"]) == 1
    assert "identical-splits" not in found


def test_patients_in_both_readings(films):
    train, test = films / "train" / "PNEUMONIA", films / "test" / "PNEUMONIA"
    source = np.asarray(Image.open(some_film(films)))
    for path, turn in (
        (train / "person900_virus_900.png", 0),
        (test / "person900_virus_901.png", 1),
        (train / "person901_virus_902.png", 2),
        (test / "person901_bacteria_900.png", 3),
    ):
        Image.fromarray(np.ascontiguousarray(np.rot90(source, turn))).save(path)
    found = findings(films)
    assert found["patient-splits"] == (
        (
            "test/PNEUMONIA/person900_virus_901.png",
            "train/PNEUMONIA/person900_virus_900.png",
        ),
    )
    assert (
        "test/PNEUMONIA/person901_bacteria_900.png",
        "train/PNEUMONIA/person901_virus_902.png",
    ) in found["loose-patients"]


def test_blank_and_saturated_films(films):
    blank = np.full((100, 120), 90, dtype=np.uint8)
    white = np.asarray(Image.open(some_film(films)).resize((120, 100))).copy()
    white[:, :50] = 255
    Image.fromarray(blank).save(films / "train" / "NORMAL" / "IM-0900-0001.png")
    Image.fromarray(blank[1:]).save(films / "test" / "NORMAL" / "IM-0901-0001.png")
    Image.fromarray(white).save(films / "train" / "NORMAL" / "IM-0902-0001.png")
    found = findings(films)
    assert {group[0] for group in found["blank"]} == {
        "test/NORMAL/IM-0901-0001.png",
        "train/NORMAL/IM-0900-0001.png",
    }
    assert found["saturated"] == (("train/NORMAL/IM-0902-0001.png",),)
    assert "near-splits" not in found, "blank films are not taken for copies"


def test_a_planted_shortcut_is_found(films):
    for path in (films / "train" / "NORMAL").iterdir():
        pixels = np.asarray(Image.open(path)) // 3
        Image.fromarray(pixels).save(path)
    audit = audit_films(find_films(films))
    brightness = next(probe for probe in audit.probes if probe.statistic == "mean")
    assert (brightness.auc.value, brightness.direction) == (1.0, "higher")
    assert any(item.kind == "shortcut" and "Mean" in item.message for item in audit.findings)


def test_imbalance_and_small_splits(films):
    table = find_films(films)
    ill = [film for film in table.films if film.label == "PNEUMONIA"]
    well = next(film for film in table.films if film.label == "NORMAL")
    for copies, expected in ((1, {"tiny-split"}), (2, {"tiny-split", "imbalance"})):
        lopsided = FilmTable(table.root, (*ill * copies, well), table.class_names)
        assert {finding.kind for finding in check_balance(lopsided)} == expected


@pytest.mark.films
def test_real_training_films(films_root):
    """What is known of the Kermany training films: copies, and sharpness as a shortcut."""
    audit = audit_films(find_films(films_root / "chest_xray"))
    assert audit.status == "clean"
    assert not audit.unreadable
    sharpness = next(probe for probe in audit.probes if probe.statistic == "sharpness")
    assert sharpness.direction == "lower"
    assert sharpness.auc.value == pytest.approx(0.81, abs=0.01)
    identical = next(item for item in audit.findings if item.kind == "identical")
    assert len(identical.groups) == 24
    assert not any(item.kind.startswith("near") for item in audit.findings)
