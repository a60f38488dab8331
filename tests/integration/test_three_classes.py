"""Three classes all the way, from the names of the films to a heatmap for each class."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pneumoscope import Predictor
from pneumoscope.cli.main import main
from pneumoscope.phantoms import write_phantoms

PATHOGENS = ("NORMAL", "BACTERIA", "VIRUS")


@pytest.mark.slow
def test_pathogens_are_trained_evaluated_and_shown(tmp_path: Path) -> None:
    write_phantoms(tmp_path / "phantoms", 60, seed=2, widths=(100, 160))
    command = [
        "train", "--recipe", "small-cnn", "--labels", "pathogen", "--epochs", "3",
        "--data", str(tmp_path / "phantoms"), "--run", str(tmp_path / "run"),
        "--cache", str(tmp_path), "--set", "preprocess.size=64",
    ]  # fmt: skip
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output

    predictor = Predictor.load(tmp_path / "run" / "model.onnx")
    assert set(predictor.manifest.class_names) == set(PATHOGENS)
    assert predictor.manifest.class_names[0] == "NORMAL"
    for thresholds in predictor.manifest.operating_points.values():
        assert set(thresholds) == set(PATHOGENS)

    evaluation = json.loads((tmp_path / "run/evaluation/test/evaluation.json").read_text())
    metrics = evaluation["metrics"]
    by_class = {name: metrics[f"roc_auc[{name}]"]["value"] for name in PATHOGENS}
    films = evaluation["data"]["films"]
    assert metrics["roc_auc"]["value"] == pytest.approx(sum(by_class.values()) / 3)
    assert metrics["weighted_roc_auc"]["value"] == pytest.approx(
        sum(by_class[name] * films[name] for name in PATHOGENS) / sum(films.values())
    )
    for point in evaluation["operating_points"].values():
        assert {f"recall[{name}]" for name in PATHOGENS} <= point["metrics"].keys()

    film = next((tmp_path / "phantoms").rglob("test/PNEUMONIA/*"))
    prediction = predictor.predict(film)
    assert prediction.label in PATHOGENS
    heatmaps = [prediction.heatmap_for(name) for name in PATHOGENS]
    for heatmap in heatmaps:
        assert heatmap.shape == prediction.film_shape
        assert 0 <= heatmap.min() <= heatmap.max() <= 1
    assert not (heatmaps[0] == heatmaps[1]).all()
