"""What is known of films, from their names, tables, tags and pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from pydicom import dcmread
from scipy.ndimage import laplace

from pneumoscope.data.circumstances import Circumstances
from pneumoscope.data.table import FilmRecord
from pneumoscope.evaluation.traits import TRAIT_COLUMNS, FilmTraits
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.inference.finding import Finding
from pneumoscope.inference.predictor import Predictor
from pneumoscope.inference.preparing import prepare_film
from pneumoscope.phantoms import write_phantoms
from tiny_model import write_tiny_model

RECORD = FilmRecord("PNEUMONIA/person3_virus_15.jpeg", "PNEUMONIA", None, "x", "virus", 3)


def phantom(folder: Path, **tags: str) -> Path:
    """A drawn film as DICOM: view AP, of a child of one to five years."""
    write_phantoms(folder, 6, seed=0, widths=(100, 120), formats=["dicom"])
    path = next(folder.rglob("*.dcm"))
    dataset = dcmread(path)
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path


def test_tags_tell_what_no_table_does(tmp_path: Path) -> None:
    path = phantom(tmp_path, PatientSex="F ", PatientAge="018M")
    film = prepare_film(path, PreprocessConfig(size=64))
    traits = FilmTraits.of(RECORD, film, "C")
    assert (traits.view, traits.age, traits.sex) == ("AP", 1.5, "F")
    assert (traits.group, traits.series, traits.number) == ("C", "virus", 3)
    assert traits.pathogen == "VIRUS"
    assert traits.sharpness == round(float(laplace(film.image.astype(np.float32)).std()), 3)
    told = replace(RECORD, circumstances=Circumstances("PA", 40.0, "M"))
    traits = FilmTraits.of(told, film)
    assert (traits.view, traits.age, traits.sex) == ("PA", 40.0, "M")


def test_the_sex_in_tags_is_no_part_of_a_finding(tmp_path: Path) -> None:
    path = phantom(tmp_path, PatientSex="F")
    predictor = Predictor.load(write_tiny_model(tmp_path / "tiny.onnx"))
    document = Finding.of(predictor.predict(path), "balanced").document()
    assert not any("sex" in name for name in document["tags"])


def test_nothing_is_made_up(tmp_path: Path) -> None:
    record = FilmRecord("NORMAL/IM-0115-0001.jpeg", "NORMAL", None, "IM-0115", "", None)
    path = phantom(tmp_path, PatientAge="", ViewPosition="")
    film = prepare_film(path, PreprocessConfig(size=64))
    traits = FilmTraits.of(record, film)
    assert traits == FilmTraits(sharpness=traits.sharpness)


def test_a_row_of_a_table_gives_them_back() -> None:
    for traits in (
        FilmTraits("C", "IM", 12, 9.25, "VIRUS", "AP", 0.5, "F"),
        FilmTraits(sharpness=0.0, number=0),
    ):
        cells = ["" if cell is None else str(cell) for cell in traits.cells()]
        assert FilmTraits.read(dict(zip(TRAIT_COLUMNS, cells, strict=True))) == traits
    assert FilmTraits.read({"path": "a.png"}) == FilmTraits()
