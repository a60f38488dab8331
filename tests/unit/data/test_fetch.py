import zipfile
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from pneumoscope.data.fetch import (
    OFFICIAL_COUNTS,
    by_hand,
    fetch_kermany,
    films_in_parquet,
    first_sentence,
    place_of_film,
    verify_digests,
    verify_layout,
)
from pneumoscope.errors import DatasetError


def official_names() -> list[str]:
    return [
        f"{split}/{label}/film-{number}.jpeg"
        for split, classes in OFFICIAL_COUNTS.items()
        for label, count in classes.items()
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """An archive as Kaggle ships it, with its nested second copy and the leaves of a Mac."""
    path = tmp_path_factory.mktemp("kaggle") / "archive.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in official_names():
            file.writestr(f"chest_xray/{name}", name)
            file.writestr(f"chest_xray/chest_xray/{name}", name)
        file.writestr("chest_xray/__MACOSX/chest_xray/train/NORMAL/._film-0.jpeg", "x")
        file.writestr("chest_xray/chest_xray/.DS_Store", "x")
        file.writestr("chest_xray/train/.DS_Store", "x")
    return path


def test_official_counts_are_those_of_the_paper_and_kaggle():
    assert {split: sum(classes.values()) for split, classes in OFFICIAL_COUNTS.items()} == {
        "train": 5216,
        "val": 16,
        "test": 624,
    }


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("chest_xray/train/NORMAL/a.jpeg", "chest_xray/train/NORMAL/a.jpeg"),
        ("test/PNEUMONIA/a.JPG", "chest_xray/test/PNEUMONIA/a.JPG"),
        ("chest_xray/chest_xray/train/NORMAL/a.jpeg", None),
        ("chest_xray/__MACOSX/train/NORMAL/._a.jpeg", None),
        ("chest_xray/train/NORMAL/.DS_Store", None),
        ("chest_xray/train/OTHER/a.jpeg", None),
        ("a.jpeg", None),
    ],
)
def test_place_of_film(name, place):
    assert place_of_film(name) == place


def test_an_archive_becomes_the_set_once_and_is_verified_later(archive, tmp_path):
    steps = []
    fetch_kermany(tmp_path, archive=archive, progress=lambda *step: steps.append(step))
    assert steps[-1] == (5856, 5856)
    films = sorted(
        path.relative_to(tmp_path / "chest_xray").as_posix() for path in tmp_path.rglob("*.jpeg")
    )
    assert films == sorted(official_names())
    assert len((tmp_path / "SHA256SUMS").read_text().splitlines()) == 5856

    lost, changed = (tmp_path / "chest_xray/train/NORMAL" / f"film-{i}.jpeg" for i in (0, 1))
    lost.unlink()
    with pytest.raises(DatasetError, match="train/NORMAL has 1,340 films, expected 1,341"):
        verify_layout(tmp_path)
    lost.write_text("train/NORMAL/film-0.jpeg")
    verify_layout(tmp_path)
    verify_digests(tmp_path)
    changed.write_text("something else")
    with pytest.raises(DatasetError, match="1 films differ"):
        verify_digests(tmp_path)
    fetch_kermany(tmp_path, archive=archive)


def test_an_incomplete_archive_says_what_is_missing(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("chest_xray/val/NORMAL/a.jpeg", "x")
    with pytest.raises(DatasetError, match="val/NORMAL has 1 films, expected 8"):
        fetch_kermany(tmp_path / "to", archive=tmp_path / "a.zip")
    assert not (tmp_path / "to" / "SHA256SUMS").exists()


def write_table(path: Path, name: str, label: int) -> Path:
    rows = [{"image": {"bytes": b"film", "path": name}, "label": label}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def test_films_of_the_hugging_face_copy(tmp_path):
    table = write_table(tmp_path / "validation-00000-of-00001.parquet", "person1_virus_1.jpeg", 1)
    assert list(films_in_parquet(table)) == [
        ("chest_xray/val/PNEUMONIA/person1_virus_1.jpeg", b"film")
    ]


@pytest.mark.parametrize(("name", "label"), [("film.exe", 0), ("film.jpeg", 2)])
def test_a_table_of_something_else_is_refused(tmp_path, name, label):
    table = write_table(tmp_path / "train-00000-of-00007.parquet", name, label)
    with pytest.raises(DatasetError):
        list(films_in_parquet(table))


def test_a_climbing_name_in_a_table_ends_in_its_class_folder(tmp_path):
    table = write_table(tmp_path / "train-00000-of-00007.parquet", "../../evil.jpeg", 0)
    assert [place for place, _ in films_in_parquet(table)] == ["chest_xray/train/NORMAL/evil.jpeg"]


def test_a_damaged_table(tmp_path):
    (tmp_path / "train-00000-of-00007.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(DatasetError, match="not the expected table"):
        list(films_in_parquet(tmp_path / "train-00000-of-00007.parquet"))


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("403 Client Error.\n\nYou lack permission. See https://kaggle.com.", "403 Client Error"),
        ("Host kaggle.com was not found. Try again!", "Host kaggle.com was not found"),
        ("no full stop", "no full stop"),
        ("", ""),
    ],
)
def test_a_foreign_message_is_cut_to_its_first_sentence(message, sentence):
    assert first_sentence(message) == sentence


def test_by_hand_names_the_page_the_command_and_the_folder():
    text = by_hand(Path("films"))
    assert "kaggle.com/datasets/paultimothymooney/chest-xray-pneumonia" in text
    assert "--archive archive.zip --to films" in text
    assert "films/chest_xray/{train,val,test}/{NORMAL,PNEUMONIA}" in text
