"""What a prediction says, checked by hand on small numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pneumoscope.errors import PneumoscopeError
from pneumoscope.imaging.film import FilmTags
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.inference.call import Call
from pneumoscope.inference.finding import Finding, Findings
from pneumoscope.inference.prediction import Prediction
from pneumoscope.modelfile.manifest import ModelManifest
from tiny_model import tiny_manifest

THREE = ("NORMAL", "BACTERIA", "VIRUS")


def prediction(
    probabilities: tuple[float, ...],
    manifest: ModelManifest | None = None,
    cam: np.ndarray | None = None,
    film_shape: tuple[int, int] = (48, 64),
) -> Prediction:
    manifest = manifest or tiny_manifest()
    classes = len(manifest.class_names)
    return Prediction(
        film="film.png",
        probabilities=dict(zip(manifest.class_names, probabilities, strict=True)),
        logits=(0.0,) * classes,
        cam=np.zeros((classes, 4, 4), np.float32) if cam is None else cam,
        embedding=np.zeros(2, np.float32),
        tags=FilmTags(format="PNG"),
        film_shape=film_shape,
        timings={},
        manifest=manifest,
    )


def test_operating_points_decide_differently() -> None:
    finding = prediction((0.8, 0.2))
    assert finding.label == finding.decide() == "NORMAL"
    assert finding.decide("screening") == "PNEUMONIA"


def test_a_film_on_the_line_is_called_ill() -> None:
    assert prediction((0.5, 0.5)).label == "PNEUMONIA"


def test_an_unknown_operating_point_names_the_nearest() -> None:
    with pytest.raises(PneumoscopeError, match="Did you mean 'balanced'"):
        prediction((0.8, 0.2)).decide("balance")


def test_the_heatmap_is_of_the_class_of_interest() -> None:
    cam = np.zeros((2, 4, 4), np.float32)
    cam[1] = 8.0
    for probabilities in ((0.7, 0.3), (0.2, 0.8)):
        finding = prediction(probabilities, cam=cam)
        assert finding.call().class_of_interest == "PNEUMONIA"
        np.testing.assert_array_equal(finding.heatmap, finding.heatmap_for("PNEUMONIA"))
        assert finding.heatmap.max() > 0.9


def test_the_operating_point_chooses_the_class_of_interest() -> None:
    points = {
        "balanced": {"NORMAL": 0.5, "BACTERIA": 0.4, "VIRUS": 0.1},
        "screening": {"NORMAL": 0.8, "BACTERIA": 0.05, "VIRUS": 0.15},
    }
    finding = prediction((0.6, 0.25, 0.15), tiny_manifest(THREE, operating_points=points))
    assert finding.call() == Call("VIRUS", "VIRUS", 0.15, 0.1)
    assert finding.call("screening") == Call("BACTERIA", "BACTERIA", 0.25, 0.05)


def test_heat_is_evidence_over_the_other_classes_on_an_absolute_scale() -> None:
    scale = {"NORMAL": 1.0, "BACTERIA": 4.0, "VIRUS": 1.0}
    cam = np.stack([np.full((4, 4), value, np.float32) for value in (1.0, 4.0, 3.0)])
    finding = prediction((0.1, 0.8, 0.1), tiny_manifest(THREE, evidence_scale=scale), cam)
    # BACTERIA: 4 - (1 + 3) / 2 = 2, half of its scale. NORMAL: 1 - 3.5 < 0. VIRUS: 3 - 2.5.
    np.testing.assert_allclose(finding.heatmap, 0.5, atol=1e-6)
    assert (finding.heatmap_for("NORMAL") == 0).all()
    np.testing.assert_allclose(finding.heatmap_for("VIRUS"), 0.5, atol=1e-6)


def test_heat_lies_in_zero_to_one_on_the_film() -> None:
    cam = np.zeros((2, 4, 4), np.float32)
    cam[1, 0, 3] = 100.0  # top right
    heatmap = prediction((0.2, 0.8), cam=cam, film_shape=(480, 640)).heatmap
    assert heatmap.shape == (480, 640)
    assert heatmap.dtype == np.float32
    assert heatmap.min() == 0.0
    assert heatmap.max() == pytest.approx(1.0)
    assert heatmap[:100, -100:].mean() > 0.5
    assert (heatmap[300:, :300] == 0).all()


def test_heat_keeps_to_what_a_crop_left_of_the_film() -> None:
    manifest = tiny_manifest(preprocess=PreprocessConfig(size=32, fit="crop"))
    cam = np.zeros((2, 4, 4), np.float32)
    cam[1] = 8.0
    heatmap = prediction((0.2, 0.8), manifest, cam, film_shape=(100, 200)).heatmap
    assert (heatmap[:, :50] == 0).all()
    np.testing.assert_allclose(heatmap[:, 50:150], 1.0)


def test_heat_can_be_drawn_on_a_reduced_copy() -> None:
    assert prediction((0.2, 0.8)).heatmap_for("PNEUMONIA", (24, 32)).shape == (24, 32)


def test_an_unknown_class_names_the_nearest() -> None:
    with pytest.raises(PneumoscopeError, match="Did you mean 'PNEUMONIA'"):
        prediction((0.2, 0.8)).heatmap_for("PNEUMONA")


def test_it_is_told_in_one_line_without_arrays() -> None:
    finding = prediction((0.7, 0.3))
    assert repr(finding) == (
        "<Prediction film.png: NORMAL (PNEUMONIA 30.0 %, below the threshold of 50.0 %), tiny>"
    )
    assert repr(Finding.of(finding, "screening")) == (
        "<Finding film.png: PNEUMONIA (PNEUMONIA 30.0 %, above the threshold of 10.0 %)>"
    )
    assert repr(Findings(finding.manifest, "balanced")) == "<Findings 0 films, 0 unreadable, tiny>"
