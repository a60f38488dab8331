"""A stress test on films whose answers can be told by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from pneumoscope.data.patient_rules import PatientRule
from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.evaluation.film_changes import gray_level_counts
from pneumoscope.evaluation.stress import stress_test
from pneumoscope.evaluation.stress_figures import StressedFilms
from pneumoscope.evaluation.stress_test import StressTest, read_stress_test
from pneumoscope.evaluation.stress_words import stress_verdicts, stress_warnings
from pneumoscope.evaluation.stresses import STRESSES, Circumstances
from pneumoscope.inference.predictor import Predictor
from tiny_model import seen_of, write_tiny_model

REPLICATES = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen films of each class, three of a patient, brighter the more ill, with some texture."""
    root = tmp_path_factory.mktemp("stress")
    rng = np.random.default_rng(0)
    for label, level in (("NORMAL", 95), ("PNEUMONIA", 150)):
        (root / "films" / label).mkdir(parents=True)
        for film, gray in enumerate(rng.normal(level, 30, 15)):
            pixels = np.clip(rng.normal(gray, 25, (44, 40)), 0, 255).astype(np.uint8)
            name = f"{label}-{film // 3}-{film}.png"
            Image.fromarray(pixels).save(root / "films" / label / name)
    return root


@pytest.fixture(scope="module")
def predictor(folder: Path) -> Predictor:
    return Predictor.load(write_tiny_model(folder / "tiny.onnx"))


def films_of(folder: Path) -> FilmTable:
    return find_films(folder / "films", patients=PatientRule(pattern=r"([A-Z]+-[0-9]+)-"))


@pytest.fixture(scope="module")
def evaluation(folder: Path, predictor: Predictor) -> Evaluation:
    return evaluate(predictor, films_of(folder), replicates=REPLICATES)


@pytest.fixture(scope="module")
def test_result(folder: Path, predictor: Predictor, evaluation: Evaluation) -> StressTest:
    return stress_test(predictor, evaluation, films_of(folder), batch_size=7)


def found(test: StressTest, name: str) -> StressedFilms:
    return next(stress for stress in test.stresses if stress.name == name)


def naive_delong(ill: np.ndarray, after: np.ndarray, before: np.ndarray) -> tuple[float, float]:
    """The difference of two areas and its variance, by pairs of films (DeLong et al. 1988)."""
    pairs = [
        (scores[ill][:, None] > scores[~ill]) + 0.5 * (scores[ill][:, None] == scores[~ill])
        for scores in (after, before)
    ]
    gaps = pairs[0] - pairs[1]
    by_ill, by_healthy = gaps.mean(axis=1), gaps.mean(axis=0)
    variance = by_ill.var(ddof=1) / len(by_ill) + by_healthy.var(ddof=1) / len(by_healthy)
    return float(gaps.mean()), float(variance)


@pytest.mark.parametrize("name", ["gamma 0.7", "milky", "black frame of 5 %", "JPEG of quality 40"])
def test_figures_are_those_of_naive_code(
    folder: Path, predictor: Predictor, name: str, tmp_path: Path
) -> None:
    table = find_films(folder / "films")  # every film is a patient of its own
    judged = evaluate(predictor, table, replicates=REPLICATES)
    stress = next(stress for stress in STRESSES if stress.name == name)
    stressed = found(stress_test(predictor, judged, table), name)
    ill, before, after = [], [], []
    for film in judged.films:
        pixels = np.asarray(Image.open(folder / "films" / film.path))
        at = Circumstances.of(pixels, 32, gray_level_counts(pixels), seed=0)
        ill.append(film.label == "PNEUMONIA")
        before.append(predictor.predict(pixels))
        after.append(predictor.predict(stress.apply(pixels, at)))
    ill = np.array(ill)
    probabilities = [
        np.array([answer.probabilities["PNEUMONIA"] for answer in answers])
        for answers in (before, after)
    ]
    assert stressed.roc_auc.value == pytest.approx(roc_auc_score(ill, probabilities[1]))
    difference, variance = naive_delong(ill, probabilities[1], probabilities[0])
    assert stressed.roc_auc_difference.value == pytest.approx(difference, abs=1e-9)
    if variance > 0:
        half = norm.ppf(0.975) * variance**0.5
        assert stressed.roc_auc_difference.high == pytest.approx(difference + half, abs=1e-6)
        assert stressed.p_value == pytest.approx(2 * norm.sf(abs(difference) / variance**0.5))
    moves = probabilities[1] - probabilities[0]
    assert stressed.probability_change.value == pytest.approx(moves.mean(), abs=1e-6)
    assert stressed.probability_moves.value == pytest.approx(np.abs(moves).mean(), abs=1e-6)
    for point, flips in stressed.flips.items():
        calls = [
            (was.decide(point), now.decide(point)) for was, now in zip(before, after, strict=True)
        ]
        assert flips.films == sum(was != now for was, now in calls)
        assert flips.share.value == pytest.approx(flips.films / 30)
        assert flips.to_ill == calls.count(("NORMAL", "PNEUMONIA"))
        assert flips.to_healthy == calls.count(("PNEUMONIA", "NORMAL"))


def test_intervals_are_drawn_by_patient(
    folder: Path, predictor: Predictor, evaluation: Evaluation, test_result: StressTest
) -> None:
    """The same draws of ten patients as in the product, each with its films, in a plain loop."""
    stress = next(stress for stress in STRESSES if stress.name == "gamma 0.7")
    moves: dict[str, list[float]] = {}
    for film in evaluation.films:
        pixels = np.asarray(Image.open(folder / "films" / film.path))
        at = Circumstances.of(pixels, 32, gray_level_counts(pixels), seed=0)
        after = predictor.predict(stress.apply(pixels, at)).probabilities["PNEUMONIA"]
        moves.setdefault(film.patient_id, []).append(
            after - predictor.predict(pixels).probabilities["PNEUMONIA"]
        )
    assert len(moves) == 10
    rng = np.random.default_rng(0)
    means = []
    for counts in rng.multinomial(10, np.full(10, 0.1), size=REPLICATES):
        drawn = [
            move
            for count, patient in zip(counts, sorted(moves), strict=True)
            for move in count * moves[patient]
        ]
        means.append(np.mean(drawn))
    interval = found(test_result, "gamma 0.7").probability_change
    low, high = np.percentile(means, [2.5, 97.5])
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-6)


def test_unchanged_films_are_those_of_the_evaluation(
    evaluation: Evaluation, test_result: StressTest
) -> None:
    assert test_result.roc_auc == evaluation.metrics["roc_auc"]
    assert test_result.matches(evaluation)
    back = found(test_result, "stored as DICOM and read again")
    assert all(flips.films == 0 for flips in back.flips.values())
    assert back.probability_moves.value == 0
    assert back.roc_auc == test_result.roc_auc
    assert [stress.name for stress in test_result.stresses] == [each.name for each in STRESSES]
    assert test_result.reduced == 0


def test_it_is_kept_in_a_file(test_result: StressTest, tmp_path: Path) -> None:
    test_result.write(tmp_path)
    assert read_stress_test(tmp_path).to_json() == test_result.to_json()
    (tmp_path / "stress.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DatasetError, match="no stress test"):
        read_stress_test(tmp_path)


def test_films_seen_in_training_are_left_out_as_in_the_evaluation(folder: Path) -> None:
    paths = [film.path for film in films_of(folder).films]
    seen = seen_of(folder / "films", train=paths[:5], val=paths[15:19])
    predictor = Predictor.load(write_tiny_model(folder / "seen.onnx", seen=seen))
    judged = evaluate(predictor, films_of(folder), replicates=5)
    test = stress_test(predictor, judged, films_of(folder))
    assert test.data.films == {"NORMAL": 10, "PNEUMONIA": 11}
    assert test.data.exposure is not None
    assert "Figures are of the other 21." in test.data.exposure.sentence(test.data.count)


def test_films_that_are_gone_are_set_aside_and_large_ones_are_reduced(
    predictor: Predictor, tmp_path: Path
) -> None:
    films = tmp_path / "films"
    for label, gray in (("NORMAL", 60), ("PNEUMONIA", 190)):
        (films / label).mkdir(parents=True)
        for place, shape in enumerate([(40, 40), (40, 1500), (40, 1024)]):
            pixels = np.full(shape, gray + place, np.uint8)
            Image.fromarray(pixels).save(films / label / f"{place}.png")
    table = find_films(films)
    judged = evaluate(predictor, table, replicates=5)
    (films / "NORMAL" / "0.png").unlink()
    (films / "NORMAL" / "2.png").write_bytes(b"no film")
    test = stress_test(predictor, judged, table)
    assert test.data.films == {"NORMAL": 1, "PNEUMONIA": 3}
    assert sorted(film.path for film in test.data.unreadable) == ["NORMAL/0.png", "NORMAL/2.png"]
    assert test.reduced == 2
    for film in table.paths():
        film.unlink(missing_ok=True)
    with pytest.raises(DatasetError, match="None of the 6 films could be read"):
        stress_test(predictor, judged, table)


def test_one_film_alone_is_given_its_own_gray_levels(predictor: Predictor, tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 40), 200, np.uint8)).save(tmp_path / "one.png")
    table = FilmTable.from_rows(tmp_path, [{"path": "one.png", "label": "PNEUMONIA"}])
    test = stress_test(predictor, evaluate(predictor, table, replicates=5), table)
    assert found(test, "gray levels of another film").probability_moves.value == 0
    assert np.isnan(test.roc_auc.value)
    assert len(stress_verdicts(test)) == 2  # ROC-AUC is undefined, and nothing is said of it


def test_sentences_tell_the_worst_of_both_kinds(test_result: StressTest) -> None:
    def flipped(name: str, films: int) -> StressedFilms:
        stress = found(test_result, name)
        flips = {
            point: own.model_copy(
                update={
                    "films": films if point == "screening" else 0,
                    "share": type(own.share)(films / 30 if point == "screening" else 0.0, 0, 0.2),
                    "to_ill": films,
                    "to_healthy": 0,
                }
            )
            for point, own in stress.flips.items()
        }
        return stress.model_copy(update={"flips": flips})

    def told(**films: int) -> StressTest:
        names = {stress.name: 0 for stress in test_result.stresses} | films
        stresses = tuple(flipped(name, count) for name, count in names.items())
        return test_result.model_copy(update={"stresses": stresses})

    calm = told(milky=3)
    harmless, others, _ = stress_verdicts(calm)
    assert harmless == "None of the 10 harmless changes flips a decision."
    assert others.startswith(
        "Of the other 27 changes, “milky” flips the most decisions: at screening 3 of 30 films are "
        "called otherwise (10.0 %, 0.0 to 20.0), 3 from healthy to ill and 0 from ill to healthy."
    )
    assert stress_warnings(calm) == []
    assert stress_warnings(told(**{"gamma 0.95": 2})) == []  # of 30 films: bad luck, perhaps
    loud = told(**{"gamma 0.95": 3, "shifted by 2 %": 4})
    assert stress_verdicts(loud)[0].startswith(
        "2 of the 10 harmless changes flip more than 1 % of the decisions at an operating point. "
        "The worst is “shifted by 2 %”: at screening 4 of 30 films"
    )
    assert stress_warnings(loud) == stress_verdicts(loud)[:1]
