"""The figures of an assessment that a model file carries in its manifest, and their wording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import PurePath
from typing import Any

from pydantic import JsonValue

from pneumoscope.heatmap_checks.assessment import MEASURES, ON_SOME_FILMS, Assessment
from pneumoscope.heatmap_checks.measure import Measure
from pneumoscope.metrics.intervals import Interval
from pneumoscope.metrics.records import as_document, as_figure

_INTERVAL = {field.name for field in fields(Interval)}


def card_figures(assessment: Assessment) -> dict[str, JsonValue]:
    """What belongs under `explanations` in the provenance of a manifest, as JSON.

    Of every measure the figures that say most; what was not measured is left out, and undefined
    numbers are `None`.
    """
    figures: dict[str, Any] = {
        "data": {
            "source": PurePath(assessment.data).name,
            "split": assessment.split,
            "films": dict(assessment.films),
            "perturbed_films": assessment.perturbed_films,
        },
        "grid": list(assessment.grid),
    }
    for measure in MEASURES:
        found = assessment.found(measure)
        chosen = found.card_figures(assessment.normal_class) if found else None
        if chosen is not None:
            figures[measure.name] = _as_json(chosen)
    return figures


def describe_card_figures(figures: Mapping[str, Any]) -> dict[type[Measure], list[str]]:
    """The figures of `card_figures` as sentences with 95 % intervals, by the measures that have
    some.
    """
    return {
        measure: list(measure.card_sentences(_from_json(figures[measure.name])))
        for measure in MEASURES
        if measure.name in figures
    }


def describe_card_films(figures: Mapping[str, Any]) -> str:
    """What was assessed on which films, for the figures of `card_figures`, in one sentence."""
    data = figures["data"]
    rows, columns = figures["grid"]
    split = f", split {data['split']}" if data["split"] else ""
    return (
        f"maps of {rows} x {columns} cells, assessed on {sum(data['films'].values()):,} films "
        f"({data['source']}{split}), {ON_SOME_FILMS} on {data['perturbed_films']:,} of them"
    )


def _as_json(figures: Any) -> Any:
    if isinstance(figures, Mapping):
        return {name: _as_json(figure) for name, figure in figures.items()}
    return as_document(figures) if isinstance(figures, Interval) else figures


def _from_json(figures: Any) -> Any:
    """The other way round. Other keys may be names of classes, such as `low` and `high`."""
    if not isinstance(figures, Mapping):
        return figures
    if figures.keys() == _INTERVAL:
        return as_figure(figures)
    return {name: _from_json(figure) for name, figure in figures.items()}
