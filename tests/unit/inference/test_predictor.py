"""The predictor, on real graphs and real files."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper
from PIL import Image
from scipy.special import softmax

from pneumoscope.errors import (
    ImageReadError,
    ModelFileError,
    PneumoscopeError,
    UnknownModelError,
)
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.file import write_model_file
from tiny_model import SIZE, tiny_graph, tiny_manifest, tiny_onnx, write_tiny_model


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Noisy films of several sizes, each a little brighter than the one before."""
    folder = tmp_path_factory.mktemp("films")
    generator = np.random.default_rng(0)
    paths = []
    for index in range(11):
        height, width = 40 + 7 * index, 90 - 3 * index
        pixels = generator.normal(20 * index + 20, 15, (height, width)).clip(0, 255)
        paths.append(folder / f"{index:02}.png")
        Image.fromarray(pixels.astype(np.uint8)).save(paths[-1])
    return paths


def gray(value: int) -> NDArray[np.uint8]:
    return np.full((50, 60), value, np.uint8)


def test_the_numbers_are_those_of_the_graph(predictor: Predictor) -> None:
    finding = predictor.predict(gray(204))
    brightness = 204 / 255
    # Levels 0 and 1, gain 8, scale one half; see tiny_model.
    assert finding.logits == pytest.approx((0.0, 16 * brightness - 8), abs=1e-5)
    expected = softmax([0.0, (16 * brightness - 8) / 2])
    assert list(finding.probabilities) == ["NORMAL", "PNEUMONIA"]
    np.testing.assert_allclose(list(finding.probabilities.values()), expected, atol=1e-6)
    np.testing.assert_allclose(finding.cam[1], 16 * brightness - 8, atol=1e-5)
    np.testing.assert_allclose(finding.embedding, [brightness, 1 - brightness], atol=1e-6)
    assert finding.label == "PNEUMONIA"
    assert predictor.predict(gray(40)).label == "NORMAL"


def test_heat_shows_where_the_film_is_bright(predictor: Predictor) -> None:
    film = gray(100)
    film[:25, :30] = 255
    heatmap = predictor.predict(film).heatmap_for("PNEUMONIA")
    assert heatmap.shape == film.shape
    assert heatmap[:20, :25].mean() > 0.8
    assert heatmap[35:, 40:].max() < 0.05


def test_every_kind_of_source_gives_the_same_answer(
    predictor: Predictor, films: list[Path]
) -> None:
    path = films[4]
    expected = predictor.predict(path)
    pixels = np.asarray(Image.open(path))
    with path.open("rb") as file:
        for source in (str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), file, pixels):
            finding = predictor.predict(source)
            assert finding.logits == expected.logits
            assert finding.film_shape == expected.film_shape == pixels.shape
    assert expected.film == str(path)
    assert expected.tags.format == "PNG"
    assert set(expected.timings) == {"read", "preprocess", "infer"}
    assert all(value >= 0 for value in expected.timings.values())


@pytest.mark.parametrize("batch_size", [1, 4, 16])
def test_batches_give_the_numbers_of_single_films(
    predictor: Predictor, films: list[Path], batch_size: int
) -> None:
    single = [predictor.predict(path) for path in films]
    batched = list(predictor.predict_many(films, batch_size=batch_size, workers=3))
    for one, many in zip(single, batched, strict=True):
        assert isinstance(many, Prediction)
        assert many.film == one.film
        np.testing.assert_allclose(many.logits, one.logits, atol=1e-5)
        np.testing.assert_allclose(many.cam, one.cam, atol=1e-5)
        np.testing.assert_allclose(many.embedding, one.embedding, atol=1e-5)


def test_unreadable_films_keep_their_place(
    predictor: Predictor, films: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(films[0].read_bytes()[:60])
    sources = [films[0], broken, films[1], tmp_path / "missing.png", films[2]]
    outcomes = list(predictor.predict_many(sources, batch_size=2))
    unreadable = [isinstance(outcome, UnreadableFilm) for outcome in outcomes]
    assert unreadable == [False, True, False, True, False]
    assert outcomes[1].path == str(broken)
    assert outcomes[1].reason


def test_a_batch_of_nothing_but_unreadable_films(predictor: Predictor, tmp_path: Path) -> None:
    outcomes = list(predictor.predict_many([tmp_path / "a", tmp_path / "b"], batch_size=2))
    assert [Path(outcome.path).name for outcome in outcomes] == ["a", "b"]


def test_sources_may_be_endless(predictor: Predictor) -> None:
    taken = 0

    def endless() -> Iterator[NDArray[np.uint8]]:
        nonlocal taken
        while True:
            taken += 1
            yield gray(taken % 256)

    outcomes = predictor.predict_many(endless(), batch_size=4)
    for _ in range(10):
        next(outcomes)
    outcomes.close()
    assert taken <= 10 + 3 * 4 + 1
    assert not [t for t in threading.enumerate() if t.name.startswith("read-films")]


def test_no_films_give_no_predictions(predictor: Predictor) -> None:
    assert list(predictor.predict_many([])) == []


def test_pixels_are_predicted_like_their_file(predictor: Predictor, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "film.png")
    expected = predictor.predict(tmp_path / "film.png")
    sources = [pixels, pixels / 255, np.dstack([pixels] * 3), Image.fromarray(pixels)]
    for answer in predictor.predict_many(sources):
        assert isinstance(answer, Prediction)
        assert answer.probabilities == pytest.approx(expected.probabilities, abs=1e-6)
        assert answer.film_shape == (40, 50)


def test_what_is_no_film_does_not_end_a_batch(predictor: Predictor) -> None:
    sources: list[Any] = [np.zeros((5, 5), np.int64), None, [[1]], np.zeros((5, 5), np.uint8)]
    *wrong, right = predictor.predict_many(sources)
    assert all(isinstance(answer, UnreadableFilm) for answer in wrong)
    assert isinstance(right, Prediction)


def test_an_unreadable_film_is_an_error(predictor: Predictor) -> None:
    with pytest.raises(ImageReadError):
        predictor.predict(b"no film at all")


def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(UnknownModelError):
        Predictor.load("no-such-model")


def test_a_provider_that_is_missing_is_never_replaced(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    with (
        pytest.warns(UserWarning, match="not in available provider"),
        pytest.raises(PneumoscopeError, match="cannot run a model with NoSuchProvider"),
    ):
        Predictor.load(path, providers=["NoSuchProvider", "CPUExecutionProvider"])


def test_a_graph_that_the_runtime_cannot_load_is_an_error(tmp_path: Path) -> None:
    proto = tiny_onnx()
    proto.graph.node[0].op_type = "RMSNormalization"  # which version 18 of the operators lacks
    write_model_file(proto.SerializeToString(), tiny_manifest(), tmp_path / "bad.onnx")
    with pytest.raises(ModelFileError, match="cannot load"):
        Predictor.load(tmp_path / "bad.onnx")


def test_a_graph_with_a_name_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    graph = tiny_graph().replace(b"brightness", b"brightn\xff\xff\xff", 1)
    write_model_file(graph, tiny_manifest(), tmp_path / "bad.onnx")
    with pytest.raises(ModelFileError, match="cannot load"):
        Predictor.load(tmp_path / "bad.onnx")


def test_a_size_with_a_name_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    proto = tiny_onnx()
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "films"
    graph = proto.SerializeToString().replace(b"films", b"film\xff", 1)
    write_model_file(graph, tiny_manifest(), tmp_path / "bad.onnx")
    with pytest.raises(ModelFileError, match="not UTF-8"):
        Predictor.load(tmp_path / "bad.onnx")


def test_a_graph_that_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    proto = tiny_onnx()
    proto.graph.node[-1].output[0] = "pooled"
    proto.graph.initializer.append(numpy_helper.from_array(np.array([-1, 7]), "rows_of_seven"))
    proto.graph.node.append(helper.make_node("Reshape", ["pooled", "rows_of_seven"], ["embedding"]))
    write_model_file(proto.SerializeToString(), tiny_manifest(), tmp_path / "bad.onnx")
    predictor = Predictor.load(tmp_path / "bad.onnx")
    with pytest.raises(ModelFileError, match="cannot run the model 'tiny'"):
        predictor.predict(gray(100))


def rename_input(proto: ModelProto) -> None:
    proto.graph.input[0].name = "pixels_in"
    proto.graph.node[0].input[0] = "pixels_in"


def drop_embedding(proto: ModelProto) -> None:
    del proto.graph.output[2]


def take_floats(proto: ModelProto) -> None:
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT


def fix_the_batch(proto: ModelProto) -> None:
    for tensor in (*proto.graph.input, *proto.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_value = 1


@pytest.mark.parametrize("change", [rename_input, drop_embedding, take_floats, fix_the_batch])
def test_a_graph_with_other_tensors_is_refused(
    change: Callable[[ModelProto], None], tmp_path: Path
) -> None:
    proto = tiny_onnx()
    change(proto)
    onnx.checker.check_model(proto)
    write_model_file(proto.SerializeToString(), tiny_manifest(), tmp_path / "other.onnx")
    with pytest.raises(ModelFileError, match="expected"):
        Predictor.load(tmp_path / "other.onnx")


def test_a_manifest_for_another_graph_is_refused(tmp_path: Path) -> None:
    three = tiny_manifest(("A", "B", "C"))
    write_model_file(tiny_graph(2), three, tmp_path / "classes.onnx")
    with pytest.raises(ModelFileError, match="logits"):
        Predictor.load(tmp_path / "classes.onnx")
    write_model_file(tiny_graph(2, 2 * SIZE), tiny_manifest(), tmp_path / "size.onnx")
    with pytest.raises(ModelFileError, match="image"):
        Predictor.load(tmp_path / "size.onnx")
