"""Raw maps and their geometry give back what the prediction shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumoscope.errors import DatasetError
from pneumoscope.heatmaps.explain import explain
from pneumoscope.heatmaps.raw_maps import place_evidence, read_geometry
from pneumoscope.imaging.preprocessing import Fit, PreprocessConfig
from pneumoscope.inference.predictor import Predictor
from tiny_model import SIZE, write_tiny_model


@pytest.mark.parametrize(
    ("fit", "film_box", "square_box"),
    [
        ("stretch", (0, 0, 80, 50), (0, 0, 32, 32)),
        ("pad", (0, 0, 80, 50), (0, 6, 32, 26)),
        ("crop", (15, 0, 65, 50), (0, 0, 32, 32)),
    ],
)
def test_map_and_geometry_are_the_evidence_of_the_prediction(
    tmp_path: Path, fit: Fit, film_box: tuple[int, ...], square_box: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    film = tmp_path / "film.png"
    Image.fromarray(rng.integers(0, 256, (50, 80), dtype=np.uint8)).save(film)
    preprocess = PreprocessConfig(size=SIZE, fit=fit)
    predictor = Predictor.load(write_tiny_model(tmp_path / "m.onnx", preprocess=preprocess))
    explain(predictor, film, tmp_path / "out")

    geometry = read_geometry(tmp_path / "out" / "maps")
    (entry,) = geometry.films
    assert (entry.film_box, entry.square_box) == (film_box, square_box)
    assert (entry.height, entry.width) == (50, 80)
    raw = np.load(tmp_path / "out" / "maps" / entry.map)
    assert (raw.dtype, raw.shape) == (np.float32, (2, 4, 4))
    prediction = predictor.predict(film)
    placed = place_evidence(raw, entry, geometry.preprocess)
    heat = place_evidence(raw, entry, geometry.preprocess, (25, 40), lowest=0)
    for index, name in enumerate(geometry.class_names):
        np.testing.assert_array_equal(placed[index], prediction.evidence_for(name))
        np.testing.assert_array_equal(heat[index], prediction.heatmap_for(name, (25, 40)))
    assert placed.min() < 0 < placed.max()


def test_a_missing_or_damaged_geometry_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="could not be read"):
        read_geometry(tmp_path)
    (tmp_path / "geometry.json").write_text('{"films": 3}')
    with pytest.raises(DatasetError, match="no geometry of maps"):
        read_geometry(tmp_path)
