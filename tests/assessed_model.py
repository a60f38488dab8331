"""An assessment written by hand: plausible figures, quick to make, known to the tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from pneumoscope.heatmap_checks.anatomy import Anatomy, LungShare
from pneumoscope.heatmap_checks.assessment import Assessment
from pneumoscope.heatmap_checks.faithfulness import Faithfulness, FaithfulnessFigures
from pneumoscope.heatmap_checks.localisation import Localisation
from pneumoscope.heatmap_checks.probes import ProbedFilms, Probes
from pneumoscope.heatmap_checks.sanity import RandomisedStage, Sanity
from pneumoscope.heatmap_checks.stability import ChangedFilms, Stability
from pneumoscope.metrics.intervals import Interval

TWO_CLASSES = ("NORMAL", "PNEUMONIA")
THREE_CLASSES = ("NORMAL", "BACTERIA", "VIRUS")
_SHARES = tuple(step / 20 for step in range(21))


def assessment_by_hand(class_names: tuple[str, ...] = TWO_CLASSES, **changes: Any) -> Assessment:
    """Everything measured, for two classes or more; `changes` replace any of its fields."""
    fields: dict[str, Any] = {
        "model": "tiny",
        "graph_sha256": "ab" * 32,
        "mapper": "cam",
        "grid": (7, 7),
        "class_names": class_names,
        "normal_class": class_names[0],
        "data": "films/chest_xray",
        "data_digest": "cd" * 32,
        "split": "val",
        "films": {name: 60 + 20 * place for place, name in enumerate(class_names)},
        "patients": 97,
        "unreadable": 0,
        "perturbed_films": 100,
        "replicates": 1000,
        "seed": 0,
        "faithfulness": _faithfulness(class_names),
        "sanity": _sanity(),
        "stability": _stability(),
        "anatomy": _anatomy(class_names),
        "localisation": _localisation(),
        "probes": _probes(class_names),
    }
    return Assessment(**(fields | changes))


def around(value: float, margin: float) -> Interval:
    """A figure in the middle of its interval."""
    return Interval(value, value - margin, value + margin)


def _faithfulness(class_names: tuple[str, ...]) -> Faithfulness:
    groups = {"all": _faithful_group(100, 2.2)}
    for place, name in enumerate(class_names):
        groups[name] = _faithful_group(40 + 10 * place, 1.4 + 0.8 * place)
    return Faithfulness(shares=_SHARES, groups=groups)


def _faithful_group(films: int, speed: float) -> FaithfulnessFigures:
    """Probabilities that fall from 0.96 to 0.5, the faster the better the order."""
    shares = np.array(_SHARES)
    orders = {"map": 2.0 * speed, "random": speed, "centre": 1.3 * speed}
    falls = {order: 0.5 + 0.46 * np.exp(-pace * shares) for order, pace in orders.items()}
    curves = {
        "deletion": falls,
        "insertion": {order: 1.46 - curve for order, curve in falls.items()},
    }
    areas = {
        game: {order: float(np.trapezoid(curve, shares)) for order, curve in drawn.items()}
        for game, drawn in curves.items()
    }
    better = {"deletion": -1, "insertion": 1}
    return FaithfulnessFigures(
        films=films,
        curves={
            game: {order: tuple(curve.tolist()) for order, curve in drawn.items()}
            for game, drawn in curves.items()
        },
        areas={
            game: {order: around(area, 0.015) for order, area in found.items()}
            for game, found in areas.items()
        },
        gains={
            game: {
                baseline: around(better[game] * (found["map"] - found[baseline]), 0.02)
                for baseline in ("random", "centre")
            }
            for game, found in areas.items()
        },
    )


def _sanity() -> Sanity:
    found = {
        "head": (0.001, 0.35),
        "head and last quarter": (0.22, 0.17),
        "head and last half": (0.71, 0.06),
        "all layers": (1.0, 0.02),
    }
    return Sanity(
        films=100,
        between_films=around(0.48, 0.03),
        stages=tuple(
            RandomisedStage(name=name, weights_share=weights, agreement=around(agreement, 0.05))
            for name, (weights, agreement) in found.items()
        ),
    )


def _stability() -> Stability:
    found = {
        "mirrored": (0.83, 0.031, 0.02),
        "shifted right by 8 pixels": (0.94, 0.012, 0.01),
        "JPEG at quality 50": (0.985, 0.008, 0.0),
    }
    return Stability(
        films=100,
        changes=tuple(
            ChangedFilms(
                name=name,
                agreement=around(agreement, 0.012),
                probability_change=around(change, 0.004),
                calls_changed=Interval(calls, 0.0, 2 * calls + 0.01),
            )
            for name, (agreement, change, calls) in found.items()
        ),
    )


def _anatomy(class_names: tuple[str, ...]) -> Anatomy:
    groups = []
    for place, name in enumerate(class_names):
        for outcome, films, share in (
            ("all", 60 + 20 * place, 0.30 + 0.10 * place),
            ("true positive", 52 + 18 * place, 0.32 + 0.11 * place),
            ("false positive", 9, 0.27),
        ):
            area = around(0.31, 0.006)
            groups.append(
                LungShare(
                    evidence_for=name,
                    outcome=outcome,
                    films=films,
                    evidence_share=around(share, 0.25 / films**0.5),
                    area_share=area,
                    excess=around(share - area.value, 0.25 / films**0.5),
                )
            )
    return Anatomy(with_lungs=138, without=2, groups=tuple(groups))


def _localisation() -> Localisation:
    return Localisation(
        films=70,
        pointing=around(0.64, 0.11),
        pointing_centre=around(0.06, 0.05),
        evidence_share=around(0.29, 0.04),
        area_share=around(0.11, 0.02),
        overlap=around(0.24, 0.03),
        overlap_lungs=around(0.27, 0.04),
    )


def _probes(class_names: tuple[str, ...]) -> Probes:
    found = {
        "whole film": ("Nothing is covered.", 0.992, 0.955),
        "without lungs": (
            "The lung fields and 4 % of the side around them are black.",
            0.871,
            0.762,
        ),
        "lungs only": ("All but the lung fields is black.", 0.941, 0.803),
        "corners covered": ("The four corners are black but for the lungs.", 0.990, 0.949),
    }
    even = 1 / len(class_names)
    return Probes(
        films=138,
        conditions=tuple(
            ProbedFilms(
                name=name,
                description=description,
                accuracy=around(accuracy, 0.03),
                roc_auc=Interval(area, area - 0.03, min(1.0, area + 0.02)),
                called=dict.fromkeys(class_names, even),
            )
            for name, (description, area, accuracy) in found.items()
        ),
        lung_area_roc_auc=around(0.62, 0.08) if len(class_names) == 2 else None,
    )
