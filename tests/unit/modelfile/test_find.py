"""Models are found by path and by name, and those that are packaged are sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pneumoscope.errors import UnknownModelError
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import DEFAULT_MODEL, find_model, packaged_models
from pneumoscope.runs.folder import RunFolder


def test_a_model_is_found_by_path(tmp_path: Path) -> None:
    model = Path(shutil.copy(find_model(DEFAULT_MODEL), tmp_path / "model.onnx"))
    assert find_model(model) == find_model(str(model)) == model


def test_the_folder_of_a_finished_run_stands_for_its_model(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match=r"is no run: it holds neither model\.onnx nor"):
        find_model(tmp_path)
    run = RunFolder(tmp_path)
    run.recipe.touch()
    with pytest.raises(UnknownModelError, match=r"not finished.*train --recipe .* --data FILMS"):
        find_model(tmp_path)
    run.checkpoints.mkdir()
    run.last.touch()
    with pytest.raises(UnknownModelError, match=rf"not finished.*train --resume {tmp_path}`"):
        find_model(tmp_path)
    model = shutil.copy(find_model(DEFAULT_MODEL), tmp_path / "model.onnx")
    assert find_model(tmp_path) == Path(model)


def test_every_packaged_model_is_sound_and_found_by_name() -> None:
    for name, path in packaged_models().items():
        assert read_manifest(path).name == name
        assert find_model(name) == path


def test_a_folder_of_films_does_not_hide_the_packaged_model_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "phantoms" / "chest_xray").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert find_model("phantoms") == packaged_models()["phantoms"]


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(
        UnknownModelError, match="no packaged model 'mobilenetv3-peddiatric'"
    ) as caught:
        find_model("mobilenetv3-peddiatric")
    assert caught.value.hint.endswith("give the path of a model file.")
