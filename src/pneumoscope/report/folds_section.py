"""What folds told before a run trained its model: a section of the run's page."""

from __future__ import annotations

from pneumoscope.evaluation.rehearsal import Rehearsal
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part

FIGURES = {
    "roc_auc": "ROC-AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "crossed_sensitivity": "Sensitivity, crossed",
    "crossed_specificity": "Specificity, crossed",
    "offset": "Offset",
    "crossed_offset": "Offset, crossed",
}
_HELD_OUT = {
    "blocks": "blocks of patient numbers",
    "groups": "whole acquisition groups",
    "conflict": "films that contradict a shortcut",
}


def folds_section(folds: Rehearsal) -> Section:
    """The figures of each fold, and the acquisition groups and blocks of patients that fare
    worst."""
    body = render_part(
        "data/folds.html.j2",
        folds=folds,
        figures=FIGURES,
        held_out=_HELD_OUT.get(folds.recipes[0].mode, "random patients"),
    )
    return Section("folds", "Folds", body)
