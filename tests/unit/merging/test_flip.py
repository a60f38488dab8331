"""Averaging over a film and its mirror image, inside a model file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pneumoscope.errors import ModelFileError
from pneumoscope.inference.predictor import Predictor
from pneumoscope.merging.ensemble import write_ensemble
from pneumoscope.merging.flip import write_flipped
from pneumoscope.merging.source_models import read_source_model
from pneumoscope.merging.weights import MemberWeights
from pneumoscope.modelfile.file import read_manifest
from tiny_model import SIZE, tempered
from varied_model import write_varied_model

THREE = ("NORMAL", "BACTERIA", "VIRUS")


def flipped(path: Path) -> Path:
    out = path.with_name(f"flip-{path.name}")
    write_flipped(read_source_model(path), out, name=out.stem)
    return out


@settings(max_examples=10)
@given(
    seed=st.integers(0, 1000),
    temperature=st.floats(0.2, 20.0),
    names=st.sampled_from([("NORMAL", "PNEUMONIA"), THREE]),
)
def test_it_is_the_mean_over_both_images(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    temperature: float,
    names: tuple[str, ...],
) -> None:
    path = write_varied_model(
        tmp_path_factory.mktemp("model") / "one.onnx",
        seed,
        names,
        calibration=tempered(names, temperature),
    )
    plain, both = Predictor.load(path), Predictor.load(flipped(path))
    film = np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE), np.uint8)
    seen, mirrored = plain.predict(film), plain.predict(film[:, ::-1])
    answer = both.predict(film)
    mean = {name: (seen.probabilities[name] + mirrored.probabilities[name]) / 2 for name in names}
    assert answer.probabilities == pytest.approx(mean, abs=1e-6)
    np.testing.assert_allclose(
        answer.cam, (seen.cam + mirrored.cam[:, :, ::-1]) / 2, rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        answer.embedding, (seen.embedding + mirrored.embedding) / 2, rtol=1e-4, atol=1e-6
    )


def test_a_film_and_its_mirror_image_get_one_answer(tmp_path: Path) -> None:
    path = write_varied_model(tmp_path / "one.onnx", 4, gain=2.0)
    film = np.zeros((50, 40), np.uint8)
    film[:, :15] = 255
    plain = Predictor.load(path)
    pneumonia = [plain.predict(image).probabilities["PNEUMONIA"] for image in (film, film[:, ::-1])]
    assert abs(pneumonia[0] - pneumonia[1]) > 0.01  # the model itself tells them apart
    both = Predictor.load(flipped(path))
    answers = list(both.predict_many([film, film[:, ::-1]], batch_size=2))
    assert answers[0].probabilities == pytest.approx(answers[1].probabilities, abs=1e-6)
    np.testing.assert_allclose(answers[0].heatmap, answers[1].heatmap[:, ::-1], atol=1e-4)
    assert answers[0].heatmap.shape == film.shape


def test_every_film_of_a_batch_keeps_its_own_answer(tmp_path: Path) -> None:
    both = Predictor.load(flipped(write_varied_model(tmp_path / "one.onnx", 5)))
    films = list(np.random.default_rng(5).integers(0, 256, (7, SIZE, SIZE), np.uint8))
    alone = [both.predict(film).probabilities for film in films]
    for answer, expected in zip(both.predict_many(films, batch_size=4), alone, strict=True):
        assert answer.probabilities == pytest.approx(expected, abs=1e-6)


def test_the_graph_is_sound(tmp_path: Path) -> None:
    path = flipped(write_varied_model(tmp_path / "one.onnx", 1))
    onnx.checker.check_model(path, full_check=True)


def test_ensembles_can_be_flipped_and_flipped_files_be_members(tmp_path: Path) -> None:
    paths = [write_varied_model(tmp_path / f"{seed}.onnx", seed) for seed in (1, 2)]
    equal = MemberWeights.equal(2)
    merged = tmp_path / "merged.onnx"
    write_ensemble([read_source_model(path) for path in paths], equal, merged, name="merged")
    of_flipped = tmp_path / "of-flipped.onnx"
    write_ensemble(
        [read_source_model(flipped(path)) for path in paths], equal, of_flipped, name="of-flipped"
    )
    film = np.random.default_rng(6).integers(0, 256, (SIZE, SIZE), np.uint8)
    assert Predictor.load(flipped(merged)).predict(film).probabilities == pytest.approx(
        Predictor.load(of_flipped).predict(film).probabilities, abs=1e-6
    )


def test_settings_stay_and_the_manifest_says_what_was_done(tmp_path: Path) -> None:
    path = write_varied_model(
        tmp_path / "one.onnx", 1, training={"recipe": {"name": "r"}, "evaluation": {}, "parity": {}}
    )
    before, after = read_manifest(path), read_manifest(flipped(path))
    assert after.operating_points == before.operating_points
    assert after.evidence_scale == before.evidence_scale
    assert after.calibration == tempered(after.class_names, 1.0)
    assert after.prevalence == before.prevalence
    assert after.architecture == "flip(varied1)"
    assert after.training["recipe"] == {"name": "r"}
    assert after.training["flip"]["graph_sha256"] == before.graph_sha256
    assert "evaluation" not in after.training
    assert "mirror image" in after.card.limitations


def test_doing_it_twice_is_refused(tmp_path: Path) -> None:
    once = flipped(write_varied_model(tmp_path / "one.onnx", 1))
    with pytest.raises(ModelFileError, match="averages over mirrored films already"):
        flipped(once)
