"""All measures together, on phantoms, whose lungs and opacities are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.errors import DatasetError, ModelFileError
from pneumoscope.heatmap_checks.assess import assess, record_assessment
from pneumoscope.heatmap_checks.assessment import Assessment, read_assessment
from pneumoscope.inference.predictor import Predictor
from pneumoscope.phantoms import write_phantoms
from tiny_model import write_tiny_model
from varied_model import write_varied_model


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("phantoms")
    write_phantoms(root, 40, seed=1)
    return root


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture(scope="module")
def assessment(model: Path, phantoms: Path) -> Assessment:
    return assess(
        model,
        phantoms,
        lung_fields=phantoms / "lung_fields",
        boxes=phantoms / "boxes.csv",
        perturbed_films=12,
        replicates=20,
    )


def test_everything_is_measured_where_lungs_and_boxes_are_known(assessment: Assessment) -> None:
    assert assessment.films == {"NORMAL": 20, "PNEUMONIA": 20}
    assert assessment.perturbed_films == assessment.stability.films == 12
    assert assessment.grid == (4, 4)
    assert assessment.sanity is not None
    assert assessment.anatomy is not None
    assert assessment.anatomy.with_lungs == 40
    assert assessment.localisation is not None
    assert assessment.probes is not None


def test_what_needs_more_is_left_out_and_the_rest_is_the_same(
    assessment: Assessment, model: Path, phantoms: Path
) -> None:
    bare = assess(model, phantoms, perturbed_films=12, replicates=20)
    assert bare.anatomy is bare.localisation is bare.probes is None
    assert bare.faithfulness == assessment.faithfulness
    assert bare.sanity == assessment.sanity
    assert bare.stability == assessment.stability


def test_it_is_read_back_as_it_was_written(assessment: Assessment, tmp_path: Path) -> None:
    assessment.write(tmp_path)
    assert read_assessment(tmp_path).model_dump_json() == assessment.model_dump_json()
    (tmp_path / "assessment.json").write_text("{}")
    with pytest.raises(DatasetError, match="is no assessment"):
        read_assessment(tmp_path)
    with pytest.raises(DatasetError, match="could not be read"):
        read_assessment(tmp_path / "elsewhere")


def test_its_figures_go_into_the_model_that_was_assessed(
    assessment: Assessment, tmp_path: Path
) -> None:
    copy = write_tiny_model(tmp_path / "copy.onnx")
    record_assessment(assessment, copy)
    assert "faithfulness" in Predictor.load(copy).manifest.training["explanations"]
    with pytest.raises(ModelFileError, match="the facts are about"):
        record_assessment(assessment, write_varied_model(tmp_path / "other.onnx", seed=3))
