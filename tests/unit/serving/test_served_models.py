"""Models that are served, and what becomes of changed files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.errors import HistoryUnavailableError, PneumoscopeError, UnknownModelError
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.serving.served_models import ServedModels
from tiny_model import write_tiny_model


def test_a_changed_model_answers_once_the_history_knows_it(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    models = ServedModels.load([path])
    before = models.default
    known: list[ModelManifest] = []

    def unavailable(manifest: ModelManifest) -> None:
        raise HistoryUnavailableError("It does not answer.")

    assert models.refresh(known.append) == []
    points = {"balanced": {"NORMAL": 0.6, "PNEUMONIA": 0.4}}
    write_tiny_model(path, operating_points=points)
    assert models.refresh(unavailable) == []
    assert models.default is before
    assert "does not answer" in models.failures["tiny"]
    # It waits for the history, and is not loaded again.
    waiting: list[ModelManifest] = []

    def still_unavailable(manifest: ModelManifest) -> None:
        waiting.append(manifest)
        unavailable(manifest)

    for _ in range(2):
        assert models.refresh(still_unavailable) == []
    assert waiting[0] is waiting[1]
    assert models.refresh(known.append) == ["tiny"]
    assert models.failures == {}
    after = models.get("tiny")
    assert after.manifest.operating_points == points
    assert known == [after.manifest]
    assert after.digest != before.digest
    # Whoever was given the one before goes on with it.
    assert "screening" in before.manifest_at(0.2).operating_points


def test_models_have_names_of_their_own(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    other = write_tiny_model(tmp_path / "other.onnx", name="other")
    models = ServedModels.load([path, other])
    assert [model.name for model in models] == ["tiny", "other", "phantoms"]
    assert models.get(None) is models.get("tiny")
    with pytest.raises(UnknownModelError, match="no model 'tinny'"):
        models.get("tinny")
    with pytest.raises(PneumoscopeError, match="both called 'tiny'"):
        ServedModels.load([path, write_tiny_model(tmp_path / "copy.onnx")])
