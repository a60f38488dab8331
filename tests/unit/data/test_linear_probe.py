"""Linear probes against scikit-learn, and what it says where there is nothing to find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pneumoscope.data.linear_probe import FEWEST_PATIENTS, frame_values, probe_linear
from pneumoscope.data.measures import measure_film
from pneumoscope.data.shortcuts import FRAME, ShortcutProbe

NAMES = ("NORMAL", "PNEUMONIA")


def probe(
    grays: np.ndarray, labels: np.ndarray, patients: list[str] | None = None, names=NAMES
) -> ShortcutProbe | None:
    frames = [row.tobytes() for row in grays.astype(np.uint8)]
    patients = patients or [str(i) for i in range(len(frames))]
    return probe_linear(
        FRAME,
        frame_values(frames),
        labels,
        patients,
        names,
        np.random.default_rng(0),
        replicates=50,
    )


def noise(films: int) -> np.ndarray:
    return np.random.default_rng(1).normal(100, 10, (films, 496)).clip(0, 255)


def test_a_letter_in_the_frame_of_one_class_gives_it_away() -> None:
    labels = np.arange(200) % 2
    grays = noise(200)
    grays[labels == 1, 40:44] += 60
    found = probe(grays, labels)
    assert found is not None
    assert (found.statistic, found.class_name, found.direction) == (
        "frame_only",
        "PNEUMONIA",
        "higher",
    )
    assert found.auc.value > 0.95
    assert found.auc.low <= found.auc.value <= found.auc.high
    assert found.medians["PNEUMONIA"] > 0.5 > found.medians["NORMAL"]
    assert "outermost 1/32 of the frame alone tells PNEUMONIA" in found.sentence


def test_frames_that_say_nothing_are_near_guessing() -> None:
    found = probe(noise(400), np.arange(400) % 2)
    assert found is not None
    assert found.auc.value == pytest.approx(0.5, abs=0.1)


def test_what_tells_a_patient_does_not_count() -> None:
    """Films of a patient share their frame: scores of other patients must not profit from it."""
    per_patient = noise(80).repeat(5, axis=0)
    labels = (np.arange(80) % 2).repeat(5)
    patients = [str(i // 5) for i in range(400)]
    found = probe(per_patient, labels, patients)
    as_if_alone = probe(per_patient, labels)
    assert found is not None
    assert as_if_alone is not None
    assert found.auc.value < 0.7
    assert as_if_alone.auc.value > 0.95


def test_the_model_is_the_ridge_regression_of_scikit_learn() -> None:
    labels = np.arange(100) % 2
    grays = noise(100)
    grays[:, :50] += 4 * labels[:, None]
    grays = grays.astype(np.uint8)
    fold = (
        np.random.default_rng(0).permutation(100)[
            np.unique([str(i) for i in range(100)], return_inverse=True)[1]
        ]
        % 5
    )
    scores = np.empty(100)
    for number in range(5):
        seen = fold != number
        model = make_pipeline(StandardScaler(), Ridge(alpha=0.01 * seen.sum()))
        scores[~seen] = model.fit(grays[seen], labels[seen]).predict(grays[~seen])
    found = probe(grays, labels)
    assert found is not None
    assert found.auc.value == pytest.approx(roc_auc_score(labels, scores), abs=1e-9)


def test_of_several_classes_the_one_that_is_told_best_is_named() -> None:
    labels = np.arange(150) % 3
    grays = noise(150)
    grays[labels == 1, :4] += 80
    found = probe(grays, labels, names=("A", "B", "C"))
    assert found is not None
    assert found.class_name == "B"
    assert set(found.medians) == {"A", "B", "C"}


def test_few_patients_single_classes_and_equal_frames_say_nothing() -> None:
    few = np.arange(2 * FEWEST_PATIENTS - 1) % 2
    assert probe(noise(len(few)), few) is None
    assert probe(noise(100), np.ones(100, dtype=np.int64)) is None
    assert probe(np.full((100, 496), 7), np.arange(100) % 2) is None
    assert probe(np.empty((0, 496)), np.array([], dtype=np.int64)) is None


def test_the_frame_is_the_outermost_32nd_of_every_side(tmp_path: Path) -> None:
    film = np.full((320, 640), 50, dtype=np.uint8)
    film[10:-10, 20:-20] = 200
    Image.fromarray(film).save(tmp_path / "film.png")
    frame = np.frombuffer(measure_film(tmp_path, "film.png").frame, dtype=np.uint8)
    assert frame.shape == (496,)
    assert np.median(frame) == 50
    assert (frame == 50).mean() > 0.4
    assert frame.max() < 125
