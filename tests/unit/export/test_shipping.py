"""A trained network becomes a model file: fitted on validation films, checked and described."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import TrainingError
from pneumoscope.evaluation.graph_outputs import film_images
from pneumoscope.evaluation.out_of_fold import OutOfFold, ScoredLabels
from pneumoscope.export.shipping import ship
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.calibration import fit_calibration
from pneumoscope.metrics.operating_points import decide
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.manifest import ModelCard, ModelManifest
from pneumoscope.networks.network import Network
from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.variants import with_normal_class

SIDE = 32
RECIPE = load_recipe(
    "small-cnn", [f"preprocess.size={SIDE}", "operating_points.screening_sensitivity=0.9"]
)
CARD = ModelCard(**RECIPE.card.model_dump())


def prepare_films() -> PreparedFilms:
    """Thirty films, NORMAL ones darker; a third are val. Four of them have lungs."""
    rng = np.random.default_rng(0)
    rows, pixels = [], []
    for number in range(30):
        label = ("NORMAL", "PNEUMONIA")[number % 2]
        split = "val" if number % 3 == 0 else "train"
        rows.append({"path": f"{label}/{number}.png", "label": label, "split": split})
        pixels.append(rng.integers(0, 150, (SIDE, SIDE)) + 100 * (label == "PNEUMONIA"))
    table = FilmTable.from_rows(Path("films"), rows)
    lungs = np.zeros((30, SIDE // 2, SIDE // 2), bool)
    lungs[:4, 4:, 4:] = True
    unreadable = (UnreadableFilm("NORMAL/broken.png", "not a film"),)
    return PreparedFilms(table, np.uint8(pixels), np.arange(30), unreadable, lungs)


FILMS = prepare_films()
VAL = FILMS.select("val")


def make_network() -> Network:
    torch.manual_seed(0)
    network = create_network(RECIPE.model, 2).eval()
    network.head.weight.data *= 20  # an untrained head hardly tells films apart
    return network


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelManifest]:
    path = tmp_path_factory.mktemp("shipped") / "model.onnx"
    return path, ship(make_network(), RECIPE, FILMS, CARD, path)


def test_films_of_no_split_are_counted_as_such(tmp_path: Path) -> None:
    """Tables leave films without a split, and so does a division whose patients lie in two."""
    splits = [film.split for film in FILMS.table.films]
    splits[splits.index("train")] = None
    films = replace(FILMS, table=FILMS.table.with_splits(splits))
    manifest = ship(make_network(), RECIPE, films, CARD, tmp_path / "model.onnx")
    assert read_manifest(tmp_path / "model.onnx") == manifest
    counts = manifest.training["films"]
    assert isinstance(counts, dict)
    assert {split: sum(row.values()) for split, row in counts.items()} == {
        "train": 19,
        "val": 10,
        "none": 1,
    }


def out_of_fold(added: float) -> OutOfFold:
    """What models of two folds say of all films: as the network does, with `added` log odds."""
    with torch.no_grad():
        logits = make_network()(torch.from_numpy(film_images(FILMS, slice(None)))).double().numpy()
    paths = tuple(film.path for film in FILMS.table.films)
    films = ScoredLabels(logits + np.array([0.0, added]), FILMS.table.y_true, paths, paths)
    return OutOfFold(films, folds=2)


def test_folds_set_calibration_and_thresholds(tmp_path: Path) -> None:
    folds = out_of_fold(0.0)
    manifest = ship(make_network(), RECIPE, FILMS, CARD, tmp_path / "model.onnx", folds=folds)
    expected = fit_calibration(folds.films.logits, folds.films.y_true)
    assert manifest.calibration.ordered(manifest.class_names).offset == pytest.approx(
        expected.offset, abs=1e-3
    )
    record = manifest.training["calibration"]
    assert isinstance(record, dict)
    assert record["folds"] == 2
    counted = record["films"]
    assert isinstance(counted, dict)
    assert sum(sum(row.values()) for row in counted.values()) == 30


def test_folds_that_answer_otherwise_set_nothing(
    shipped: tuple[Path, ModelManifest], tmp_path: Path
) -> None:
    folds = out_of_fold(40.0)
    manifest = ship(make_network(), RECIPE, FILMS, CARD, tmp_path / "model.onnx", folds=folds)
    assert manifest.operating_points == shipped[1].operating_points
    record = manifest.training["calibration"]
    assert isinstance(record, dict)
    assert "folds" not in record
    assert "otherwise than those of the folds" in str(record["notes"])


def test_the_file_answers_as_the_network_does(shipped: tuple[Path, ModelManifest]) -> None:
    path, manifest = shipped
    assert read_manifest(path) == manifest
    images = film_images(VAL, slice(None))
    with torch.no_grad():
        logits = make_network()(torch.from_numpy(images)).numpy()
    answer = Predictor.load(path).answer(images[:, 0])
    np.testing.assert_allclose(answer.logits, logits, rtol=1e-3, atol=1e-3)
    fitted = fit_calibration(logits, VAL.table.y_true)
    shipped_with = manifest.calibration.ordered(manifest.class_names)
    assert shipped_with.scale == pytest.approx(fitted.scale, 1e-3)
    assert shipped_with.offset == pytest.approx(fitted.offset, abs=1e-3)
    assert shipped_with.scale != (1.0, 1.0)


def test_thresholds_are_fitted_on_the_validation_films(
    shipped: tuple[Path, ModelManifest],
) -> None:
    path, manifest = shipped
    assert manifest.class_names == ("NORMAL", "PNEUMONIA")
    assert manifest.normal_class == "NORMAL"
    assert manifest.operating_points.keys() == {"balanced", "screening"}
    probabilities = Predictor.load(path).answer(film_images(VAL, slice(None))[:, 0]).probabilities
    called = decide(probabilities, manifest.thresholds("screening"))
    assert (called[VAL.table.y_true == 1] == 1).mean() >= 0.9
    assert all(scale > 0 for scale in manifest.evidence_scale.values())


@pytest.mark.parametrize(
    ("classes", "stated", "normal", "points"),
    [
        (("No Finding", "Covid"), "auto", "No Finding", {"balanced", "screening"}),
        (("BACTERIA", "VIRUS"), "none", None, {"balanced", "screening"}),
        (("A", "B", "C"), "none", None, {"balanced"}),
    ],
)
def test_thresholds_are_those_of_what_is_looked_for(
    tmp_path: Path,
    classes: tuple[str, ...],
    stated: str,
    normal: str | None,
    points: set[str],
) -> None:
    rows = [
        {
            "path": f"{number}.png",
            "label": classes[number % len(classes)],
            "split": "val" if number % 2 or number % 3 == 0 else "train",
        }
        for number in range(30)
    ]
    table = FilmTable.from_rows(Path("films"), rows).with_normal_class(normal)
    torch.manual_seed(0)
    network = create_network(RECIPE.model, len(classes)).eval()
    network.head.weight.data *= 20
    recipe = with_normal_class(RECIPE, stated)
    pixels = np.random.default_rng(0).integers(0, 256, (30, SIDE, SIDE), np.uint8)
    films = PreparedFilms(table, pixels, np.arange(30), ())
    manifest = ship(network, recipe, films, CARD, tmp_path / "model.onnx")
    assert manifest.class_names == classes
    assert (manifest.normal_class, manifest.normal_class_is_known) == (normal, True)
    assert manifest.operating_points.keys() == points
    if "screening" in points:
        val = films.select("val")
        answer = Predictor.load(tmp_path / "model.onnx").answer(film_images(val, slice(None))[:, 0])
        called = decide(answer.probabilities, manifest.thresholds("screening"))
        looked_for = np.array([film.label == classes[1] for film in val.table.films])
        assert (called[looked_for] == 1).mean() >= 0.9


def test_the_file_tells_where_it_comes_from(shipped: tuple[Path, ModelManifest]) -> None:
    _, manifest = shipped
    told = manifest.training
    assert (manifest.name, manifest.architecture) == ("small-cnn", "small_cnn")
    assert told["recipe"] == RECIPE.model_dump(mode="json")
    assert told["data_digest"] == FILMS.table.digest
    assert told["films"] == FILMS.table.counts()
    assert told["unreadable_films"] == 1
    assert told["lung_fields"]["films"] == 4
    assert told["parity"]["films"] == len(VAL.rows)
    assert told["versions"]["torch"] == torch.__version__
    assert datetime.date.fromisoformat(told["date"]) <= datetime.datetime.now(datetime.UTC).date()


def test_the_folder_of_the_weights_is_not_told(tmp_path: Path) -> None:
    weights = RECIPE.model.model_copy(update={"weights": "/home/somebody/w.safetensors"})
    recipe = RECIPE.model_copy(update={"model": weights})
    films = replace(FILMS, lungs=None)
    told = ship(make_network(), recipe, films, CARD, tmp_path / "model.onnx").training
    assert told["recipe"]["model"]["weights"] == "w.safetensors"
    assert told["lung_fields"] is None


def test_a_network_that_answers_with_no_numbers_is_not_shipped(tmp_path: Path) -> None:
    network = make_network()
    network.head.bias.data[0] = float("nan")
    with pytest.raises(TrainingError, match="not numbers"):
        ship(network, RECIPE, FILMS, CARD, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
