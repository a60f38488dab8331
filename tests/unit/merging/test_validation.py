"""Settings fitted anew on labelled films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.evidence_scale import evidence_scale
from pneumoscope.evaluation.graph_outputs import GraphOutputs
from pneumoscope.inference.prediction import class_evidence
from pneumoscope.inference.predictor import Predictor
from pneumoscope.merging.ensemble import write_ensemble
from pneumoscope.merging.flip import write_flipped
from pneumoscope.merging.source_models import read_source_model
from pneumoscope.merging.validation import read_validation_films, score_films
from pneumoscope.merging.weights import MemberWeights
from pneumoscope.metrics.operating_points import Screening, fit_balanced, fit_screening
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.manifest import ModelManifest
from tiny_model import tiny_manifest, write_tiny_model
from varied_model import write_varied_model

SICK_FIRST = ("PNEUMONIA", "NORMAL")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Dark normal films and bright ill ones, with noise, in train and val."""
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for label, level in (("NORMAL", 80), ("PNEUMONIA", 150)):
            target = tmp_path / "films" / split / label
            target.mkdir(parents=True)
            for number in range(6):
                film = rng.normal(level + rng.normal(0, 40), 30, (40, 40)).clip(0, 255)
                Image.fromarray(film.astype(np.uint8)).save(target / f"{split}{number}.png")
    return tmp_path / "films"


def read(folder: Path, manifest: ModelManifest, **options: object) -> PreparedFilms:
    settings = {"split": "val", "cache_directory": folder.parent / "cache"} | options
    return read_validation_films(folder, manifest, **settings)  # type: ignore[arg-type]


def predict_all(path: Path, films: PreparedFilms) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and maps of the file as people use it."""
    answers = [Predictor.load(path).predict(film) for film in films.table.paths()]
    probabilities = [
        [answer.probabilities[name] for name in films.table.class_names] for answer in answers
    ]
    return np.array(probabilities), np.stack([answer.cam for answer in answers])


def test_labels_follow_the_order_of_the_model(folder: Path) -> None:
    films = read(folder, tiny_manifest(SICK_FIRST, normal_class=None))
    assert films.table.class_names == SICK_FIRST
    assert films.table.y_true.tolist() == [1] * 6 + [0] * 6
    assert {film.split for film in films.table.films} == {"val"}


def test_films_are_scored_as_the_predictor_scores_them(folder: Path, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    films = read(folder, read_manifest(path))
    expected, _ = predict_all(path, films)
    np.testing.assert_allclose(score_films(read_source_model(path), films), expected, atol=1e-6)


def test_unreadable_films_are_left_out(folder: Path) -> None:
    (folder / "val" / "NORMAL" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    films = read(folder, tiny_manifest())
    assert len(films.table) == len(films.rows) == 12
    assert [film.path for film in films.unreadable] == ["val/NORMAL/broken.png"]


def test_a_split_table_divides_films_anew(folder: Path, tmp_path: Path) -> None:
    rows = [
        {"path": f"train/{label}/train{number}.png", "label": label, "split": "val"}
        for label in ("NORMAL", "PNEUMONIA")
        for number in (0, 1)
    ]
    FilmTable.from_rows(folder, rows).write_csv(tmp_path / "split.csv")
    films = read(folder, tiny_manifest(), splits=tmp_path / "split.csv")
    assert [film.path for film in films.table.films] == sorted(str(row["path"]) for row in rows)


def test_labels_match_the_model_without_regard_to_case(folder: Path) -> None:
    films = read(folder, tiny_manifest(("Normal", "Pneumonia")))
    assert films.table.class_names == ("Normal", "Pneumonia")
    assert films.table.y_true.tolist() == [0] * 6 + [1] * 6


def test_films_without_the_split_or_of_other_classes_are_refused(folder: Path) -> None:
    with pytest.raises(DatasetError, match="no films in the split 'test'"):
        read(folder, tiny_manifest(), split="test")
    with pytest.raises(DatasetError, match=r"not know PNEUMONIA.*NORMAL, VIRUS apart"):
        read(folder, tiny_manifest(("NORMAL", "VIRUS")))


def test_an_ensemble_is_fitted_to_its_own_answers(folder: Path, tmp_path: Path) -> None:
    paths = [
        write_varied_model(tmp_path / "a.onnx", 1, gain=1.0),
        write_varied_model(tmp_path / "b.onnx", 2, gain=1.0),
    ]
    members = [read_source_model(path) for path in paths]
    films = read(folder, members[0].manifest)
    out = tmp_path / "both.onnx"
    manifest = write_ensemble(
        members,
        MemberWeights.equal(2),
        out,
        name="both",
        validation=films,
        screening=Screening(0.9),
    )
    probabilities, cam = predict_all(out, films)
    y_true = films.table.y_true
    for point, expected in (
        ("balanced", fit_balanced(probabilities, y_true)),
        ("screening", fit_screening(probabilities, y_true, 0.9)),
    ):
        assert manifest.thresholds(point) == pytest.approx(expected.tolist(), abs=1e-4)
    strongest = class_evidence(cam).max(axis=(2, 3))[y_true == 1, 1]
    assert manifest.evidence_scale["PNEUMONIA"] == pytest.approx(
        max(np.quantile(strongest, 0.9), 1e-6), rel=1e-4
    )
    validation = manifest.training["validation"]
    assert validation["films"] == {"val": {"NORMAL": 6, "PNEUMONIA": 6}}
    assert "fitted to it on validation films" in manifest.card.limitations


def test_a_flipped_file_is_fitted_to_its_own_answers(folder: Path, tmp_path: Path) -> None:
    model = read_source_model(write_varied_model(tmp_path / "a.onnx", 1, gain=1.0))
    films = read(folder, model.manifest)
    manifest = write_flipped(model, tmp_path / "flip.onnx", name="flip", validation=films)
    probabilities, _ = predict_all(tmp_path / "flip.onnx", films)
    assert manifest.thresholds() == pytest.approx(
        fit_balanced(probabilities, films.table.y_true).tolist(), abs=1e-4
    )


def test_full_heat_is_what_nine_in_ten_films_of_the_class_stay_below() -> None:
    cam = np.zeros((22, 2, 3, 3), np.float32)
    cam[:11, 0, 1, 1] = np.arange(11)
    cam[11:, 1, 2, 0] = np.arange(11) * 2
    outputs = GraphOutputs(np.zeros((22, 2), np.float32), cam)
    assert evidence_scale(outputs, np.repeat([0, 1], 11), ("NORMAL", "PNEUMONIA")) == pytest.approx(
        {"NORMAL": 9.0, "PNEUMONIA": 18.0}
    )
