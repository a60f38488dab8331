"""Is a model worth using? The section about net benefit, of an evaluation and of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pneumoscope.class_roles import can_be_screened
from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.metrics.net_benefit import NetBenefitCurve, net_benefit_curve
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part
from pneumoscope.report.net_benefit_plots import draw_net_benefit

LISTED = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
OTHER_PREVALENCE = 0.1
_TITLE = "Is it worth using?"


def net_benefit_sections(
    evaluation: Evaluation, prefix: str = "", group: str = ""
) -> list[Section]:
    """The section, where there is something to call ill and films of both kinds; else none.

    `prefix` and `group` are those of `evaluation_sections`.
    """
    if not _applies(evaluation):
        return []
    curves = [
        _curve(evaluation, prevalence, with_intervals=True)
        for prevalence in _prevalences(evaluation)
    ]
    drawing = draw_net_benefit(
        {evaluation.model.name: curves}, _here(evaluation), f"{prefix}net-benefit"
    )
    body = render_part(
        "evaluation/net_benefit.html.j2",
        drawing=drawing,
        curves=[(curve, curve.at(LISTED), curve.useful_range()) for curve in curves],
        here=_here(evaluation),
        moved=evaluation.model.prevalence is not None,
        finding=_finding(evaluation.class_names),
    )
    return [Section(f"{prefix}net-benefit", _TITLE, body, (drawing,), group)]


def compared_net_benefit(comparison: Comparison) -> list[Section]:
    """The section with all models of a comparison in one picture, as `net_benefit_sections`."""
    first, evaluations = comparison.first, comparison.evaluations.values()
    if not all(map(_applies, evaluations)):
        return []
    # Those at which all can be shown.
    prevalences = min((_prevalences(evaluation) for evaluation in evaluations), key=len)
    curves: Mapping[str, Sequence[NetBenefitCurve]] = {
        name: [_curve(evaluation, prevalence) for prevalence in prevalences]
        for name, evaluation in comparison.evaluations.items()
    }
    drawing = draw_net_benefit(curves, _here(first), "net-benefit")
    body = render_part(
        "comparison/net_benefit.html.j2",
        drawing=drawing,
        listed=LISTED,
        tables=[
            (
                of_all[0].prevalence,
                {name: curve.at(LISTED) for name, curve in zip(curves, of_all, strict=True)},
            )
            for of_all in zip(*curves.values(), strict=True)
        ],
        here=_here(first),
        finding=_finding(comparison.class_names),
    )
    return [Section("net-benefit", _TITLE, body, (drawing,))]


def _applies(evaluation: Evaluation) -> bool:
    screened = can_be_screened(evaluation.class_names, evaluation.model.normal_class)
    return screened and 0 < _here(evaluation) < 1


def _here(evaluation: Evaluation) -> float:
    """The share of these films that is ill."""
    return float((evaluation.y_true != 0).mean())


def _prevalences(evaluation: Evaluation) -> list[float]:
    """That of these films, and another: the one that figures are for, or `OTHER_PREVALENCE`. It is
    left out where it is not known what probabilities are for."""
    here = _here(evaluation)
    if evaluation.model.prevalence is None:
        return [here]
    return [here, evaluation.findings_share or OTHER_PREVALENCE]


def _curve(
    evaluation: Evaluation, prevalence: float, *, with_intervals: bool = False
) -> NetBenefitCurve:
    meant = evaluation.model.prevalence
    return net_benefit_curve(
        evaluation.y_true != 0,
        # Not one minus the first: with two classes this is the very number that decides.
        evaluation.y_score[:, 1:].sum(axis=1),
        prevalence,
        meant_for=None if meant is None else 1 - meant[evaluation.class_names[0]],
        patients=[film.patient_id for film in evaluation.films] if with_intervals else None,
        rng=np.random.default_rng(evaluation.bootstrap.seed),
        replicates=evaluation.bootstrap.replicates,
    )


def _finding(class_names: Sequence[str]) -> str:
    normal, *findings = class_names
    return findings[0] if len(findings) == 1 else f"anything but {normal}"
