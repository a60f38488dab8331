"""The films of a run: divided once, decoded, and unreadable ones set aside."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumoscope.data.prepared import PreparedFilms, default_cache_directory, prepare_films
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.rules import TableRules
from pneumoscope.errors import DatasetError, RecipeError
from pneumoscope.imaging.preprocessing import preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.settings import Recipe

DAMAGED = b"\xff\xd8\xff\xe0 not a film"


def recipe(**parts: object) -> Recipe:
    return parse_recipe(
        {
            "name": "test",
            "preprocess": {"size": 32},
            "split": {"mode": "rejoin", "val_fraction": 0.3},
        }
        | parts
    )


def prepare(data: Path, folder: Path, settings: Recipe | None = None) -> PreparedFilms:
    return prepare_films(
        settings or recipe(), data, folder / "split.csv", cache_directory=folder / "cache"
    )


def splits(table: FilmTable) -> dict[str, str | None]:
    return {film.path: film.split for film in table.films}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six films a class for training, two for testing; every one is another patient's."""
    root = tmp_path / "films"
    rng = np.random.default_rng(0)
    for split, numbers in (("train", range(6)), ("test", range(6, 8))):
        for label in ("NORMAL", "PNEUMONIA"):
            (root / split / label).mkdir(parents=True)
            for number in numbers:
                pixels = rng.integers(0, 256, (24, 20), dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / label / f"{label}{number}.png")
    return root


def test_pixels_belong_to_the_films_of_the_table(data: Path, tmp_path: Path) -> None:
    films = prepare(data, tmp_path)
    assert len(films.table) == 16
    assert films.unreadable == ()
    assert films.lungs is None
    for split in ("train", "val", "test"):
        part = films.select(split)
        assert {film.split for film in part.table.films} == {split}
        for row, path in zip(part.rows, part.table.paths(), strict=True):
            wanted = preprocess(read_image(path).pixels, recipe().preprocess)
            assert np.array_equal(part.pixels[row], wanted)


def test_a_film_under_two_labels_is_told(data: Path, tmp_path: Path) -> None:
    told: list[str] = []
    shutil.copy(data / "test/NORMAL/NORMAL7.png", data / "train/PNEUMONIA/copy.png")
    prepare_films(
        recipe(),
        data,
        tmp_path / "split.csv",
        cache_directory=tmp_path / "cache",
        tables=TableRules(tell=told.append),
    )
    assert told == [
        "warning: 1 film lies in several classes, byte for byte: test/NORMAL/NORMAL7.png (NORMAL) "
        "is train/PNEUMONIA/copy.png (PNEUMONIA). Take out what is wrong; "
        "`pneumoscope data audit` lists all."
    ]


def rename_classes(data: Path, normal: str, finding: str) -> None:
    for split in ("train", "test"):
        (data / split / "NORMAL").rename(data / split / normal)
        (data / split / "PNEUMONIA").rename(data / split / finding)


def test_the_healthy_class_comes_first_whatever_it_is_called(data: Path, tmp_path: Path) -> None:
    rename_classes(data, "Without", "Covid")
    films = prepare(data, tmp_path, recipe(normal_class="without"))
    assert films.table.class_names == ("Without", "Covid")
    again = prepare(data, tmp_path, recipe(normal_class="without"))  # by the split table
    assert again.table == films.table


def test_nothing_is_decoded_where_the_healthy_class_is_not_known(
    data: Path, tmp_path: Path
) -> None:
    rename_classes(data, "BACTERIA", "VIRUS")
    with pytest.raises(RecipeError, match="Which class is the healthy one") as caught:
        prepare(data, tmp_path)
    assert "--normal-class" in caught.value.hint
    assert not (tmp_path / "cache").exists()
    assert prepare(data, tmp_path, recipe(normal_class="none")).table.class_names == (
        "BACTERIA",
        "VIRUS",
    )


def test_unreadable_films_are_set_aside(data: Path, tmp_path: Path) -> None:
    (data / "train" / "NORMAL" / "NORMAL2.png").write_bytes(DAMAGED)
    films = prepare(data, tmp_path)
    assert [film.path for film in films.unreadable] == ["train/NORMAL/NORMAL2.png"]
    assert films.unreadable[0].reason
    assert len(films.table) == len(films.rows) == 15
    assert "train/NORMAL/NORMAL2.png" not in splits(films.table)
    assert all(films.pixels[row].any() for row in films.rows)


@pytest.mark.parametrize("seed", range(4))
def test_copies_of_a_film_stay_in_one_split(data: Path, tmp_path: Path, seed: int) -> None:
    copies = [data / "train" / "NORMAL" / f"NORMAL{number}.png" for number in range(4)]
    for copy in copies[1:]:
        copy.write_bytes(copies[0].read_bytes())
    split = {"mode": "rejoin", "val_fraction": 0.3, "seed": seed}
    divided = splits(prepare(data, tmp_path, recipe(split=split)).table)
    assert len({divided[copy.relative_to(data).as_posix()] for copy in copies}) == 1


def test_second_call_uses_the_split_table_as_it_is(data: Path, tmp_path: Path) -> None:
    first = prepare(data, tmp_path)
    table = tmp_path / "split.csv"
    moved = next(film.path for film in first.select("train").table.films)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["path"] == moved:
            row["split"] = "val"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    as_edited = table.read_bytes()

    again = prepare(data, tmp_path, recipe(split={"mode": "random", "seed": 5}))
    assert splits(again.table) == splits(first.table) | {moved: "val"}
    assert table.read_bytes() == as_edited


def test_table_of_films_as_data(data: Path, tmp_path: Path) -> None:
    manifest = data / "films.csv"
    rows = [
        f"{path.relative_to(data).as_posix()},{path.parent.name}"
        for path in sorted(data.glob("train/*/*.png"))
    ]
    manifest.write_text("\n".join(["path,label", *rows]))
    first, second = prepare(manifest, tmp_path), prepare(manifest, tmp_path)
    assert len(first.table) == 12
    assert first.table.root == data
    assert splits(first.table) == splits(second.table)
    assert np.array_equal(first.pixels[first.rows], second.pixels[second.rows])


def test_class_without_readable_validation_film(data: Path, tmp_path: Path) -> None:
    for label in ("NORMAL", "PNEUMONIA"):
        (data / "val" / label).mkdir(parents=True)
        film = data / "train" / label / f"{label}0.png"
        film.rename(data / "val" / label / film.name)
    (data / "val" / "PNEUMONIA" / "PNEUMONIA0.png").write_bytes(DAMAGED)
    with pytest.raises(DatasetError, match=r"val.*PNEUMONIA"):
        prepare(data, tmp_path, recipe(split={"mode": "given"}))


def test_surroundings_need_lung_fields(data: Path, tmp_path: Path) -> None:
    settings = recipe(augment={"surroundings_probability": 0.5})
    with pytest.raises(RecipeError, match="where the lungs are"):
        prepare(data, tmp_path, settings)
    assert not (tmp_path / "split.csv").exists()


def test_lung_fields_follow_their_films(data: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    (data / "train" / "NORMAL" / "NORMAL0.png").write_bytes(DAMAGED)
    for film in data.rglob("PNEUMONIA*.png"):
        Image.new("L", (20, 24), 255).save(masks / film.name)
    films = prepare_films(
        recipe(augment={"surroundings_probability": 0.5}),
        data,
        tmp_path / "split.csv",
        cache_directory=tmp_path / "cache",
        lung_fields=masks,
    )
    for part in (films, films.select("train"), films.select("val")):
        assert part.lungs is not None
        assert part.lungs.shape == (len(part.table), 16, 16)
        has_lungs = part.lungs.all(axis=(1, 2)).tolist()
        assert has_lungs == [film.label == "PNEUMONIA" for film in part.table.films]


def test_cache_directory_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PNEUMOSCOPE_CACHE", str(tmp_path / "chosen"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert default_cache_directory() == tmp_path / "chosen"
    monkeypatch.delenv("PNEUMOSCOPE_CACHE")
    assert default_cache_directory() == tmp_path / "user" / "pneumoscope"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache_directory() == tmp_path / "home" / ".cache" / "pneumoscope"
