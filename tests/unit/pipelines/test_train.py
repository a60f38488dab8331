"""What training says of the films before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.pipelines.train import train, without_test_films


def test_that_no_test_films_are_held_out_is_told() -> None:
    rows = [
        {"path": f"{label}/{split}.png", "label": label, "split": split}
        for label in ("NORMAL", "PNEUMONIA")
        for split in ("train", "val", "test")
    ]
    table = FilmTable.from_rows(Path("films"), rows)
    assert without_test_films(table) == ()
    undivided = FilmTable.from_rows(Path("films"), [row for row in rows if row["split"] != "test"])
    (line,) = without_test_films(undivided)
    assert "all figures will be of the val films" in line


def test_a_cache_that_is_no_folder_ends_a_run_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "messy.csv").touch()
    for cache in (tmp_path / "messy.csv", tmp_path / "messy.csv" / "below"):
        with pytest.raises(DatasetError, match=r"cannot be kept in .*messy\.csv is a file"):
            train("small-cnn", tmp_path / "films", tmp_path / "run", cache_directory=cache)
    assert not (tmp_path / "run").exists()
