"""Which folders are splits, classes and patients, and what is said of the others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from film_files import dicom, gray_film
from pneumoscope.data.patients import BY_FOLDERS
from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.rules import TableRules
from pneumoscope.errors import DatasetError
from pneumoscope.files import write_bytes
from pneumoscope.folders.search import FolderSearch

FLAT = ["NORMAL/a.png", "NORMAL/b.png", "PNEUMONIA/c.png", "PNEUMONIA/d.png"]


def make(root: Path, files: Iterable[str], content: bytes = b"damaged") -> Path:
    for name in files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


def told(table: FilmTable) -> dict[str, tuple[int, str]]:
    return {note.kind: (note.count, note.example) for note in table.notes}


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("Train", "train"),
        ("TRAINING", "train"),
        ("val", "val"),
        ("valid", "val"),
        ("Validation", "val"),
        ("dev", "val"),
        ("TEST", "test"),
        ("testing", "test"),
    ],
)
def test_splits_have_their_usual_names_in_any_case(tmp_path: Path, name: str, split: str) -> None:
    table = find_films(make(tmp_path, [f"{name}/{film}" for film in FLAT]))
    assert table.counts() == {split: {"NORMAL": 2, "PNEUMONIA": 2}}
    renamed = name.casefold() != split
    assert told(table) == ({"split-name": (1, f"{name} as {split}")} if renamed else {})


def test_splits_may_lie_in_the_folders_of_classes(tmp_path: Path) -> None:
    make(
        tmp_path, [f"{label}/{split}/{label}.png" for label in "AB" for split in ("Train", "test")]
    )
    table = find_films(tmp_path)
    assert table.counts() == {split: {"A": 1, "B": 1} for split in ("train", "test")}
    assert table.patients().recognised == {}
    make(tmp_path, ["A/beside.png"])
    table = find_films(tmp_path)
    assert table.counts() == {None: {"A": 3, "B": 2}}
    assert told(table) == {"split-in-class": (4, "A/Train/A.png")}


def test_films_lie_at_any_depth_below_their_class(tmp_path: Path) -> None:
    files = ["A/study/IMG00001", "A/2/3/4/IMG2", "A/x.png", "B/study/IMG3", "B/y.png"]
    table = find_films(make(tmp_path, files, dicom(gray_film())))
    assert [film.path for film in table.films] == sorted(files)
    assert [film.label for film in table.films] == ["A"] * 3 + ["B"] * 2
    assert table.notes == ()


def test_folders_tell_patients_where_all_films_lie_in_some(tmp_path: Path) -> None:
    files = [f"{label}/p{place // 2}/{place}.png" for label in "AB" for place in range(8)]
    table = find_films(make(tmp_path, files))
    assert table.patients().recognised == {BY_FOLDERS: 16}
    assert table.patients().patients == 4  # p0 of A is p0 of B
    table.write_csv(tmp_path / "split.csv")
    assert FilmTable.read_csv(tmp_path / "split.csv", tmp_path).patients() == table.patients()


@pytest.mark.parametrize(
    "files",
    [
        ["A/p1/a.png", "A/p2/b.png", "A/c.png", "B/p3/d.png", "B/p4/e.png"],
        ["A/images/a.png", "A/images/b.png", "B/images/c.png"],
        [f"{label}/{year}/{i}.png" for label in "AB" for year in (2019, 2020) for i in range(20)],
    ],
    ids=["beside", "one-each", "many-films-a-folder"],
)
def test_other_folders_tell_no_patients(tmp_path: Path, files: list[str]) -> None:
    assert find_films(make(tmp_path, files)).patients().recognised == {}


def test_everything_else_is_told_with_a_count_and_an_example(tmp_path: Path) -> None:
    make(tmp_path, [f"x/{split}/{film}" for split in ("train", "test") for film in FLAT])
    make(tmp_path, [f"x/x/train/{film}" for film in FLAT])
    make(tmp_path, ["x/holdout/NORMAL/1.png", "x/holdout/2.png", "notes.txt", "x/test/.DS_Store"])
    make(tmp_path, ["lung masks/1.png", "x/train/NORMAL/masks/1.png", "x/test/loose.png"])
    table = find_films(tmp_path)
    assert len(table) == 8
    assert told(table) == {
        "no-split": (1, "x/holdout"),
        "nested-copy": (1, "x/x"),
        "no-class-folder": (1, "x/test/loose.png"),
        "masks": (2, "lung masks"),
        "other-file": (1, "notes.txt"),
        "hidden": (1, "x/test/.DS_Store"),
    }
    sentences = [note.sentence for note in table.notes]
    assert "passed over: 1 copy of the whole set, nested in it (4 pictures): x/x" in sentences
    assert (
        "passed over: 2 folders of masks, by their names (2 pictures), such as lung masks"
        in sentences
    )


def test_classes_may_lie_in_a_folder_that_only_wraps_them(tmp_path: Path) -> None:
    table = find_films(make(tmp_path, [f"archive/set/{film}" for film in FLAT]))
    assert table.counts() == {None: {"NORMAL": 2, "PNEUMONIA": 2}}


def test_classes_may_be_spelled_and_called_otherwise(tmp_path: Path) -> None:
    make(
        tmp_path, ["Train/Normal/a.png", "Val/NORMAL/b.png", "Val/NORMAL/c.png", "Val/covid/d.png"]
    )
    said: list[str] = []
    rules = TableRules(label_map=(("covid", "PNEUMONIA"),), tell=said.append)
    table = find_films(tmp_path, tables=rules)
    assert table.counts() == {
        "train": {"NORMAL": 1, "PNEUMONIA": 0},
        "val": {"NORMAL": 2, "PNEUMONIA": 1},
    }
    assert said == ["Labels brought together: 'NORMAL' and 'Normal' as NORMAL."]


def test_several_sets_of_films_are_not_taken_for_classes(tmp_path: Path) -> None:
    make(tmp_path, [f"{site}/train/{film}" for site in ("one", "two") for film in FLAT])
    with pytest.raises(DatasetError, match=r"several sets of films .*: one, two") as caught:
        find_films(tmp_path)
    assert f"such as {tmp_path / 'one'}" in caught.value.hint


def test_a_folder_without_classes_says_that_it_has_no_labels(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"The 2 films in .* have no labels") as caught:
        find_films(make(tmp_path, ["a.png", "b.png"]))
    assert f"predict {tmp_path}` needs no labels" in caught.value.hint
    assert "--labels-from" in caught.value.hint


def test_folders_of_patients_are_no_classes(tmp_path: Path) -> None:
    make(tmp_path / "many", [f"patient{place}/film.png" for place in range(21)])
    with pytest.raises(DatasetError, match=r"have no labels.*patients.*21 folders with 1.0 films"):
        find_films(tmp_path / "many")
    for place in range(3):
        film = dicom(gray_film(), PatientID=f"secret{place}")
        make(tmp_path / "tagged", [f"{place}/{number}.dcm" for number in range(2)], film)
    with pytest.raises(DatasetError, match=r"have no labels.*patients.*by their tags") as caught:
        find_films(tmp_path / "tagged")
    assert "secret" not in str(caught.value)


def test_links_are_followed_out_of_the_folder_and_told(tmp_path: Path) -> None:
    outside = make(tmp_path / "outside", ["films/a.png", "films/b.png", "c.png"])
    root = make(tmp_path / "root", ["train/A/one.png", "train/B/two.png"])
    (root / "train/C").symlink_to(outside / "films")
    (root / "train/A/c.png").symlink_to(outside / "c.png")
    (root / "test").symlink_to(root / "train")
    link = tmp_path / "link"
    link.symlink_to(root)
    table = find_films(link)
    assert table.counts() == {split: {"A": 2, "B": 1, "C": 2} for split in ("train", "test")}
    assert told(table) == {"leads-out": (4, "test/A/c.png")}


def test_links_in_circles_end(tmp_path: Path) -> None:
    root = make(tmp_path, ["A/one.png", "A/deep/two.png", "B/three.png"])
    (root / "A/deep/up").symlink_to(root / "A")
    (root / "A/twice").symlink_to(root / "A/deep")
    (root / "B/top").symlink_to(root)
    (root / "B/gone").symlink_to(root / "nowhere")
    table = find_films(root)
    assert [film.path for film in table.films] == ["A/deep/two.png", "A/one.png", "B/three.png"]
    assert told(table) == {
        "loop": (2, "A/deep/up"),
        "read-already": (1, "A/twice"),
        "broken-link": (1, "B/gone"),
    }


def test_a_class_without_films_is_told(tmp_path: Path) -> None:
    make(tmp_path, [*(f"train/{film}" for film in FLAT), "test/NORMAL/e.png", "test/COVID/a.txt"])
    (tmp_path / "test" / "PNEUMONIA").mkdir()
    table = find_films(tmp_path)
    assert table.class_names == ("NORMAL", "PNEUMONIA")
    assert told(table) == {"empty-class": (2, "test/COVID"), "other-file": (1, "test/COVID/a.txt")}
    assert table.notes[0].sentence == (
        "passed over: 2 folders of classes without a film, such as test/COVID"
    )


def test_results_among_the_films_are_no_classes(tmp_path: Path) -> None:
    make(tmp_path, FLAT)
    alone = find_films(tmp_path)
    for name in ("audit/counts.png", "runs/a/recipe.yaml", "runs/a/overlays/b.png", "test/x.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(tmp_path / name, b"ours")
    make(tmp_path, ["runs/a/model.onnx"])
    table = find_films(tmp_path)
    assert table == alone
    assert told(table) == {"own": (3, "audit")}
    (note,) = table.notes
    assert note.sentence.startswith(
        "passed over: 3 folders that pneumoscope wrote (3 pictures), such as audit"
    )
    (found,) = FolderSearch(tmp_path / "audit").films_below(tmp_path / "audit")
    assert found.path.name == "counts.png"


def test_films_beside_a_result_are_read(tmp_path: Path) -> None:
    """A table or an overlay that was written among films does not hide them."""
    make(tmp_path, [*FLAT, "PNEUMONIA/study/IMG1"], b"\xff\xd8\xff\xe0 a film")
    for name in ("NORMAL/films.csv", "PNEUMONIA/study/overlays/IMG1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(tmp_path / name, b"ours")
    table = find_films(tmp_path)
    assert [film.path for film in table.films] == [*FLAT, "PNEUMONIA/study/IMG1"]
    assert told(table)["own"] == (1, "PNEUMONIA/study/overlays")
