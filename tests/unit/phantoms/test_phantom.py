import csv
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import binary_dilation

from pneumoscope.data.filenames import parse_film_name
from pneumoscope.errors import DatasetError
from pneumoscope.imaging.reading import read_image
from pneumoscope.phantoms import generate_phantom, sample_chest, write_phantoms
from pneumoscope.phantoms.encoding import encode_film


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    condition=st.sampled_from(["normal", "bacteria", "virus"]),
    size=st.tuples(st.integers(64, 200), st.integers(64, 200)),
)
def test_any_seed_gives_a_film_with_boxes_where_it_is_ill(seed, condition, size):
    phantom = generate_phantom(np.random.default_rng(seed), condition, size)
    assert phantom.pixels.shape == size
    assert phantom.pixels.dtype == np.uint8
    assert phantom.pixels.std() > 20
    assert phantom.label == ("NORMAL" if condition == "normal" else "PNEUMONIA")
    assert bool(phantom.boxes) == (condition != "normal")
    assert phantom.lung_field.shape == size
    assert phantom.lung_field.dtype == np.bool_
    assert 0.03 < phantom.lung_field.mean() < 0.6
    for box in phantom.boxes:
        assert 0 <= box.left < box.right <= size[1]
        assert 0 <= box.top < box.bottom <= size[0]
        in_box = phantom.lung_field[box.top : box.bottom, box.left : box.right]
        assert in_box.mean() > 0.5


def test_same_seed_same_film():
    first, again = (generate_phantom(np.random.default_rng(5), "virus") for _ in range(2))
    other = generate_phantom(np.random.default_rng(6), "virus")
    assert np.array_equal(first.pixels, again.pixels)
    assert first.boxes == again.boxes
    assert not np.array_equal(first.pixels, other.pixels)


def test_boxes_are_brighter_than_the_healthy_lung_there():
    anatomy = sample_chest(np.random.default_rng(0))
    brighter = []
    for seed in range(12):
        ill = generate_phantom(np.random.default_rng(seed), "bacteria", (200, 260), anatomy)
        well = generate_phantom(np.random.default_rng(seed), "normal", (200, 260), anatomy)
        # The pose is drawn before the condition, so both films show the lung in the same place.
        for box in ill.boxes:
            part = np.s_[box.top : box.bottom, box.left : box.right]
            scores = [(film.pixels[part].mean() - film.pixels.mean()) for film in (ill, well)]
            brighter.append(scores[0] - scores[1])
    assert np.mean(brighter) > 15


@pytest.mark.parametrize("seed", range(6))
def test_lungs_are_darker_than_what_surrounds_them_and_do_not_tell_the_finding(seed):
    well, *ill = (
        generate_phantom(np.random.default_rng(seed), condition, (200, 260))
        for condition in ("normal", "bacteria", "virus")
    )
    lungs = well.lung_field
    around = binary_dilation(lungs, iterations=8) & ~lungs
    assert well.pixels[lungs].mean() < well.pixels[around].mean() - 15
    assert all(np.array_equal(film.lung_field, lungs) for film in ill)


def test_too_small_a_film_is_refused():
    with pytest.raises(ValueError, match="64 pixels"):
        generate_phantom(np.random.default_rng(0), "normal", (63, 200))


def test_folder_has_every_class_in_every_split_and_patients_in_one(tmp_path):
    films = write_phantoms(tmp_path, 40, seed=1, widths=(100, 130))
    assert len(films) == 40
    assert Counter((film.split, film.label) for film in films) == {
        ("train", "NORMAL"): 12,
        ("train", "PNEUMONIA"): 12,
        ("val", "NORMAL"): 4,
        ("val", "PNEUMONIA"): 4,
        ("test", "NORMAL"): 4,
        ("test", "PNEUMONIA"): 4,
    }
    splits: dict[str, set[str]] = {}
    for film in films:
        assert film.path.parent == tmp_path / "chest_xray" / film.split / film.label
        name = parse_film_name(film.path.name)
        assert (name.pathogen == "NORMAL") == (film.label == "NORMAL")
        splits.setdefault(name.patient_id, set()).add(film.split)
    assert len(splits) < 40, "some patients have several films"
    assert all(len(seen) == 1 for seen in splits.values())


def test_written_films_read_and_formats_do_not_tell_the_class(tmp_path):
    films = write_phantoms(tmp_path, 12, seed=2, widths=(100, 130))
    formats = Counter((film.label, read_image(film.path).tags.format) for film in films)
    assert formats == dict.fromkeys(
        [(label, kind) for label in ("NORMAL", "PNEUMONIA") for kind in ("JPEG", "PNG", "DICOM")],
        2,
    )


def test_boxes_csv_lists_every_opacity(tmp_path):
    films = write_phantoms(tmp_path, 8, seed=3, widths=(100, 130))
    with (tmp_path / "boxes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(film.boxes) for film in films) > 0
    assert {tmp_path / row["path"] for row in rows} == {film.path for film in films if film.boxes}
    first = next(film for film in films if film.boxes)
    box = [int(rows[0][side]) for side in ("left", "top", "right", "bottom")]
    assert box == [
        first.boxes[0].left,
        first.boxes[0].top,
        first.boxes[0].right,
        first.boxes[0].bottom,
    ]


def test_every_film_has_a_mask_of_its_size(tmp_path):
    films = write_phantoms(tmp_path, 8, seed=4, widths=(100, 130))
    masks = {path.stem: Image.open(path) for path in (tmp_path / "lung_fields").glob("*.png")}
    assert masks.keys() == {film.path.stem for film in films}
    for film in films:
        mask = np.asarray(masks[film.path.stem])
        assert mask.shape == read_image(film.path).pixels.shape
        assert 0.03 < mask.mean() < 0.6


def test_same_seed_same_bytes(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_phantoms(tmp_path / name, 6, seed=seed, widths=(100, 130))
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert files(tmp_path / "a") != files(tmp_path / "c")


def test_refuses_too_few_films_and_a_folder_in_use(tmp_path):
    with pytest.raises(DatasetError, match="too few"):
        write_phantoms(tmp_path, 5, seed=0)
    write_phantoms(tmp_path, 6, seed=0, widths=(100, 130))
    with pytest.raises(DatasetError, match="already holds"):
        write_phantoms(tmp_path, 6, seed=0)


@pytest.mark.parametrize("seed", range(4))
def test_dicom_reads_back_to_the_same_pixels_either_way_round(seed):
    pixels = generate_phantom(np.random.default_rng(0), size=(80, 100)).pixels
    data = encode_film(pixels, "dicom", np.random.default_rng(seed))
    film = read_image(data)
    assert np.abs(film.pixels.astype(int) - pixels).max() <= 1
    assert film.tags.photometric == pydicom.dcmread(io.BytesIO(data)).PhotometricInterpretation
    assert film.tags.view == "AP"


def test_png_is_lossless_and_jpeg_close():
    pixels = generate_phantom(np.random.default_rng(0), size=(80, 100)).pixels
    png, jpeg = (encode_film(pixels, kind, np.random.default_rng(0)) for kind in ("png", "jpeg"))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), pixels)
    assert np.abs(np.asarray(Image.open(io.BytesIO(jpeg))).astype(int) - pixels).mean() < 4
