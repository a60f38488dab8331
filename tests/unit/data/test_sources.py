from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from pneumoscope.data.sources import film_digest, film_digests, find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, MissingExtraError

OFFICIAL = [
    "train/NORMAL/IM-0115-0001.jpeg",
    "train/PNEUMONIA/person1_bacteria_1.jpeg",
    "val/NORMAL/NORMAL2-IM-1427-0001.jpeg",
    "val/PNEUMONIA/person1946_bacteria_4874.jpeg",
    "test/NORMAL/IM-0001-0001.jpeg",
    "test/PNEUMONIA/person1_virus_6.jpeg",
]


def make(root: Path, files: Iterable[str]) -> Path:
    for name in files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    return root


def paths(table: FilmTable) -> list[str]:
    return [film.path for film in table.films]


@pytest.mark.parametrize("prefix", ["", "chest_xray/", "chest_xray/chest_xray/"])
def test_official_layout_at_any_depth(tmp_path: Path, prefix: str) -> None:
    table = find_films(make(tmp_path, [prefix + name for name in OFFICIAL]))
    assert paths(table) == sorted(prefix + name for name in OFFICIAL)
    assert table.counts() == {
        split: {"NORMAL": 1, "PNEUMONIA": 1} for split in ("train", "val", "test")
    }
    assert all(path.is_file() for path in table.paths())


def test_the_copy_that_kaggle_nests_is_not_counted(tmp_path: Path) -> None:
    for prefix in ("chest_xray/", "chest_xray/chest_xray/", "chest_xray/__MACOSX/chest_xray/"):
        make(tmp_path, [prefix + name for name in OFFICIAL])
    assert paths(find_films(tmp_path)) == sorted("chest_xray/" + name for name in OFFICIAL)
    assert paths(find_films(tmp_path / "chest_xray")) == sorted(OFFICIAL)


def test_a_single_split_is_enough(tmp_path: Path) -> None:
    make(tmp_path, [name for name in OFFICIAL if name.startswith("train")])
    assert find_films(tmp_path).counts() == {"train": {"NORMAL": 1, "PNEUMONIA": 1}}


def test_flat_folders_have_no_split(tmp_path: Path) -> None:
    make(tmp_path, OFFICIAL)
    table = find_films(tmp_path / "train")
    assert table.counts() == {None: {"NORMAL": 1, "PNEUMONIA": 1}}
    assert paths(table) == ["NORMAL/IM-0115-0001.jpeg", "PNEUMONIA/person1_bacteria_1.jpeg"]


def test_what_is_no_film_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, ["A/one.JPG", "A/1.2.840.10008", "A/film", "B/two.dcm", "B/three.tiff"])
    make(tmp_path, ["A/.DS_Store", "A/notes.TXT", "B/table.csv", ".git/x.png", "__MACOSX/x.png"])
    make(tmp_path, ["A/README", "readme.md", "x.png"])
    (tmp_path / "A" / "1.2.840.10008").write_bytes(bytes(128) + b"DICM")
    (tmp_path / "A" / "film").write_bytes(b"\x89PNG\r\n\x1a\n")
    table = find_films(tmp_path)
    assert paths(table) == [
        "A/1.2.840.10008",
        "A/film",
        "A/one.JPG",
        "B/three.tiff",
        "B/two.dcm",
    ]
    assert {note.kind: note.count for note in table.notes} == {
        "no-class-folder": 1,
        "other-file": 4,
        "hidden": 3,
    }


def test_pathogen_labels(tmp_path: Path) -> None:
    table = find_films(make(tmp_path, OFFICIAL), labels="pathogen")
    assert table.class_names == ("NORMAL", "BACTERIA", "VIRUS")


def test_links_stay_inside(tmp_path: Path) -> None:
    root = make(tmp_path / "root", ["pool/one.png", "A/two.png"])
    (root / "A" / "one.png").symlink_to(root / "pool" / "one.png")
    (root / "A" / "gone.png").symlink_to(root / "pool" / "gone.png")
    linked_root = tmp_path / "link"
    linked_root.symlink_to(root)
    expected = ["A/gone.png", "A/one.png", "A/two.png", "pool/one.png"]
    assert paths(find_films(root)) == expected
    assert paths(find_films(linked_root)) == expected


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "There are no films"),
        (["A/notes.txt", "B/notes.txt"], "There are no films"),
        (["A/one.png", "A/two.png"], "All 2 films in .* are A"),
    ],
)
def test_folders_without_classes(tmp_path: Path, files: list[str], message: str) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        find_films(make(tmp_path, files))
    assert "ROOT/CLASS/film.jpeg" in caught.value.hint


def test_missing_folder_and_other_files(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no folder or table"):
        find_films(tmp_path / "none")
    with pytest.raises(DatasetError, match="neither a folder nor"):
        find_films(make(tmp_path, ["film.png"]) / "film.png")


def test_csv_manifest(tmp_path: Path) -> None:
    make(tmp_path, ["x/a.png", "x/b.png"])
    manifest = tmp_path / "films.csv"
    manifest.write_text("path,label,split,patient_id\nx/a.png,well,train,7\nx/b.png,ill,val,\n")
    table = find_films(manifest)
    assert table.root == tmp_path
    assert table.class_names == ("ill", "well")
    assert table.patient_ids.tolist() == ["7", "x/b"]
    assert [film.split for film in table.films] == ["train", "val"]


def test_parquet_manifest(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    make(tmp_path, ["a.png", "b.png"])
    columns = {"path": ["a.png", "b.png"], "label": ["x", "y"], "patient_id": [7, None]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "films.parquet")
    table = find_films(tmp_path / "films.parquet")
    assert table.patient_ids.tolist() == ["7", "b"]
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DatasetError, match="could not be read"):
        find_films(tmp_path / "broken.parquet")


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError) as caught:
        find_films(make(tmp_path, ["films.parquet"]) / "films.parquet")
    assert "[data]" in caught.value.hint


def test_manifest_of_other_films(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text("path,label\na.png,x\nb.png,y\n")
    with pytest.raises(DatasetError, match="None of the 2 films"):
        find_films(tmp_path / "films.csv")


def test_manifest_of_names_that_no_file_can_have(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text(f"path,label\n{'x' * 5000}.png,a\ny.png,b\n")
    with pytest.raises(DatasetError, match="None of the 2 films"):
        find_films(tmp_path / "films.csv")


def test_digest_is_of_the_bytes(tmp_path: Path) -> None:
    make(tmp_path, ["a", "b"])
    shutil.copy(tmp_path / "a", tmp_path / "c")
    assert film_digest(tmp_path / "a") == hashlib.blake2b(b"a", digest_size=16).hexdigest()
    assert film_digest(tmp_path / "c") == film_digest(tmp_path / "a")
    assert film_digest(tmp_path / "b") != film_digest(tmp_path / "a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_listed_and_not_opened(tmp_path: Path) -> None:
    make(tmp_path, ["A/one.png", "B/two.png"])
    os.mkfifo(tmp_path / "A" / "pipe.png")
    assert "A/pipe.png" in paths(find_films(tmp_path))


@pytest.mark.films
def test_the_real_films(films_root: Path) -> None:
    table = find_films(films_root)
    assert table.counts() == {"train": {"NORMAL": 1341, "PNEUMONIA": 3875}}
    assert {film.series for film in table.films} == {"IM", "NORMAL2-IM", "bacteria", "virus"}
    by_pathogen = find_films(films_root / "chest_xray" / "train", labels="pathogen")
    assert by_pathogen.counts() == {None: {"NORMAL": 1341, "BACTERIA": 2530, "VIRUS": 1345}}


@pytest.mark.films
def test_the_real_three_class_films(films_root: Path) -> None:
    table = find_films(films_root / "three_class")
    assert table.counts() == {None: {"Normal": 1000, "Lung Opacity": 900, "Viral Pneumonia": 880}}


def test_a_film_of_a_table_that_is_missing_is_named(tmp_path):
    (tmp_path / "here.png").write_bytes(b"x")
    rows = [{"path": name, "label": "A"} for name in ("here.png", "gone.png")]
    with pytest.raises(DatasetError, match=r"1 film could not be read: gone.png .No such file"):
        film_digests(FilmTable.from_rows(tmp_path, rows))
