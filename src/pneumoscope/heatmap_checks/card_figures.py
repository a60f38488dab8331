"""The figures of an assessment that a model file carries in its manifest, and their wording."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from pneumoscope.heatmap_checks.shares import share_text
from pneumoscope.metrics.intervals import Interval

if TYPE_CHECKING:
    # Reading a card needs none of what measures.
    from pneumoscope.heatmap_checks.assessment import Assessment


def card_figures(assessment: Assessment) -> dict[str, JsonValue]:
    """What belongs under `explanations` in the provenance of a manifest, as JSON.

    Of every part the figures that say most: gains of all films over both baselines, agreement with
    every weight shuffled, the harmless change that maps stand worst, evidence in the lungs for
    every finding on films rightly called so, the pointing game, and each probe. Parts that were not
    measured are left out; undefined numbers are `None`.
    """
    gains = assessment.faithfulness.groups["all"].gains
    figures: dict[str, JsonValue] = {
        "data": {
            "source": PurePath(assessment.data).name,
            "split": assessment.split,
            "films": dict(assessment.films),
            "perturbed_films": assessment.perturbed_films,
        },
        "grid": list(assessment.grid),
        "faithfulness": {
            f"{game}_gain_{baseline}": _as_json(gain)
            for game, against in gains.items()
            for baseline, gain in against.items()
        },
    }
    if assessment.sanity is not None:
        figures["sanity"] = {
            "all_layers": _as_json(assessment.sanity.stages[-1].agreement),
            "between_films": _as_json(assessment.sanity.between_films),
        }
    known = [c for c in assessment.stability.changes if not math.isnan(c.agreement.value)]
    if known:
        worst = min(known, key=lambda change: change.agreement.value)
        figures["stability"] = {
            "worst": {"name": worst.name, "agreement": _as_json(worst.agreement)},
        }
    if assessment.anatomy is not None:
        figures["anatomy"] = {
            group.evidence_for: {
                "films": group.films,
                "evidence_share": _as_json(group.evidence_share),
                "area_share": _as_json(group.area_share),
            }
            for group in assessment.anatomy.groups
            if group.outcome == "true positive" and group.evidence_for != assessment.normal_class
        }
    if assessment.localisation is not None:
        figures["localisation"] = {
            "pointing": _as_json(assessment.localisation.pointing),
            "pointing_centre": _as_json(assessment.localisation.pointing_centre),
        }
    if assessment.probes is not None:
        figures["probes"] = {
            probe.name: {"roc_auc": _as_json(probe.roc_auc), "accuracy": _as_json(probe.accuracy)}
            for probe in assessment.probes.conditions
        }
    return figures


def describe_card_figures(figures: Mapping[str, Any]) -> dict[str, list[str]]:
    """The figures of `card_figures` as sentences with 95 % intervals, by the parts of an
    assessment; parts that were not measured are missing.
    """
    parts = {
        "faithfulness": _faithfulness,
        "sanity": _sanity,
        "stability": _stability,
        "anatomy": _anatomy,
        "localisation": _localisation,
        "probes": _probes,
    }
    return {name: list(tell(figures[name])) for name, tell in parts.items() if name in figures}


def describe_card_films(figures: Mapping[str, Any]) -> str:
    """What was assessed on which films, for the figures of `card_figures`, in one sentence."""
    data = figures["data"]
    rows, columns = figures["grid"]
    split = f", split {data['split']}" if data["split"] else ""
    return (
        f"maps of {rows} x {columns} cells, assessed on {sum(data['films'].values()):,} films "
        f"({data['source']}{split}), the first three questions on {data['perturbed_films']:,} of "
        "them"
    )


def _faithfulness(found: Mapping[str, Any]) -> Iterator[str]:
    for game in ("deletion", "insertion"):
        yield (
            f"{game.capitalize()}: gain over a random order "
            f"{_text(found[f'{game}_gain_random'])}, over the centre first "
            f"{_text(found[f'{game}_gain_centre'])}."
        )


def _sanity(found: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Agreement with maps of the shuffled network: {_text(found['all_layers'])}; of different "
        f"films: {_text(found['between_films'])}."
    )


def _stability(found: Mapping[str, Any]) -> Iterator[str]:
    worst = found["worst"]
    yield f"Agreement under the change that maps stand worst ({worst['name']}): " + (
        f"{_text(worst['agreement'])}."
    )


def _anatomy(found: Mapping[str, Any]) -> Iterator[str]:
    for name, shares in found.items():
        yield (
            f"Share of the evidence for {name} inside the lungs, on {shares['films']:,} films "
            f"rightly called so: {_share(shares['evidence_share'])}; of the area: "
            f"{_share(shares['area_share'])}."
        )


def _localisation(found: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Strongest point inside an opacity: {_share(found['pointing'])} of the films; middle of "
        f"the film: {_share(found['pointing_centre'])}."
    )


def _probes(found: Mapping[str, Any]) -> Iterator[str]:
    areas = [f"{name} {_text(figures['roc_auc'])}" for name, figures in found.items()]
    yield f"ROC-AUC: {'; '.join(areas)}."
    accuracies = [f"{name} {_text(figures['accuracy'])}" for name, figures in found.items()]
    yield f"Accuracy: {'; '.join(accuracies)}."


def _as_json(interval: Interval) -> dict[str, JsonValue]:
    return {
        name: None if math.isnan(number) else number
        for name, number in dataclasses.asdict(interval).items()
    }


def _text(figure: Mapping[str, float | None]) -> str:
    """`0.967 (0.952 to 0.979)`."""
    return str(_interval(figure))


def _share(figure: Mapping[str, float | None]) -> str:
    """`43.0 % (40.1 to 45.9)`."""
    return share_text(_interval(figure))


def _interval(figure: Mapping[str, float | None]) -> Interval:
    """JSON has no NaN: what is undefined is `None` there."""
    return Interval(**{name: math.nan if n is None else n for name, n in figure.items()})
