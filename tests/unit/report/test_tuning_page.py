"""The report of a tuning: what is drawn, and what is said of it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.trials import Trial
from pneumoscope.report.tuning_page import write_tuning_report
from pneumoscope.report.tuning_plots import draw_course, draw_setting

RECIPE = parse_recipe(
    {
        "name": "searched",
        "search": {
            "optimizer.lr": {"low": 1e-4, "high": 1e-2, "log": True},
            "model.dropout": {"low": 0.0, "high": 0.5, "step": 0.1},
            "early_stopping": [None, {"patience": 5}],
        },
    }
)


def trial(number: int, score: float | None, **more: Any) -> Trial:
    values = {"optimizer.lr": 1e-3 * (1 + number), "model.dropout": 0.2, "early_stopping": None}
    return Trial(number, more.pop("state", "complete"), values, score, 3, 70.0, **more)


SHARES = {"optimizer.lr": 0.7, "model.dropout": 0.2, "early_stopping": 0.1}
TRIALS = [
    trial(0, 0.91, is_start=True),
    trial(1, None, state="pruned", note="the loss became <nan>"),
    trial(2, 0.95),
    trial(3, 0.97, state="pruned", note="below the median"),
    trial(5, 0.93),
]


def test_the_course_leaves_out_what_has_no_score_and_pruned_trials_set_no_record() -> None:
    figure = draw_course(TRIALS)
    assert figure.columns == ("trial", "state", "epochs", "val_roc_auc", "best_so_far")
    assert [row[0] for row in figure.rows] == [0, 2, 3, 5]
    assert [row[-1] for row in figure.rows] == [0.91, 0.95, 0.95, 0.95]


@pytest.mark.parametrize("name", RECIPE.search)
def test_every_kind_of_setting_is_drawn(name: str) -> None:
    figure = draw_setting(TRIALS, name, RECIPE.search[name])
    assert [row[2] for row in figure.rows] == [
        trial.values[name] for trial in TRIALS if trial.score is not None
    ]
    (axes,) = figure.figure.axes
    assert axes.get_xlabel() == name
    left, right = axes.get_xlim()
    marked = [x for marks in axes.collections for x, _ in marks.get_offsets()]  # type: ignore[union-attr]
    assert marked
    assert all(left < x < right for x in marked)


def test_the_page_tells_the_best_and_how_far_to_trust_it(tmp_path: Path) -> None:
    page = write_tuning_report(tmp_path, RECIPE, TRIALS, SHARES).read_text()
    assert "Tuning of searched" in page
    assert "5: 3 complete, 2 pruned" in page
    assert "validation ROC-AUC 0.9500, in trial 2" in page
    assert "looks better than it is" in page
    assert "70 %" in page
    assert "0.0001 to 0.01, logarithmic" in page
    assert "0 to 0.5 in steps of 0.1" in page
    assert "off, patience 5" in page
    assert "the loss became &lt;nan&gt;" in page
    stems = {"course", "setting-optimizer-lr", "setting-model-dropout", "setting-early-stopping"}
    kinds = ("png", "svg", "csv")
    assert {file.name for file in (tmp_path / "figures").glob("[!.]*")} == {
        f"{stem}.{kind}" for stem in stems for kind in kinds
    }
    with (tmp_path / "figures" / "course.csv").open() as file:
        assert [row["trial"] for row in csv.DictReader(file)] == ["0", "2", "3", "5"]


@pytest.mark.parametrize(
    ("trials", "words"),
    [
        (TRIALS[:1], "No trial did better than trial 0"),
        (TRIALS[1:2], "no trial is complete yet"),
    ],
)
def test_a_tuning_that_has_hardly_begun(trials: list[Trial], words: str, tmp_path: Path) -> None:
    assert words in write_tuning_report(tmp_path, RECIPE, trials, {}).read_text()
