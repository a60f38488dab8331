"""An ensemble is one model file that answers with the average of its members."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import zoom

from pneumoscope.errors import ModelFileError, PneumoscopeError
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.inference.predictor import Predictor
from pneumoscope.merging.ensemble import write_ensemble
from pneumoscope.merging.flip import write_flipped
from pneumoscope.merging.source_models import read_source_model
from pneumoscope.merging.weights import MemberWeights
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import find_model
from pneumoscope.modelfile.manifest import FINGERPRINT_BYTES, ModelManifest, SeenFilms
from tiny_model import SIZE, tempered
from varied_model import write_varied_model

TWO = ("NORMAL", "PNEUMONIA")
THREE = ("NORMAL", "BACTERIA", "VIRUS")


def merge(
    paths: list[Path], out: Path, weights: list[float] | None = None, name: str = "both"
) -> ModelManifest:
    members = [read_source_model(path) for path in paths]
    shares = (
        MemberWeights.given(weights, len(paths)) if weights else MemberWeights.equal(len(paths))
    )
    return write_ensemble(members, shares, out, name=name)


def draw_films(count: int = 5) -> list[npt.NDArray[np.uint8]]:
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, (SIZE, SIZE), np.uint8) for _ in range(count)]


def average_by_hand(
    paths: list[Path], weights: list[float], film: npt.NDArray[np.uint8]
) -> dict[str, float]:
    answers = [Predictor.load(path).predict(film).probabilities for path in paths]
    return {
        name: sum(
            weight / sum(weights) * answer[name]
            for weight, answer in zip(weights, answers, strict=True)
        )
        for name in answers[0]
    }


@settings(max_examples=10)
@given(
    weights=st.lists(st.floats(0.01, 10.0), min_size=2, max_size=3),
    gain=st.sampled_from([0.1, 5.0, 500.0]),
    temperature=st.floats(0.2, 20.0),
    names=st.sampled_from([TWO, THREE]),
)
def test_probabilities_are_the_weighted_mean(
    tmp_path_factory: pytest.TempPathFactory,
    weights: list[float],
    gain: float,
    temperature: float,
    names: tuple[str, ...],
) -> None:
    folder = tmp_path_factory.mktemp("models")
    paths = [
        write_varied_model(
            folder / f"{seed}.onnx",
            seed,
            names,
            gain=gain,
            calibration=tempered(names, temperature + seed),
        )
        for seed in range(len(weights))
    ]
    merge(paths, folder / "both.onnx", weights)
    predictor = Predictor.load(folder / "both.onnx")
    for film in draw_films(2):
        assert predictor.predict(film).probabilities == pytest.approx(
            average_by_hand(paths, weights, film), abs=1e-6
        )


def test_members_are_brought_to_the_prevalence_of_the_first(tmp_path: Path) -> None:
    common = {"NORMAL": 0.3, "PNEUMONIA": 0.7}
    shares = [common, {"NORMAL": 0.9, "PNEUMONIA": 0.1}]
    offset = {"NORMAL": -0.4, "PNEUMONIA": 0.4}
    paths = [
        write_varied_model(
            tmp_path / f"{seed}.onnx",
            seed,
            prevalence=prevalence,
            calibration={"scale": dict.fromkeys(TWO, 1.5), "offset": offset},
        )
        for seed, prevalence in enumerate(shares)
    ]
    manifest = merge(paths, tmp_path / "both.onnx")
    assert manifest.prevalence == common
    film = draw_films(1)[0]
    first, second = (Predictor.load(path) for path in paths)
    second = second.at_prevalence(0.7)
    mean = np.mean([each.predict(film).probability("PNEUMONIA") for each in (first, second)])
    merged = Predictor.load(tmp_path / "both.onnx").predict(film)
    assert merged.probability("PNEUMONIA") == pytest.approx(mean, abs=1e-6)
    expected = np.mean([each.manifest.thresholds() for each in (first, second)], axis=0)
    assert manifest.thresholds() == pytest.approx(expected.tolist())


def test_a_member_of_no_stated_prevalence_leaves_the_ensemble_without(tmp_path: Path) -> None:
    paths = [
        write_varied_model(tmp_path / "a.onnx", 1),
        write_varied_model(tmp_path / "b.onnx", 2, prevalence=None),
    ]
    assert merge(paths, tmp_path / "both.onnx").prevalence is None


def test_every_film_of_a_batch_is_answered(tmp_path: Path) -> None:
    paths = [write_varied_model(tmp_path / f"{seed}.onnx", seed) for seed in (1, 2)]
    merge(paths, tmp_path / "both.onnx")
    predictor = Predictor.load(tmp_path / "both.onnx")
    films = draw_films(5)
    for film, answer in zip(films, predictor.predict_many(films, batch_size=3), strict=True):
        assert answer.probabilities == pytest.approx(average_by_hand(paths, [1, 1], film), abs=1e-6)


def test_classes_are_matched_by_name(tmp_path: Path) -> None:
    paths = [
        write_varied_model(tmp_path / "a.onnx", 1, THREE),
        write_varied_model(tmp_path / "b.onnx", 2, (THREE[0], THREE[2], THREE[1])),
    ]
    manifest = merge(paths, tmp_path / "both.onnx")
    assert manifest.class_names == THREE
    film = draw_films(1)[0]
    answer = Predictor.load(tmp_path / "both.onnx").predict(film)
    assert answer.probabilities == pytest.approx(average_by_hand(paths, [1, 1], film), abs=1e-6)
    maps = [Predictor.load(path).predict(film).cam for path in paths]
    expected = (maps[0] + maps[1][[0, 2, 1]]) / 2 / 8.0
    np.testing.assert_allclose(answer.cam, expected, rtol=1e-4, atol=1e-5)


def test_heatmaps_are_averaged_each_in_units_of_its_own_full_heat(tmp_path: Path) -> None:
    coarse = write_varied_model(
        tmp_path / "coarse.onnx", 1, cells=4, evidence_scale={"NORMAL": 2.0, "PNEUMONIA": 4.0}
    )
    fine = write_varied_model(
        tmp_path / "fine.onnx",
        2,
        cells=8,
        gain=800.0,
        evidence_scale={"NORMAL": 300.0, "PNEUMONIA": 100.0},
    )
    manifest = merge([coarse, fine], tmp_path / "both.onnx", [1.0, 3.0])
    film = draw_films(1)[0]
    maps = [Predictor.load(path).predict(film).cam for path in (coarse, fine)]
    enlarged = zoom(maps[0], (1, 2, 2), order=1, mode="nearest", grid_mode=True)
    answer = Predictor.load(tmp_path / "both.onnx").predict(film)
    np.testing.assert_allclose(
        answer.cam, 0.25 * enlarged / 3.0 + 0.75 * maps[1] / 200.0, rtol=1e-4, atol=1e-5
    )
    assert manifest.evidence_scale == pytest.approx(
        {"NORMAL": 0.25 * 2 / 3 + 0.75 * 1.5, "PNEUMONIA": 0.25 * 4 / 3 + 0.75 * 0.5}
    )
    assert answer.heatmap.shape == film.shape
    assert 0.0 <= answer.heatmap.min() <= answer.heatmap.max() <= 1.0


def test_the_graph_is_sound(tmp_path: Path) -> None:
    paths = [write_varied_model(tmp_path / f"{seed}.onnx", seed, cells=4 * seed) for seed in (1, 2)]
    merge(paths, tmp_path / "both.onnx")
    onnx.checker.check_model(tmp_path / "both.onnx", full_check=True)


def test_embeddings_are_joined(tmp_path: Path) -> None:
    paths = [write_varied_model(tmp_path / f"{seed}.onnx", seed) for seed in (1, 2)]
    merge(paths, tmp_path / "both.onnx")
    film = draw_films(1)[0]
    parts = [Predictor.load(path).predict(film).embedding for path in paths]
    answer = Predictor.load(tmp_path / "both.onnx").predict(film)
    np.testing.assert_allclose(answer.embedding, np.concatenate(parts), rtol=1e-5)


def test_an_ensemble_may_be_a_member(tmp_path: Path) -> None:
    paths = [write_varied_model(tmp_path / f"{seed}.onnx", seed) for seed in (1, 2, 3)]
    merge(paths[:2], tmp_path / "two.onnx")
    manifest = merge([tmp_path / "two.onnx", paths[2]], tmp_path / "three.onnx", [2, 1])
    film = draw_films(1)[0]
    assert Predictor.load(tmp_path / "three.onnx").predict(film).probabilities == pytest.approx(
        average_by_hand(paths, [1, 1, 1], film), abs=1e-6
    )
    assert manifest.architecture == "ensemble(ensemble(varied1, varied2), varied3)"


def test_the_manifest_says_what_it_is_made_of(tmp_path: Path) -> None:
    first = write_varied_model(
        tmp_path / "a.onnx",
        1,
        operating_points={
            "balanced": {"NORMAL": 0.4, "PNEUMONIA": 0.6},
            "own": {"NORMAL": 0.5, "PNEUMONIA": 0.5},
        },
    )
    second = write_varied_model(
        tmp_path / "b.onnx", 2, operating_points={"balanced": {"NORMAL": 0.8, "PNEUMONIA": 0.2}}
    )
    written = merge([first, second], tmp_path / "both.onnx", [3, 1], name="a-and-b")
    manifest = read_manifest(tmp_path / "both.onnx")
    assert manifest == written
    assert manifest.name == "a-and-b"
    assert manifest.operating_points == {
        "balanced": pytest.approx({"NORMAL": 0.5, "PNEUMONIA": 0.5})
    }
    members = manifest.training["ensemble"]
    assert [member["name"] for member in members] == ["a", "b"]
    assert [member["weight"] for member in members] == [0.75, 0.25]
    assert [member["graph_sha256"] for member in members] == [
        read_manifest(path).graph_sha256 for path in (first, second)
    ]
    assert manifest.training["weights"] == "given"
    assert manifest.training["validation"] is None
    assert manifest.card.licence == "Apache-2.0"
    assert "a (0.750), b (0.250)" in manifest.card.limitations
    assert "not fitted to it" in manifest.card.limitations


@pytest.mark.parametrize(
    ("changes", "names", "message"),
    [
        ({}, THREE, "classes differ: NORMAL, PNEUMONIA and BACTERIA, NORMAL, VIRUS"),
        (
            {"preprocess": PreprocessConfig(size=SIZE, clahe=True)},
            TWO,
            "preprocessing settings differ: .* clahe False and .* clahe True",
        ),
        ({"normal_class": None}, TWO, "normal classes differ: NORMAL and none"),
    ],
)
def test_members_must_answer_the_same_question(
    tmp_path: Path, changes: dict[str, object], names: tuple[str, ...], message: str
) -> None:
    paths = [
        write_varied_model(tmp_path / "a.onnx", 1),
        write_varied_model(tmp_path / "b.onnx", 2, names, **changes),
    ]
    with pytest.raises(ModelFileError, match=message):
        merge(paths, tmp_path / "both.onnx")
    assert not (tmp_path / "both.onnx").exists()


def test_one_network_cannot_be_two_members(tmp_path: Path) -> None:
    paths = [write_varied_model(tmp_path / name, 1) for name in ("a.onnx", "b.onnx")]
    with pytest.raises(ModelFileError, match=r"a\.onnx and .*b\.onnx are the same network"):
        merge(paths, tmp_path / "both.onnx")
    with pytest.raises(PneumoscopeError, match="two models or more"):
        merge(paths[:1], tmp_path / "both.onnx")


def test_no_member_is_overwritten_and_names_are_checked(tmp_path: Path) -> None:
    paths = [write_varied_model(tmp_path / f"{seed}.onnx", seed) for seed in (1, 2)]
    before = paths[0].read_bytes()
    with pytest.raises(ModelFileError, match="one of the models that the new file is made of"):
        merge(paths, paths[0])
    assert paths[0].read_bytes() == before
    with pytest.raises(ModelFileError, match="its name is wrong"):
        merge(paths, tmp_path / "both.onnx", name="a name")


@pytest.mark.parametrize("numbers", [[1.0], [1.0, 0.0], [1.0, -1.0], [1.0, float("nan")]])
def test_weights_are_positive_and_one_for_each_member(numbers: list[float]) -> None:
    with pytest.raises(PneumoscopeError, match="2 members need 2 positive weights"):
        MemberWeights.given(numbers, 2)


def test_the_packaged_model_joins_a_second_one(tmp_path: Path) -> None:
    """Real networks: the packaged one, and the same averaged over mirrored films."""
    packaged = find_model()
    write_flipped(read_source_model(packaged), tmp_path / "flip.onnx", name="flip")
    paths = [packaged, tmp_path / "flip.onnx"]
    merge(paths, tmp_path / "both.onnx", [0.3, 0.7])
    film = np.random.default_rng(0).integers(0, 256, (300, 260), np.uint8)
    assert Predictor.load(tmp_path / "both.onnx").predict(film).probabilities == pytest.approx(
        average_by_hand(paths, [0.3, 0.7], film), abs=1e-6
    )


def test_a_merged_file_has_seen_what_its_members_have(tmp_path: Path) -> None:
    prints = [base64.b64encode(bytes([number]) * FINGERPRINT_BYTES).decode() for number in range(4)]
    both = base64.b64encode(
        bytes([0]) * FINGERPRINT_BYTES + bytes([2]) * FINGERPRINT_BYTES
    ).decode()
    first = write_varied_model(
        tmp_path / "first.onnx", 1, seen=SeenFilms(train=prints[0], val=prints[1])
    )
    second = write_varied_model(
        tmp_path / "second.onnx", 2, seen=SeenFilms(train=prints[2], val=prints[1])
    )
    merged = merge([first, second], tmp_path / "both.onnx")
    assert merged.seen == SeenFilms(train=both, val=prints[1])
    older = write_varied_model(tmp_path / "older.onnx", 3)
    assert merge([first, older], tmp_path / "both.onnx").seen is None
    flipped = write_flipped(read_source_model(first), tmp_path / "flipped.onnx", name="flipped")
    assert flipped.seen == SeenFilms(train=prints[0], val=prints[1])
