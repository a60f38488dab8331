"""Settings on films of another site, against plain cross-fitting and counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import log_loss

from pneumoscope.data.table import FilmTable
from pneumoscope.evaluation.evaluation import Bootstrap
from pneumoscope.evaluation.site_calibration import (
    FOLDS,
    check_site,
    deal_patients,
    fit_to_site,
)
from pneumoscope.metrics.calibration import fit_calibration, softmax
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.intervals import Interval
from pneumoscope.metrics.operating_points import Screening, decide, fit_balanced
from pneumoscope.modelfile.manifest import ModelManifest
from tiny_model import tiny_manifest

NAMES = ("NORMAL", "PNEUMONIA")
SCREENING = Screening(0.9)
FEW = Bootstrap(replicates=100, seed=0)


def site(healthy: int, ill: int, films_each: int = 1) -> tuple[FilmTable, Floats]:
    """Films of so many patients, on which a model is too sure and says ill too often."""
    labels = ["NORMAL"] * healthy * films_each + ["PNEUMONIA"] * ill * films_each
    rows = [
        {"path": f"{i:04}.png", "label": label, "patient_id": f"patient{i // films_each}"}
        for i, label in enumerate(labels)
    ]
    table = FilmTable.from_rows(Path("films"), rows).with_classes(NAMES)
    rng = np.random.default_rng(0)
    log_odds = 12 * (table.y_true + rng.normal(0, 0.7, len(table))) - 2
    return table, np.stack([-log_odds / 2, log_odds / 2], axis=1)


def manifest_of(**training: object) -> ModelManifest:
    return tiny_manifest(training=training)  # scale 0.5, 60 % ill


def test_patients_are_dealt_whole_and_every_class_evenly() -> None:
    table, _ = site(23, 12, films_each=3)
    fold = deal_patients(table, FOLDS)
    for patient in set(table.patient_ids):
        assert len(set(fold[table.patient_ids == patient])) == 1
    for label in (0, 1):
        patients = [
            len(set(table.patient_ids[(fold == index) & (table.y_true == label)]))
            for index in range(FOLDS)
        ]
        assert max(patients) - min(patients) <= 1


def test_settings_are_judged_on_films_that_they_were_not_fitted_to() -> None:
    table, logits = site(200, 100)
    manifest = manifest_of()
    check = check_site(manifest, logits, table, SCREENING, FEW)
    assert check.fitted == "everything"
    before = manifest.probabilities(logits)
    assert check.before.probabilities["log_loss"].value == pytest.approx(
        log_loss(table.y_true, before)
    )
    fold = deal_patients(table, FOLDS)
    after, called = np.empty_like(before), np.empty(300, int)
    for index in range(FOLDS):
        held = fold == index
        # Expected beforehand: the model's own calibration, here moved from 60 % to a third ill.
        expected = 0.5 * logits + np.log([(2 / 3) / 0.4, (1 / 3) / 0.6])
        calibration = fit_calibration(expected[~held], table.y_true[~held])
        after[held] = softmax(expected[held], calibration)
        cut = fit_balanced(softmax(expected[~held], calibration), table.y_true[~held])
        called[held] = decide(after[held], cut)
    assert check.after is not None
    assert check.moved is not None
    found = check.after.operating_points["balanced"]
    assert found["sensitivity"].value == pytest.approx(called[table.y_true == 1].mean())
    assert found["specificity"].value == pytest.approx((called == 0)[table.y_true == 0].mean())
    loss = check.after.probabilities["log_loss"].value
    assert loss == pytest.approx(log_loss(table.y_true, after), rel=1e-4)
    assert check.gain is not None
    assert check.gain.value == pytest.approx(check.before.probabilities["log_loss"].value - loss)
    assert check.gain.low > 0
    for name, right in (("offset", 0), ("slope", 1)):
        figure = check.after.probabilities[name]
        assert figure.low < right < figure.high
        assert (
            not check.before.probabilities[name].low < right < check.before.probabilities[name].high
        )
    # Moved to another prevalence, a model decides as before.
    assert check.moved.operating_points == check.before.operating_points
    assert check.refusal() is None


def test_from_few_patients_offsets_alone_are_fitted() -> None:
    table, logits = site(60, 12)
    manifest = manifest_of()
    check = check_site(manifest, logits, table, SCREENING, FEW)
    assert check.fitted == "offsets"
    settings = fit_to_site(manifest, logits, table, SCREENING)
    assert settings.calibration.scale == pytest.approx(manifest.calibration.scale)
    assert settings.calibration.offset["PNEUMONIA"] < 0
    assert "offsets alone were fitted" in settings.notes[0]
    enough, more = site(60, 30)
    assert fit_to_site(manifest, more, enough, SCREENING).calibration.scale["NORMAL"] < 0.5


@pytest.mark.parametrize(("healthy", "ill", "lacking"), [(50, 0, 0), (0, 40, 0), (50, 9, 9)])
def test_without_enough_patients_what_can_be_said_is_said(
    healthy: int, ill: int, lacking: int
) -> None:
    table, logits = site(healthy, ill)
    own = {
        "balanced": {
            "metrics": {
                name: {"value": 0.9, "low": 0.85, "high": 0.94, "level": 0.95}
                for name in ("recall[NORMAL]", "specificity[NORMAL]")
            }
        }
    }
    manifest = manifest_of(evaluation={"test": {"operating_points": own}})
    check = check_site(manifest, logits, table, SCREENING, FEW)
    assert (check.after, check.moved, check.gain) == (None, None, None)
    refusal = check.refusal()
    assert refusal is not None
    assert f"there are {lacking} patients of" in refusal[0]
    called = decide(manifest.probabilities(logits), manifest.thresholds())
    rates = check.before.operating_points["balanced"]
    if not ill:
        assert rates["specificity"].value == pytest.approx((called == 0).mean())
        assert np.isnan(rates["sensitivity"].value)
        missed = check.missed["balanced"]["specificity"]
        assert missed.value == pytest.approx(rates["specificity"].value - 0.9)
        # Newcombe's method, written out.
        low = missed.value - np.hypot(rates["specificity"].value - rates["specificity"].low, 0.04)
        assert missed.low == pytest.approx(low)
        assert isinstance(missed, Interval)
    if not healthy:
        assert rates["sensitivity"].value == pytest.approx((called == 1).mean())
