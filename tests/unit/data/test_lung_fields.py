"""Lung fields: found by the film's name, on the network's square, in the order of the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumoscope.data.lung_fields import read_lung_fields
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, ImageReadError
from pneumoscope.imaging.preprocessing import PreprocessConfig

CONFIG = PreprocessConfig(size=16)


@pytest.fixture
def table(tmp_path: Path) -> FilmTable:
    rows = [{"path": f"A/film{number}.jpeg", "label": "AB"[number % 2]} for number in range(3)]
    return FilmTable.from_rows(tmp_path / "films", rows)


def write_mask(file: Path, left_half: bool) -> None:
    """A mask of 80 x 60 pixels, white in one half."""
    pixels = np.zeros((60, 80), dtype=np.uint8)
    pixels[:, :40] = 255 if left_half else 0
    pixels[:, 40:] = 0 if left_half else 255
    Image.fromarray(pixels).save(file)


def test_masks_in_table_order(table: FilmTable, tmp_path: Path) -> None:
    write_mask(tmp_path / "film0.png", left_half=True)
    write_mask(tmp_path / "film2.png", left_half=False)
    fields = read_lung_fields(table, tmp_path, CONFIG)
    assert fields.shape == (3, 16, 16)
    assert fields.dtype == np.bool_
    assert fields[0, :, :8].all()
    assert not fields[0, :, 8:].any()
    assert not fields[1].any()  # it has no mask
    assert np.array_equal(fields[2], ~fields[0])


def test_a_mask_lands_where_its_film_lands(table: FilmTable, tmp_path: Path) -> None:
    Image.new("L", (80, 40), 255).save(tmp_path / "film1.png")
    padded = read_lung_fields(table, tmp_path, PreprocessConfig(size=16, fit="pad"))
    assert padded[1].any(axis=1).tolist() == [False] * 4 + [True] * 8 + [False] * 4


def test_local_contrast_leaves_masks_alone(table: FilmTable, tmp_path: Path) -> None:
    soft = np.linspace(0, 255, 64 * 64).reshape(64, 64).astype(np.uint8)
    Image.fromarray(soft).save(tmp_path / "film0.png")
    plain = read_lung_fields(table, tmp_path, CONFIG)
    equalised = read_lung_fields(table, tmp_path, PreprocessConfig(size=16, clahe=True))
    assert np.array_equal(plain, equalised)


def test_a_folder_without_any_mask_of_these_films(table: FilmTable, tmp_path: Path) -> None:
    write_mask(tmp_path / "other.png", left_half=True)
    with pytest.raises(DatasetError, match="No film has a lung field"):
        read_lung_fields(table, tmp_path, CONFIG)


def test_damaged_mask(table: FilmTable, tmp_path: Path) -> None:
    (tmp_path / "film1.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with pytest.raises(ImageReadError, match=r"film1\.png"):
        read_lung_fields(table, tmp_path, CONFIG)
