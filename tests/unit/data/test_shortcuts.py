import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pneumoscope.data.acquisition import Acquisition
from pneumoscope.data.measures import FilmMeasures
from pneumoscope.data.shortcuts import probe_shortcuts

BLANK = Acquisition.of(np.zeros((64, 64), dtype=np.uint8), 100, 80)


def film(**values) -> FilmMeasures:
    fixed = dict.fromkeys(("mean", "contrast", "sharpness", "border", "black", "white"), 0.0)
    sizes = {"width": 100, "height": 80, "file_size": 1000, "frame": b"", "acquisition": BLANK}
    return FilmMeasures(
        path="film.png",
        format="PNG",
        digest="",
        hash=b"",
        **{**fixed, **sizes, **values},
    )


def probe(values, labels, names=("NORMAL", "PNEUMONIA")):
    films = [film(sharpness=value) for value in values]
    patients = [str(i) for i in range(len(films))]
    return probe_shortcuts(films, labels, patients, names, np.random.default_rng(0))


def test_area_is_that_of_scikit_learn_turned_above_one_half():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    values = rng.normal(size=200) - labels
    (found,) = probe(values, labels)
    assert found.auc.value == pytest.approx(1 - roc_auc_score(labels, values))
    assert found.auc.low < found.auc.value < found.auc.high
    assert (found.statistic, found.class_name, found.direction) == (
        "sharpness",
        "PNEUMONIA",
        "lower",
    )
    assert found.medians["NORMAL"] == pytest.approx(np.median(values[labels == 0]))


def test_of_several_classes_the_one_that_is_told_best_is_named():
    labels = np.repeat([0, 1, 2], 50)
    values = np.random.default_rng(0).normal(size=150) + 5 * (labels == 1)
    (found,) = probe(values, labels, ("A", "B", "C"))
    assert (found.class_name, found.direction) == ("B", "higher")
    assert found.auc.value > 0.99


def test_constant_statistics_and_single_classes_say_nothing():
    assert probe([1.0, 1.0, 1.0, 1.0], np.array([0, 1, 0, 1])) == []
    assert probe([1.0, 2.0], np.array([1, 1])) == []
    assert probe([], np.array([], dtype=np.int64)) == []
