"""The shared study: which trials it hands out, to whom, and what becomes of abandoned ones."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from pneumoscope.pipelines.tuning.study import Pruned, RunningTrial, SharedStudy
from pneumoscope.recipe.parsing import parse_recipe

RECIPE = parse_recipe(
    {
        "name": "r",
        "stages": [{"epochs": 4}],
        "search": {
            "optimizer.lr": {"low": 1e-4, "high": 1e-2, "log": True},
            "batch_size": {"low": 8, "high": 64, "step": 8},
            "augment.zoom": [[1, 1], [0.9, 1.1]],
        },
    }
)
START = {"optimizer.lr": 3e-4, "batch_size": 32, "augment.zoom": [1, 1]}


def open_study(folder: Path, seed: int = 0) -> SharedStudy:
    return SharedStudy(folder, RECIPE, seed)


def claim(study: SharedStudy, wanted: int = 100) -> RunningTrial:
    trial = study.claim(wanted)
    assert trial is not None
    return trial


def run(study: SharedStudy, score: float = 0.9) -> dict[str, object]:
    """A whole trial with the same score in every epoch; its values."""
    trial = claim(study)
    for epoch in range(1, 5):
        trial.report(epoch, score)
    trial.finish()
    study.release(trial)
    return trial.values


def test_the_first_trial_is_the_recipe_and_others_stay_in_their_ranges(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    assert run(study) == START
    for _ in range(5):
        values = run(study)
        assert 1e-4 <= values["optimizer.lr"] <= 1e-2  # type: ignore[operator]
        assert values["batch_size"] in range(8, 65, 8)
        assert isinstance(values["batch_size"], int)
        assert values["augment.zoom"] in ([1, 1], [0.9, 1.1])
    trials = study.finished_trials()
    assert [trial.is_start for trial in trials] == [True] + [False] * 5
    assert [trial.epochs for trial in trials] == [4] * 6


def test_a_resumed_study_goes_on_as_an_unbroken_one(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("unbroken", "broken", "other-seed")]
    for folder in folders:
        folder.mkdir()
    unbroken = open_study(folders[0])
    expected = [run(unbroken) for _ in range(4)]
    first = open_study(folders[1])
    values = [run(first) for _ in range(2)]
    study = open_study(folders[1])
    study.release(claim(study))  # as after Ctrl-C: neither finished nor pruned
    values += [run(study) for _ in range(2)]
    assert values == expected
    other = open_study(folders[2], seed=1)
    assert [run(other) for _ in range(2)][1] != expected[1]


def test_no_more_trials_are_handed_out_than_wanted(tmp_path: Path) -> None:
    one, other = open_study(tmp_path), open_study(tmp_path)
    mine, theirs = claim(one, 2), claim(other, 2)
    assert {mine.number, theirs.number} == {0, 1} == set(one.running_numbers())
    assert one.claim(2) is None
    mine.report(1, 0.8)
    mine.finish()
    one.release(mine)
    assert one.claim(2) is None
    other.release(theirs)  # given up: its place is free again
    assert claim(one, 2).number == 2


def test_a_pruned_trial_keeps_its_reason(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    for _ in range(5):
        run(study, 0.9)
    trial = claim(study)
    trial.report(1, 0.5)  # the first quarter of the epochs is not judged
    with pytest.raises(Pruned, match="below the median of the trials at epoch 2") as stop:
        trial.report(2, 0.6)
    trial.prune(str(stop.value))
    study.release(trial)
    record = study.finished_trials()[-1]
    assert (record.state, record.score, record.epochs) == ("pruned", 0.6, 2)
    assert record.remark == "pruned: below the median of the trials at epoch 2"
    assert study.claim(6) is None, "a pruned trial counts as finished"


def test_a_score_that_is_no_number_ends_the_trial(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    trial = claim(study)
    with pytest.raises(Pruned, match="not a number"):
        trial.report(1, math.nan)
    trial.prune("not a number")
    study.release(trial)
    assert study.finished_trials()[0].score is None


def test_the_trial_of_a_dead_process_is_given_up_and_the_start_is_tried_again(
    tmp_path: Path,
) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from pneumoscope.recipe.files import load_recipe\n"
        "from pneumoscope.pipelines.tuning.study import SharedStudy\n"
        "folder = Path(sys.argv[1])\n"
        "trial = SharedStudy(folder, load_recipe(folder / 'recipe.yaml'), 0).claim(9)\n"
        "print(trial.number, flush=True)\n"
        "os._exit(9)\n"
    )
    (tmp_path / "recipe.yaml").write_text(RECIPE.to_yaml())
    died = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False
    )
    assert (died.returncode, died.stdout) == (9, "0\n"), died.stderr
    study = open_study(tmp_path)
    assert study.running_numbers() == ()
    assert run(study) == START
    assert [(trial.number, trial.is_start) for trial in study.finished_trials()] == [(1, True)]


def test_importances_need_ten_complete_trials(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    for count in range(10):
        assert study.importances() == {}, f"after {count} trials"
        trial = claim(study)
        trial.report(1, 0.5 + trial.values["batch_size"] / 200)
        trial.finish()
        study.release(trial)
    importances = study.importances()
    assert sum(importances.values()) == pytest.approx(1)
    assert max(importances, key=lambda name: importances[name]) == "batch_size"
