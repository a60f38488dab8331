"""The sections of an evaluation: each has its plots, its tables and a reading in plain words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pneumoscope.class_roles import can_be_screened
from pneumoscope.evaluation.evaluation import Evaluation, OperatingPointEvaluation
from pneumoscope.evaluation.meanings import SCORE_MEANINGS, decision_meanings
from pneumoscope.evaluation.prevalence_words import prevalence_sentences
from pneumoscope.metrics.curves import decision_table
from pneumoscope.metrics.intervals import Interval
from pneumoscope.metrics.workload import Workload, workload
from pneumoscope.report.calibration_plots import draw_reliability, draw_scores
from pneumoscope.report.curve_plots import (
    draw_precision_recall,
    draw_roc,
    precision_recall_curve,
    roc_curve,
)
from pneumoscope.report.decision_plots import draw_confusion, draw_thresholds, draw_workload
from pneumoscope.report.frame import Section
from pneumoscope.report.group_section import group_section
from pneumoscope.report.html import render_part
from pneumoscope.report.net_benefit_section import net_benefit_sections
from pneumoscope.report.plot import ReportPlot

# From everyday films to those of a study; that of the data goes beside them.
PREVALENCES = (0.01, 0.05, 0.1, 0.2, 0.5)
PICTURED_PREVALENCE = 0.1
THRESHOLDS = (0.01, 0.02, 0.05, *(step / 10 for step in range(1, 10)), 0.95, 0.98, 0.99)
# The rest are in scores.csv.
LISTED_FILMS = 100

# Groups of the table of contents.
_CALLS = "Calls"
_THRESHOLDS = "Thresholds and probabilities"


def evaluation_sections(evaluation: Evaluation, prefix: str = "") -> list[Section]:
    """The sections of an evaluation, to be set into a report.

    `prefix` goes before anchors and names of plots, for a page with several evaluations. What is
    said of ill and healthy films is left out for models that have no healthy class.
    """
    screened, groups = _is_screened(evaluation), evaluation.groups
    return [
        _summary(evaluation, prefix),
        *([group_section(groups, prefix)] if groups and groups.compares else []),
        _confusion(evaluation, prefix),
        _per_class(evaluation, prefix),
        _curves(evaluation, prefix),
        _probabilities(evaluation, prefix),
        *([_thresholds(evaluation, prefix)] if screened else []),
        *([_workload(evaluation, prefix)] if evaluation.model.normal_class else []),
        *net_benefit_sections(evaluation, prefix, _THRESHOLDS),
        _misclassified(evaluation, prefix),
        _all_figures(evaluation, prefix),
    ]


def _is_screened(evaluation: Evaluation) -> bool:
    """Whether films are found or missed, left alone or flagged."""
    return can_be_screened(evaluation.class_names, evaluation.model.normal_class)


def _summary(evaluation: Evaluation, prefix: str) -> Section:
    names = evaluation.class_names
    # Those of single classes have a section of their own, unless one class is looked for.
    decisions = {
        name: words
        for name, words in decision_meanings(names).items()
        if len(names) == 2 or "[" not in name
    }
    body = render_part(
        "evaluation/summary.html.j2",
        evaluation=evaluation,
        scores={
            name: words for name, words in SCORE_MEANINGS.items() if name in evaluation.metrics
        },
        decisions=decisions,
    )
    return Section(f"{prefix}summary", "In short", body)


def _confusion(evaluation: Evaluation, prefix: str) -> Section:
    plots = {
        name: draw_confusion(point.confusion, evaluation.class_names, name, prefix)
        for name, point in evaluation.operating_points.items()
    }
    body = render_part(
        "evaluation/confusion.html.j2",
        evaluation=evaluation,
        plots=plots,
        finding=_finding(evaluation),
        confusions={
            name: _worst_confusion(point, evaluation.class_names)
            for name, point in evaluation.operating_points.items()
        },
        trades={
            name: _Trade.of(point, evaluation.class_names[0])
            for name, point in evaluation.operating_points.items()
            if _is_screened(evaluation)
        },
    )
    return Section(
        f"{prefix}confusion", "Right and wrong calls", body, tuple(plots.values()), _CALLS
    )


def _per_class(evaluation: Evaluation, prefix: str) -> Section:
    body = render_part("evaluation/per_class.html.j2", evaluation=evaluation)
    return Section(f"{prefix}per-class", "Each class", body, group=_CALLS)


def _curves(evaluation: Evaluation, prefix: str) -> Section:
    # A curve needs films of the class and others.
    data = evaluation.data
    present = [name for name, count in data.films.items() if 0 < count < data.count]
    names = present[1:] if len(evaluation.class_names) == 2 else present
    plots: tuple[ReportPlot, ...] = ()
    if names:
        plots = (
            draw_roc({name: roc_curve(evaluation, name) for name in names}, f"{prefix}roc"),
            draw_precision_recall(
                {name: precision_recall_curve(evaluation, name) for name in names},
                f"{prefix}precision-recall",
            ),
        )
    body = render_part("evaluation/curves.html.j2", evaluation=evaluation, plots=plots)
    return Section(f"{prefix}curves", "Curves over all thresholds", body, plots, _THRESHOLDS)


def _probabilities(evaluation: Evaluation, prefix: str) -> Section:
    plots = (
        draw_reliability(evaluation, f"{prefix}reliability"),
        draw_scores(evaluation, f"{prefix}scores"),
    )
    body = render_part(
        "evaluation/probabilities.html.j2",
        evaluation=evaluation,
        plots=plots,
        prevalence=prevalence_sentences(evaluation),
    )
    return Section(f"{prefix}probabilities", "What probabilities mean", body, plots, _THRESHOLDS)


def _thresholds(evaluation: Evaluation, prefix: str) -> Section:
    names = evaluation.class_names
    # With more classes a decision is no single threshold.
    points = {
        name: point.thresholds[names[1]]
        for name, point in evaluation.operating_points.items()
        if len(names) == 2
    }
    ill = evaluation.y_true != 0
    # Not one minus the first: with two classes this is the very number that decides.
    scores = evaluation.y_score[:, 1:].sum(axis=1)
    finding = _finding(evaluation)
    drawing = draw_thresholds(
        decision_table(ill, scores, np.linspace(0.005, 0.995, 199)),
        points,
        finding,
        f"{prefix}thresholds",
    )
    labels = sorted([(t, "") for t in THRESHOLDS] + [(t, name) for name, t in points.items()])
    table = decision_table(ill, scores, [threshold for threshold, _ in labels])
    body = render_part(
        "evaluation/thresholds.html.j2",
        drawing=drawing,
        labels=labels,
        table=table,
        finding=finding,
        normal=names[0],
        points=points,
    )
    return Section(f"{prefix}thresholds", "Other thresholds", body, (drawing,), _THRESHOLDS)


class _Trade(NamedTuple):
    """What an operating point finds, and what it flags needlessly: a film is flagged when it is
    not called normal."""

    found: int
    needless: int
    sensitivity: Interval
    specificity: Interval

    @classmethod
    def of(cls, point: OperatingPointEvaluation, normal: str) -> _Trade:
        """The trade of an operating point; `normal` is the first class."""
        flagged = np.array(point.confusion)[:, 1:].sum(axis=1)
        return cls(
            found=int(flagged[1:].sum()),
            needless=int(flagged[0]),
            sensitivity=point.metrics[f"specificity[{normal}]"],
            specificity=point.metrics[f"recall[{normal}]"],
        )


class _Work(NamedTuple):
    """Expected work, and the same at the worse and at the better ends of the intervals."""

    expected: Workload
    worse: Workload
    better: Workload

    @classmethod
    def of(cls, trade: _Trade, prevalence: float) -> _Work:
        """The work that an operating point makes at a prevalence."""
        sensitivity, specificity = trade.sensitivity, trade.specificity
        return cls(
            workload(sensitivity.value, specificity.value, prevalence),
            workload(sensitivity.low, specificity.low, prevalence),
            workload(sensitivity.high, specificity.high, prevalence),
        )


def _workload(evaluation: Evaluation, prefix: str) -> Section:
    normal = evaluation.class_names[0]
    ill_share = 1 - evaluation.data.films[normal] / len(evaluation.films)
    # Without ill or without healthy films, nothing is known of one half of the work.
    points = evaluation.operating_points if 0 < ill_share < 1 else {}
    trades = {name: _Trade.of(point, normal) for name, point in points.items()}
    tables = {
        name: [_Work.of(trade, share) for share in sorted({*PREVALENCES, ill_share})]
        for name, trade in trades.items()
    }
    plots = tuple(
        draw_workload(_Work.of(trade, PICTURED_PREVALENCE).expected, name, prefix)
        for name, trade in trades.items()
    )
    body = render_part(
        "evaluation/workload.html.j2",
        normal=normal,
        finding=_finding(evaluation),
        ill_share=ill_share,
        tables=tables,
        pictured=PICTURED_PREVALENCE,
        plots=plots,
    )
    return Section(f"{prefix}workload", "Work to expect", body, plots, _THRESHOLDS)


def _misclassified(evaluation: Evaluation, prefix: str) -> Section:
    wrong = [film for film in evaluation.films if set(film.decisions.values()) != {film.label}]
    wrong.sort(key=lambda film: (film.probabilities[film.label], film.path))
    body = render_part(
        "evaluation/misclassified.html.j2",
        evaluation=evaluation,
        wrong=len(wrong),
        films=wrong[:LISTED_FILMS],
    )
    return Section(f"{prefix}misclassified", "Films called wrong", body)


def _all_figures(evaluation: Evaluation, prefix: str) -> Section:
    body = render_part("evaluation/all_figures.html.j2", evaluation=evaluation)
    return Section(f"{prefix}figures", "Every figure", body)


def _finding(evaluation: Evaluation) -> str:
    """What is looked for: the positive class, or all but the normal one."""
    normal, *findings = evaluation.class_names
    return findings[0] if len(findings) == 1 else f"anything but {normal}"


class _Confusion(NamedTuple):
    """Films of one class called another."""

    actual: str
    called: str
    films: int


def _worst_confusion(
    point: OperatingPointEvaluation, class_names: tuple[str, ...]
) -> _Confusion | None:
    """The most frequent one; `None` where every film is called right."""
    wrong = np.array(point.confusion)
    np.fill_diagonal(wrong, 0)
    actual, called = np.unravel_index(wrong.argmax(), wrong.shape)
    if not wrong.any():
        return None
    return _Confusion(class_names[actual], class_names[called], int(wrong[actual, called]))
