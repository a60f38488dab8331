"""Folds judged: offsets against statsmodels-like Newton steps, figures against scikit-learn."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from pneumoscope.evaluation.out_of_fold import (
    Fold,
    OutOfFold,
    ScoredLabels,
    judge_folds,
    log_odds_offset,
    unlike_folds,
)
from pneumoscope.evaluation.rehearsal import Rehearsal, RehearsedRecipe, read_rehearsal
from pneumoscope.metrics.calibration import Calibration


def scored(rng: np.random.Generator, films: int, shift: float, prefix: str) -> ScoredLabels:
    """Films of a model whose log odds are too high by `shift`."""
    y_true = rng.integers(0, 2, films)
    truth = rng.normal(size=films) * 1.5 + 2.0 * (2 * y_true - 1)
    logits = np.stack([np.zeros(films), truth + shift], axis=1)
    paths = tuple(f"{prefix}{index}.png" for index in range(films))
    return ScoredLabels(logits, y_true, paths, paths)


@pytest.fixture(scope="module")
def folds() -> list[Fold]:
    rng = np.random.default_rng(0)
    shifts = (0.0, 1.5, -1.0)
    return [
        Fold(scored(rng, 400, 0.0, f"v{n}-"), scored(rng, 600, shift, f"t{n}-"))
        for n, shift in enumerate(shifts)
    ]


def test_offset_is_the_intercept_of_a_logistic_model_with_slope_one() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.95, 5000)
    ill = rng.random(5000) < 1 / (1 + np.exp(-(np.log(p / (1 - p)) + 0.7)))
    offset = log_odds_offset(p, ill)
    assert offset == pytest.approx(0.7, abs=0.1)
    moved = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + offset)))
    assert moved.sum() == pytest.approx(ill.sum())  # the score equation of the intercept
    # Nearly all freedom is the intercept's where the slope is given by far more films.
    constant = np.full(5000, 0.3)
    alone = LogisticRegression(C=1e9).fit(np.zeros((5000, 1)), ill)
    assert log_odds_offset(constant, ill) == pytest.approx(
        alone.intercept_[0] - math.log(0.3 / 0.7), abs=1e-3
    )
    assert math.isnan(log_odds_offset(p, np.ones(5000)))


def test_figures_of_folds_are_those_of_scikit_learn(folds) -> None:
    rows, everything, _ = judge_folds(folds, {})
    for row, fold in zip(rows, folds, strict=True):
        truth = fold.held_out.y_true
        score = fold.held_out.logits[:, 1]
        assert row.roc_auc == pytest.approx(roc_auc_score(truth, score))
        assert row.films == tuple(np.bincount(truth))
        # The same fit by scikit-learn: two free numbers, hardly any penalty.
        val = fold.val
        model = LogisticRegression(C=1e6).fit(val.logits[:, 1:], val.y_true)
        p = model.predict_proba(fold.held_out.logits[:, 1:])[:, 1]
        assert row.log_loss == pytest.approx(log_loss(truth, p), rel=0.02)
        assert row.offset == pytest.approx(log_odds_offset(p, truth), abs=0.1)
    assert sum(everything.films) == 1800
    # The second model warns too often and the third too seldom, by its own settings.
    assert rows[1].offset < -0.5 < 0.5 < rows[2].offset
    assert rows[1].specificity < rows[0].specificity < rows[2].specificity


def test_settings_from_other_folds_see_nothing_of_the_fold(folds) -> None:
    """Labels of a fold's held-out films that are turned round change nothing of its own calls."""
    rows, _, _ = judge_folds(folds, {})
    first = folds[0].held_out
    turned = Fold(
        folds[0].val, ScoredLabels(first.logits, 1 - first.y_true, first.patients, first.paths)
    )
    after, _, _ = judge_folds([turned, *folds[1:]], {})
    assert after[0].crossed_sensitivity == pytest.approx(1 - rows[0].crossed_specificity)
    assert after[0].sensitivity == pytest.approx(1 - rows[0].specificity)
    assert after[1].crossed_specificity != rows[1].crossed_specificity


def test_parts_with_films_enough_have_figures(folds) -> None:
    groups = {path: "A" for fold in folds for path in fold.held_out.paths[:300]}
    groups |= dict.fromkeys(folds[0].held_out.paths[300:310], "few")
    rows, _, found = judge_folds(folds, {"groups": groups})
    (part,) = found["groups"]
    assert (part.name, sum(part.films)) == ("A", 900)
    row = RehearsedRecipe(name="r", mode="random", seed=0, folds=tuple(rows), all=rows[0], **found)
    assert row.worst_part("groups", "specificity", of_class=0) == ("A", part.specificity)
    assert row.worst_part("blocks", "specificity", of_class=0)[0] == ""
    assert row.mean("roc_auc") == pytest.approx(np.mean([fold.roc_auc for fold in rows]))
    assert row.spread("offset") == pytest.approx(np.std([f.offset for f in rows], ddof=1))
    assert row.worst("roc_auc") == min(fold.roc_auc for fold in rows)


def test_a_rehearsal_comes_back_from_its_file(folds, tmp_path: Path) -> None:
    rows, everything, _ = judge_folds(folds, {})
    row = RehearsedRecipe(name="r", mode="random", seed=0, folds=tuple(rows), all=everything)
    rehearsal = Rehearsal(
        films={"N": 1, "P": 2}, digest="d", class_names=("N", "P"), folds=3, recipes=(row,)
    )
    rehearsal.write_json(tmp_path / "rehearsal.json")
    assert read_rehearsal(tmp_path / "rehearsal.json") == rehearsal


def test_all_seeds_and_folds_are_put_together(folds) -> None:
    out = OutOfFold.of([folds, folds])
    assert (out.folds, out.seeds, out.films.y_true.size) == (3, 2, 3600)


def test_a_network_unlike_the_folds_is_told() -> None:
    rng = np.random.default_rng(4)
    val = scored(rng, 300, 0.0, "v")
    fitted = Calibration((1.0, 1.0), (0.0, 0.0))
    truth = LogisticRegression(C=1e6).fit(val.logits[:, 1:], val.y_true)
    right = Calibration((float(truth.coef_[0, 0]),) * 2, (0.0, float(truth.intercept_[0])))
    assert unlike_folds(val, right) == ()
    far = replace(val, logits=val.logits + np.array([0.0, 3.0]))
    (sentence,) = unlike_folds(far, fitted)
    assert "otherwise than those of the folds" in sentence
    place = [*np.flatnonzero(val.y_true == 0)[:2], *np.flatnonzero(val.y_true == 1)[:2]]
    near = val.logits[place] + np.array([0.0, 1.0])
    few = ScoredLabels(near, val.y_true[place], val.patients[:4], val.paths[:4])
    assert unlike_folds(few, right) == ()  # by chance, perhaps
