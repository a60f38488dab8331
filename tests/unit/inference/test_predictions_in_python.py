"""Predictors and predictions where people work with them: other processes, folders, notebooks and
tables."""

from __future__ import annotations

import io
import json
import multiprocessing
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.errors import MissingExtraError, ModelFileError, PneumoscopeError
from pneumoscope.inference.frames import to_arrow, to_pandas
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.find import find_model
from tiny_model import write_tiny_model
from varied_model import write_varied_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_varied_model(tmp_path_factory.mktemp("model") / "tiny.onnx", seed=1)


@pytest.fixture
def predictor(model: Path) -> Predictor:
    return Predictor.load(model, threads=1, prevalence=0.2)


def grain() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (60, 50), dtype=np.uint8)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "films" / "film <b>.png"
    path.parent.mkdir()
    Image.fromarray(grain()).save(path)
    return path


def _same(one: Prediction, other: Prediction) -> bool:
    return (
        one.probabilities == other.probabilities
        and one.manifest == other.manifest
        and bool((one.cam == other.cam).all())
    )


def test_a_predictor_answers_alike_in_another_process(predictor: Predictor, film: Path) -> None:
    here = predictor.predict(film)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        there = pool.submit(predictor.predict, film).result()
    assert _same(here, there)
    assert there.source == film


def test_a_pickled_predictor_is_opened_from_its_path_anywhere(
    model: Path, film: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(model.parent)
    predictor = Predictor.load("tiny.onnx")
    pickled = pickle.dumps(predictor)
    monkeypatch.chdir(tmp_path)
    assert _same(pickle.loads(pickled).predict(film), predictor.predict(film))


def test_a_pickled_predictor_does_not_carry_its_network() -> None:
    weights = find_model("phantoms").stat().st_size
    assert len(pickle.dumps(Predictor.load("phantoms"))) < weights / 5


def test_a_model_that_changed_meanwhile_is_no_answer(tmp_path: Path) -> None:
    path = write_varied_model(tmp_path / "model.onnx", seed=1)
    pickled = pickle.dumps(Predictor.load(path))
    write_varied_model(path, seed=2)
    with pytest.raises(ModelFileError, match="another model"):
        pickle.loads(pickled)


def test_a_pickled_prediction_leaves_pixels_behind(predictor: Predictor) -> None:
    prediction = predictor.predict(grain())
    again = pickle.loads(pickle.dumps(prediction))
    assert prediction.source is not None
    assert again.source is None
    assert _same(prediction, again)


def test_a_batch_keeps_paths_and_no_pixels(predictor: Predictor, film: Path) -> None:
    of_path, of_pixels = predictor.predict_many([film, grain()])
    assert isinstance(of_path, Prediction)
    assert isinstance(of_pixels, Prediction)
    assert (of_path.source, of_pixels.source) == (film, None)


def test_a_dictionary_is_what_the_command_prints(
    predictor: Predictor, model: Path, film: Path
) -> None:
    arguments = ["predict", str(film), "--model", str(model), "--prevalence", "0.2", "--json"]
    document = json.loads(CliRunner().invoke(main, arguments).stdout)
    told = predictor.predict(film).to_dict()
    assert json.loads(json.dumps(told)) == document["films"][0] | {
        "milliseconds": told["milliseconds"]
    }


def test_a_prediction_is_saved_as_four_files(
    predictor: Predictor, film: Path, tmp_path: Path
) -> None:
    prediction = predictor.predict(film)
    files = prediction.save(tmp_path / "out", operating_point="screening")
    picture, overlay, heatmap, document = files
    assert sorted(path.name for path in files) == [
        "film <b>.png.film.png",
        "film <b>.png.heatmap.npy",
        "film <b>.png.json",
        "film <b>.png.overlay.png",
    ]
    np.testing.assert_array_equal(np.asarray(Image.open(picture)), grain())
    interest = prediction.call("screening").class_of_interest
    np.testing.assert_array_equal(np.load(heatmap), prediction.heatmap_for(interest))
    told = json.loads(document.read_text(encoding="utf-8"))
    assert told["operating_point"] == "screening"
    assert told["films"][0]["heatmap"] == {"file": str(overlay), "class": interest}
    assert Image.open(overlay).width > 400
    assert prediction.save(tmp_path / "out") == files  # our own


def test_nothing_of_somebody_else_is_replaced(
    predictor: Predictor, film: Path, tmp_path: Path
) -> None:
    prediction = predictor.predict(film)
    theirs = tmp_path / "out" / f"{film.name}.json"
    theirs.parent.mkdir()
    theirs.write_text("theirs", encoding="utf-8")
    with pytest.raises(PneumoscopeError, match="did not write it"):
        prediction.save(theirs.parent)
    assert [path.name for path in theirs.parent.iterdir()] == [theirs.name]
    prediction.save(theirs.parent, overwrite=True)
    other = tmp_path / "other" / film.name
    other.parent.mkdir()
    Image.fromarray(grain()).save(other)
    with pytest.raises(PneumoscopeError, match="another film of the same name"):
        predictor.predict(other).save(theirs.parent)


def test_a_film_that_is_not_there_is_asked_for(predictor: Predictor, tmp_path: Path) -> None:
    (prediction,) = predictor.predict_many([grain()])
    assert isinstance(prediction, Prediction)
    with pytest.raises(PneumoscopeError, match="film="):
        prediction.save(tmp_path)
    assert len(prediction.save(tmp_path, film=grain())) == 4


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_card_stands_alone_and_escapes(predictor: Predictor, film: Path) -> None:
    prediction = predictor.predict(film)
    page = prediction._repr_html_()
    elements = _Elements(page)
    assert elements.open == []
    assert set(elements.seen) == {"div", "img", "br"}
    assert "film &lt;b&gt;.png" in page
    assert prediction.call().reading in page
    assert "Research software, not a medical device." in page
    assert "http" not in page
    for source in (film.read_bytes(), io.BytesIO(film.read_bytes()), Image.open(film), grain()):
        assert "<img" in predictor.predict(source)._repr_html_()
    with io.BytesIO(film.read_bytes()) as stream:
        gone = predictor.predict(stream)
    assert "not there to be shown" in gone._repr_html_()


def test_outcomes_become_tables(predictor: Predictor, film: Path, tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is in the extra data")
    pytest.importorskip("pyarrow", reason="pyarrow is in the extra data")
    (tmp_path / "broken.png").write_bytes(b"no film")
    films = [film, tmp_path / "broken.png"]
    frame = to_pandas(predictor.predict_many(films))
    prediction = predictor.predict(film)
    assert list(frame["film"]) == [str(path) for path in films]
    assert frame["probability"][0] == pytest.approx(prediction.call().probability)
    assert frame["probability_PNEUMONIA"][0] == pytest.approx(prediction.probability("PNEUMONIA"))
    assert frame["prevalence"][0] == pytest.approx(0.2)
    assert frame["error"][0] is None or frame["error"].isna()[0]
    assert "not a" in frame["error"][1]
    assert frame["finding"].isna().tolist() == [False, True]
    table = to_arrow(predictor.predict_many(films))
    assert table.column_names == list(frame.columns)
    assert table["finding"].to_pylist() == [prediction.label, None]


def test_columns_are_those_of_csv(predictor: Predictor, model: Path, film: Path) -> None:
    arguments = ["predict", str(film), "--model", str(model), "--csv"]
    columns = CliRunner().invoke(main, arguments).stdout.splitlines()[0].split(",")
    left_out = {"heatmap", "sha256"}
    assert list(to_pandas([predictor.predict(film)])) == [
        name for name in columns if name not in left_out
    ]


def test_a_missing_package_is_told_with_its_extra(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"pip install .*\[data\]"):
        to_pandas([])


def test_a_predictor_is_told_in_one_line(tmp_path: Path) -> None:
    predictor = Predictor.load(write_tiny_model(tmp_path / "tiny.onnx"))
    assert repr(predictor) == "<Predictor tiny: NORMAL, PNEUMONIA>"
