"""Labelled films on the network's square, with their lungs and opacities in the right places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumoscope.data.sources import find_films
from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms, read_assessed_films
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.inference.predictor import Predictor
from pneumoscope.phantoms import write_phantoms
from tiny_model import SIZE, write_tiny_model

HEADER = "path,left,top,right,bottom\n"


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


def write_film(path: Path, width: int = 40, height: int = 40) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (width, height), 90).save(path)
    return path


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A wide film, a damaged one and a square one; the first has a box in its lower right corner
    and its lungs in its left half.
    """
    root = tmp_path / "films"
    write_film(root / "PNEUMONIA" / "wide.png", 160, 80)
    write_film(root / "NORMAL" / "square.png")
    (root / "NORMAL" / "damaged.png").write_bytes(b"\\x89PNG and no more")
    (tmp_path / "boxes.csv").write_text(HEADER + "films/PNEUMONIA/wide.png,80,40,160,80\n")
    lungs = np.zeros((10, 20), dtype=np.uint8)
    lungs[:, :10] = 255
    (tmp_path / "lungs").mkdir()
    Image.fromarray(lungs).save(tmp_path / "lungs" / "wide.png")
    return root


def read(predictor: Predictor, root: Path) -> AssessedFilms:
    return read_assessed_films(
        predictor,
        find_films(root),
        lung_fields=root.parent / "lungs",
        boxes=root.parent / "boxes.csv",
    )


def test_films_labels_masks_and_boxes_share_their_rows(predictor: Predictor, films: Path) -> None:
    read_films = read(predictor, films)
    assert read_films.paths == ("NORMAL/square.png", "PNEUMONIA/wide.png")
    assert read_films.y_true.tolist() == [0, 1]
    assert len(read_films) == len(read_films.patients) == 2
    assert read_films.images.shape == (2, SIZE, SIZE)
    assert read_films.images.dtype == np.uint8
    assert read_films.lungs is not None
    assert read_films.boxes is not None
    assert not read_films.lungs[0].any()
    assert not read_films.boxes[0].any()
    half = np.arange(SIZE) < SIZE // 2
    assert np.array_equal(read_films.lungs[1], np.broadcast_to(half, (SIZE, SIZE)))
    assert np.array_equal(read_films.boxes[1], np.outer(~half, ~half))
    (damaged,) = read_films.unreadable
    assert damaged.path == "NORMAL/damaged.png"


def test_boxes_and_lungs_land_where_a_padded_film_lands(films: Path, tmp_path: Path) -> None:
    model = write_tiny_model(
        tmp_path / "padding.onnx", preprocess=PreprocessConfig(size=SIZE, fit="pad")
    )
    padded = read(Predictor.load(model), films)
    assert padded.lungs is not None
    assert padded.boxes is not None
    # The film takes rows 8 to 24 of 32; its lower half those from 16 on.
    rows = np.arange(SIZE)
    film, lower, right = (rows >= 8) & (rows < 24), (rows >= 16) & (rows < 24), rows >= 16
    assert np.array_equal(padded.images[1] > 0, np.outer(film, np.ones(SIZE, dtype=bool)))
    assert np.array_equal(padded.lungs[1], np.outer(film, ~right))
    assert np.array_equal(padded.boxes[1], np.outer(lower, right))


def test_boxes_outside_a_crop_are_lost(films: Path, tmp_path: Path) -> None:
    model = write_tiny_model(
        tmp_path / "cropping.onnx", preprocess=PreprocessConfig(size=SIZE, fit="crop")
    )
    cropped = read(Predictor.load(model), films)
    assert cropped.boxes is not None
    # Columns 40 to 120 of the film are left; the box begins at 80.
    half = np.arange(SIZE) >= SIZE // 2
    assert np.array_equal(cropped.boxes[1], np.outer(half, half))


def test_phantoms_bring_their_boxes_and_lungs(predictor: Predictor, tmp_path: Path) -> None:
    write_phantoms(tmp_path, 6, seed=0, widths=(100, 130))
    read_films = read_assessed_films(
        predictor,
        find_films(tmp_path / "chest_xray"),
        lung_fields=tmp_path / "lung_fields",
        boxes=tmp_path / "boxes.csv",
    )
    assert read_films.lungs is not None
    assert read_films.boxes is not None
    assert read_films.lungs.any(axis=(1, 2)).all()
    assert read_films.boxes.any(axis=(1, 2)).tolist() == (read_films.y_true == 1).tolist()
    assert (read_films.boxes & read_films.lungs).sum() > 0.8 * read_films.boxes.sum()
    assert read_films.y_true.sum() == 3


def test_a_draw_keeps_the_share_of_each_class(predictor: Predictor, films: Path) -> None:
    """Of 20 normal films and 5 ill ones, 10 are drawn."""
    rows = np.array([0] * 20 + [1] * 5)
    whole = replace(
        read(predictor, films).select(rows), paths=tuple(f"{number:02}" for number in range(25))
    )
    drawn = [whole.draw(10, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert drawn[0].paths == drawn[1].paths != drawn[2].paths
    for some in drawn:
        assert len(set(some.paths)) == 10
        assert np.bincount(some.y_true).tolist() == [8, 2]
        assert list(some.paths) == sorted(some.paths)
    assert whole.draw(1000, np.random.default_rng(0)).paths == whole.paths


def test_progress_counts_unreadable_films_too(predictor: Predictor, films: Path) -> None:
    told: list[tuple[int, int]] = []
    read_assessed_films(
        predictor, find_films(films), progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_selecting_keeps_rows_together(predictor: Predictor, films: Path) -> None:
    read_films = read(predictor, films)
    wide = read_films.select(np.array([1]))
    assert (wide.paths, wide.y_true.tolist()) == (("PNEUMONIA/wide.png",), [1])
    assert wide.lungs is not None
    assert wide.lungs.any()
    with_lungs, lungs = read_films.with_lungs()
    assert with_lungs.paths == wide.paths
    assert np.array_equal(lungs, wide.lungs)


def test_batches_cover_every_row_once(predictor: Predictor, films: Path) -> None:
    read_films = read(predictor, films).select(np.array([0, 1, 0, 1, 0]))
    told: list[tuple[int, int]] = []
    batches = read_films.batches(2, lambda done, total: told.append((done, total)))
    assert [read_films.paths[rows] for rows in batches] == [
        read_films.paths[:2],
        read_films.paths[2:4],
        read_films.paths[4:],
    ]
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_without_lung_fields_nothing_has_lungs(predictor: Predictor, films: Path) -> None:
    read_films = read_assessed_films(predictor, find_films(films))
    assert read_films.lungs is None
    assert read_films.boxes is None
    with pytest.raises(DatasetError, match="None of the films has a lung field"):
        read_films.with_lungs()


def test_nothing_but_damaged_films(predictor: Predictor, films: Path) -> None:
    table = find_films(films)
    damaged = tuple(film for film in table.films if film.path.endswith("damaged.png"))
    with pytest.raises(DatasetError, match="None of the 1 films could be read") as raised:
        read_assessed_films(predictor, replace(table, films=damaged))
    assert raised.value.hint.startswith("The first one: NORMAL/damaged.png")


def test_labels_that_the_model_does_not_know(predictor: Predictor, tmp_path: Path) -> None:
    for label in ("COVID", "NORMAL"):
        write_film(tmp_path / "films" / label / "film.png")
    with pytest.raises(DatasetError, match="does not know COVID"):
        read_assessed_films(predictor, find_films(tmp_path / "films"))


def test_boxes_of_other_films(predictor: Predictor, films: Path) -> None:
    (films.parent / "boxes.csv").write_text(HEADER + "films/NORMAL/other.png,0,0,9,9\n")
    with pytest.raises(DatasetError, match=r"No box in .* belongs to one of the films") as raised:
        read(predictor, films)
    assert "other.png" in raised.value.hint
    assert "square.png" in raised.value.hint


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"path,left,top,right\nfilms/NORMAL/square.png,0,0,9\n", "bottom"),
        (HEADER.encode() + b"films/NORMAL/square.png,0,0,9\n", "NoneType"),
        (HEADER.encode() + b"films/NORMAL/square.png,0,0,9.5,9\n", "9.5"),
        (HEADER.encode() + b"films/NORMAL/square.png,9,0,9,9\n", "no area"),
        (HEADER.encode() + b"films/NORMAL/square.png,-1,0,9,9\n", "outside the film"),
        (HEADER.encode() + b"films/NORMAL/\x00.png,0,0,9,9\n", "null"),
        (HEADER.encode() + b"films/NORMAL/a\rb.png,0,0,9,9\n", "NoneType"),
        (b"\xff\xfe\x00", "utf-8"),
    ],
    ids=["column", "cell", "fraction", "empty", "negative", "nul", "line", "binary"],
)
def test_damaged_boxes(predictor: Predictor, films: Path, content: bytes, problem: str) -> None:
    (films.parent / "boxes.csv").write_bytes(content)
    with pytest.raises(DatasetError, match="is no table of boxes") as raised:
        read(predictor, films)
    assert problem in raised.value.message


def test_boxes_from_a_spreadsheet_and_none_at_all(predictor: Predictor, films: Path) -> None:
    boxes = films.parent / "boxes.csv"
    boxes.write_text(boxes.read_text(), encoding="utf-8-sig")
    read_films = read(predictor, films)
    assert read_films.boxes is not None
    assert read_films.boxes[1].any()
    boxes.unlink()
    with pytest.raises(DatasetError, match=r"boxes\.csv could not be read: No such file"):
        read(predictor, films)
