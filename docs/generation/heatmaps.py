"""Heatmaps before and after, from files that `pneumoscope explain --assess` wrote.

`docs/results/heatmaps` holds a folder with `assessment.json` for every variant, on phantoms and on
real films.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from generation.tables import table
from pneumoscope.heatmap_checks.assessment import Assessment, read_assessment
from pneumoscope.metrics.intervals import Interval

ASSESSMENTS = Path(__file__).parents[1] / "results" / "heatmaps"
PHANTOMS = {
    "phantoms-before": "before: 7 x 7 cells",
    "phantoms-large": "10 x 10 cells, on 320 pixels",
    "phantoms-fine": "14 x 14 cells",
    "phantoms-after": "after: all settings",
}
REAL_FILMS = {
    "real-before": "before: 7 x 7 cells",
    "real-forced": "14 x 14 cells, a penalty of 0.1, no patches",
    "real-after": "after: all settings",
}


def heatmaps_page() -> str:
    """`heatmaps.md`."""
    phantoms = {title: read_assessment(ASSESSMENTS / name) for name, title in PHANTOMS.items()}
    real = {title: read_assessment(ASSESSMENTS / name) for name, title in REAL_FILMS.items()}
    return "\n".join(
        [
            _text("introduction"),
            "## Drawn films, whose opacities are known\n",
            _films(next(iter(phantoms.values()))),
            _side_by_side(phantoms, _places),
            "## Real films and the packaged model\n",
            _films(next(iter(real.values()))),
            _side_by_side(real, _trust),
            _text("reading").rstrip("\n") + "\n",
        ]
    )


def _text(name: str) -> str:
    return (ASSESSMENTS / f"{name}.md").read_text(encoding="utf-8")


def _films(assessment: Assessment) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in assessment.films.items())
    total = sum(assessment.films.values())
    return f"{total} films of {assessment.patients} patients: {counts}.\n"


def _places(assessment: Assessment) -> dict[str, Interval]:
    """What is known of maps where the places of opacities are."""
    found, probes = assessment.localisation, assessment.probes
    if found is None or probes is None:
        raise ValueError("The assessments of phantoms need boxes and lung fields.")
    return {
        "strongest point in an opacity": found.pointing,
        "evidence inside the opacities": found.evidence_share,
        "area of the opacities": found.area_share,
        "overlap with the opacities": found.overlap,
        **_lungs(assessment),
        **_gains(assessment),
        "ROC-AUC": probes.conditions[0].roc_auc,
    }


def _trust(assessment: Assessment) -> dict[str, Interval]:
    """How far maps of real films can be trusted."""
    if assessment.sanity is None or assessment.probes is None:
        raise ValueError("The assessments of real films need a model file's maps and lung fields.")
    return {
        **_lungs(assessment),
        **_gains(assessment),
        **{
            f"agreement of maps, {change.name}": change.agreement
            for change in assessment.stability.changes
        },
        "agreement of maps, all weights shuffled": assessment.sanity.stages[-1].agreement,
        **{f"ROC-AUC, {probe.name}": probe.roc_auc for probe in assessment.probes.conditions},
        **{f"accuracy, {probe.name}": probe.accuracy for probe in assessment.probes.conditions},
    }


def _lungs(assessment: Assessment) -> dict[str, Interval]:
    groups = () if assessment.anatomy is None else assessment.anatomy.groups
    return {
        title: figure
        for group in groups
        if (group.evidence_for, group.outcome) == ("PNEUMONIA", "true positive")
        for title, figure in (
            ("evidence for pneumonia inside the lungs", group.evidence_share),
            ("area of the lungs", group.area_share),
        )
    }


def _gains(assessment: Assessment) -> dict[str, Interval]:
    return {
        f"{game}: better than {order} by": gain
        for game, gains in assessment.faithfulness.groups["all"].gains.items()
        for order, gain in zip(("a random order", "the centre first"), gains.values(), strict=True)
    }


def _side_by_side(
    assessments: Mapping[str, Assessment], choose: Callable[[Assessment], Mapping[str, Interval]]
) -> str:
    columns = [choose(assessment) for assessment in assessments.values()]
    rows = [[title, *(str(column[title]) for column in columns)] for title in columns[0]]
    drawn = [str(assessment.perturbed_films) for assessment in assessments.values()]
    return table(
        ["", *assessments], [["films for deletion, insertion and agreement", *drawn], *rows]
    )
