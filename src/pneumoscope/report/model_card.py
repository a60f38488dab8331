"""A model's manifest as a short card for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pneumoscope.evaluation.group_table import GroupTable
from pneumoscope.heatmap_checks.card_figures import describe_card_figures, describe_card_films
from pneumoscope.metrics.records import as_figure
from pneumoscope.modelfile.calibration_words import (
    calibration_in_words,
    calibration_notes,
    prevalence_in_words,
    screening_in_words,
    threshold_bounds,
)
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.wording import count_films

_WIDTH = 96
_BINARY_DECISIONS = ("accuracy", "sensitivity", "specificity")
_DECISIONS = ("accuracy", "balanced_accuracy")


def format_card(manifest: ModelManifest) -> str:
    """What a person must know of a model: use, limits, data, operating points and figures."""
    card, preprocess = manifest.card, manifest.preprocess
    facts = {
        "Architecture": f"{manifest.architecture}, on {preprocess.size} x {preprocess.size} pixels",
        "Classes": ", ".join(manifest.class_names),
        "Healthy class": _healthy(manifest),
        "Licence": card.licence,
        "Date": str(manifest.training.get("date", "not recorded")),
        "Trained on": f"{card.data_source} ({card.data_licence})",
        "Films seen": _films_seen(manifest),
        "Intended use": card.intended_use,
        "Limitations": card.limitations,
    }
    lines = [manifest.name, ""]
    facts |= {"Warning": " ".join(manifest.warnings)} if manifest.warnings else {}
    for name, value in facts.items():
        lines += textwrap.wrap(f"{name}: {value}", _WIDTH, subsequent_indent="  ")
    for sentence in (
        prevalence_in_words(manifest),
        calibration_in_words(manifest),
        *([promise] if (promise := screening_in_words(manifest)) else []),
        *calibration_notes(manifest),
    ):
        lines += textwrap.wrap(sentence, _WIDTH, subsequent_indent="  ")
    lines += ["", *_operating_points(manifest)]
    lines += ["", *_held_out(manifest), *_where_it_fails(manifest)]
    if "explanations" in manifest.training:
        lines += ["", *_heatmaps(manifest)]
    return "\n".join(lines)


def _healthy(manifest: ModelManifest) -> str:
    if manifest.normal_class is not None:
        return manifest.normal_class
    return "none, all are findings" if manifest.normal_class_is_known else "not known"


def _films_seen(manifest: ModelManifest) -> str:
    """How many films its file knows as seen in training."""
    if manifest.seen is None:
        return "not told; the file was written before model files did"
    seen = manifest.seen.count()
    return f"{seen['train']:,} learned from and {seen['val']:,} for validation, known again as such"


def _operating_points(manifest: ModelManifest) -> Iterator[str]:
    """The thresholds of each class, with their bounds where the file tells them."""
    bounds = threshold_bounds(manifest)
    yield "Operating points (a class is called by its probability over its threshold):"
    for point, thresholds in manifest.operating_points.items():
        cuts = (
            f"{label} {threshold:.3f}"
            + (" ({:.3f} to {:.3f})".format(*bounds[point][label]) if point in bounds else "")
            for label, threshold in thresholds.items()
        )
        yield from textwrap.wrap(
            f"{point}: {', '.join(cuts)}", _WIDTH, initial_indent="  ", subsequent_indent="    "
        )
    if bounds:
        yield "  In brackets: where 95 % of those fitted to other such patients would lie."


def _held_out(manifest: ModelManifest) -> Iterator[str]:
    """The figures on films that the weights were not fitted to, one column a split."""
    splits: Any = manifest.training.get("evaluation")
    if not splits:
        yield "Held-out figures: none in this model file."
        return
    evaluations = list(splits.values())
    rows = {
        "": list(splits),
        "films": [str(sum(evaluation["films"].values())) for evaluation in evaluations],
        "ROC-AUC": [_figure(evaluation["metrics"], "roc_auc") for evaluation in evaluations],
    }
    names = _BINARY_DECISIONS if len(manifest.class_names) == 2 else _DECISIONS
    for point in manifest.operating_points:
        for name in names:
            rows[f"{name.replace('_', ' ')}, {point}"] = [
                _figure(evaluation["operating_points"].get(point, {}).get("metrics", {}), name)
                for evaluation in evaluations
            ]
    yield "Held-out figures, with 95 % intervals (thresholds were chosen on val):"
    first = max(map(len, rows))
    for heading, cells in rows.items():
        yield f"  {heading:{first}}  {'  '.join(f'{cell:22}' for cell in cells)}".rstrip()


def _where_it_fails(manifest: ModelManifest) -> Iterator[str]:
    """For which films of each held-out split the model fails."""
    for split, groups in worst_groups(manifest):
        yield from ("", f"Where it fails, on the films of {split}:")
        for sentence in groups.sentences():
            yield from textwrap.wrap(
                sentence, _WIDTH, initial_indent="  ", subsequent_indent="    "
            )
        for of_class in groups.classes:
            for row in of_class.rows:
                right = row.points[groups.point].right
                yield from textwrap.wrap(
                    f"{of_class.label}, {row.name}: {right} of {count_films(row.films)}",
                    _WIDTH,
                    initial_indent="    ",
                    subsequent_indent="      ",
                )


def worst_groups(manifest: ModelManifest) -> Iterator[tuple[str, GroupTable]]:
    """The worst groups of the films of each held-out split, where the model file tells them."""
    evaluations: Any = manifest.training.get("evaluation") or {}
    for split, evaluation in evaluations.items():
        groups = evaluation.get("groups")
        if groups and (table := GroupTable.model_validate(groups)).compares:
            yield split, table


def _heatmaps(manifest: ModelManifest) -> Iterator[str]:
    """How far heatmaps can be trusted, as `card_figures` has recorded it."""
    figures: Any = manifest.training["explanations"]
    heading = f"Heatmaps: {describe_card_films(figures)}, with 95 % intervals:"
    yield from textwrap.wrap(heading, _WIDTH)
    for measure, sentences in describe_card_figures(figures).items():
        yield f"  {measure.question}"
        for sentence in sentences:
            yield from textwrap.wrap(
                sentence, _WIDTH, initial_indent="    ", subsequent_indent="      "
            )


def _figure(metrics: Mapping[str, Any], name: str) -> str:
    """`0.967 (0.952 to 0.979)`."""
    return str(as_figure(metrics[name])) if name in metrics else "undefined"
