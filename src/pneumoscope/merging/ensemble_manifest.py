"""What an ensemble's model file says of itself, put together from its members' manifests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import seen_by_any
from pneumoscope.merging.derived import provenance
from pneumoscope.merging.source_models import SourceModel
from pneumoscope.merging.weights import MemberWeights
from pneumoscope.metrics.calibration import Calibration
from pneumoscope.modelfile.manifest import CalibrationByClass, ModelCard, ModelManifest


def ensemble_settings(
    members: Sequence[SourceModel],
    weights: MemberWeights,
    name: str,
    validation: PreparedFilms | None,
    agreement: Mapping[str, Any],
) -> dict[str, Any]:
    """The settings of an ensemble's manifest, its thresholds the weighted means of its members'.

    Its prevalence is that of its members, where they agree in one.
    `agreement` is what `check_agreement` found; `validation` only goes on record here.
    """
    manifests = [member.manifest for member in members]
    first = manifests[0]
    points = [
        point
        for point in first.operating_points
        if all(point in manifest.operating_points for manifest in manifests)
    ]
    return {
        "name": name,
        "architecture": f"ensemble({', '.join(manifest.architecture for manifest in manifests)})",
        "class_names": first.class_names,
        "normal_class": first.normal_class,
        "normal_class_is_known": first.normal_class_is_known,
        "preprocess": first.preprocess,
        "calibration": CalibrationByClass.of(
            Calibration.none(len(first.class_names)), first.class_names
        ),
        "prevalence": first.prevalence
        if all(manifest.prevalence == first.prevalence for manifest in manifests)
        else None,
        "operating_points": {
            point: _mean_by_class(
                [manifest.operating_points[point] for manifest in manifests], weights
            )
            for point in points
        },
        "evidence_scale": _mean_by_class(
            [_in_full_heat(manifest) for manifest in manifests], weights
        ),
        "training": {
            "ensemble": [
                _origin(manifest, share)
                for manifest, share in zip(manifests, weights.shares, strict=True)
            ],
            "weights": weights.origin,
            **provenance(validation, agreement),
        },
        "seen": seen_by_any([manifest.seen for manifest in manifests]),
        "card": _card(manifests, weights, fitted=validation is not None),
    }


def full_heat(manifest: ModelManifest) -> float:
    """The evidence that a model draws at full heat, over its classes.

    One number for all of them: maps of single classes cannot be scaled apart, because the evidence
    for each is made of the maps of all.
    """
    return float(np.mean(list(manifest.evidence_scale.values())))


def _in_full_heat(manifest: ModelManifest) -> dict[str, float]:
    return {label: scale / full_heat(manifest) for label, scale in manifest.evidence_scale.items()}


def _mean_by_class(
    settings: Sequence[Mapping[str, float]], weights: MemberWeights
) -> dict[str, float]:
    """The weighted mean over members, for each class of the first."""
    return {
        label: sum(
            share * setting[label] for share, setting in zip(weights.shares, settings, strict=True)
        )
        for label in settings[0]
    }


def _origin(manifest: ModelManifest, share: float) -> dict[str, Any]:
    """What goes on record of one member."""
    recipe = manifest.training.get("recipe")
    return {
        "name": manifest.name,
        "architecture": manifest.architecture,
        "graph_sha256": manifest.graph_sha256,
        "weight": share,
        "recipe": recipe.get("name") if isinstance(recipe, dict) else None,
        "data_digest": manifest.training.get("data_digest"),
    }


def _card(manifests: Sequence[ModelManifest], weights: MemberWeights, *, fitted: bool) -> ModelCard:
    cards = [manifest.card for manifest in manifests]
    parts = ", ".join(
        f"{manifest.name} ({share:.3f})"
        for manifest, share in zip(manifests, weights.shares, strict=True)
    )
    thresholds = (
        "Its calibration and thresholds were fitted to it on validation films."
        if fitted
        else "Its probabilities and thresholds are the weighted means of its members' and were not "
        "fitted to it."
    )
    return ModelCard(
        licence="; ".join(_distinct(card.licence for card in cards)),
        data_source="; ".join(_distinct(card.data_source for card in cards)),
        data_licence="; ".join(_distinct(card.data_licence for card in cards)),
        intended_use=" ".join(_distinct(card.intended_use for card in cards)),
        limitations=" ".join(
            [
                *_distinct(card.limitations for card in cards),
                f"An ensemble that averages {parts}. {thresholds}",
            ]
        ),
        warning=" ".join(_distinct(card.warning for card in cards if card.warning)),
    )


def _distinct(texts: Iterable[str]) -> list[str]:
    """Each text once, in order."""
    return list(dict.fromkeys(texts))
