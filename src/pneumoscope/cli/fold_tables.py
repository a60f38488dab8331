"""Folds and rehearsals as tables for the terminal."""

from __future__ import annotations

import math
from typing import Literal

import click

from pneumoscope.cli.validation_films import print_table
from pneumoscope.evaluation.out_of_fold import FoldFigures
from pneumoscope.evaluation.rehearsal import Rehearsal, RehearsedRecipe

_FOLDS = (
    "fold",
    "films",
    "ROC-AUC",
    "sens.",
    "spec.",
    "sens. crossed",
    "spec. crossed",
    "offset",
    "crossed",
)
_REHEARSAL = (
    "held out",
    "recipe",
    "ROC-AUC",
    "worst",
    "sens.",
    "spec.",
    "spec. crossed",
    "worst group",
    "worst block",
    "offset",
)
_KINDS: tuple[tuple[Literal["groups", "blocks"], str], ...] = (
    ("groups", "an acquisition group"),
    ("blocks", "a block of patients"),
)
_CROSSED = (
    "sens. and spec. are those of the operating point balanced as each fold's own model has it; "
    "crossed: as the other folds would set it. Worst is the lowest specificity of a part with 20 "
    "healthy films or more. offset: log odds to be added until probabilities fit, 0 is "
    "calibrated."
)


def print_folds(folds: Rehearsal) -> None:
    """The folds of a run: figures of each, their mean and spread, and where they are worst."""
    for row in folds.recipes:
        seed = f", seed {row.seed + 1}" if row.seed else ""
        click.echo(f"\n{folds.folds} folds, each judged on what it held out ({row.mode}{seed}):")
        table = [_fold(fold) for fold in row.folds]
        for name, figure in (("mean", row.mean), ("± (sd)", row.spread)):
            table.append(
                [name, "", f"{figure('roc_auc'):.4f}"]
                + [
                    f"{figure(key):.3f}"
                    for key in (
                        "sensitivity",
                        "specificity",
                        "crossed_sensitivity",
                        "crossed_specificity",
                    )
                ]
                + [f"{figure(key):+.2f}" for key in ("offset", "crossed_offset")]
            )
        print_table(_FOLDS, table)
        for kind, what in _KINDS:
            for figure_name, index in (("specificity", 0), ("sensitivity", 1)):
                name, value = row.worst_part(kind, figure_name, of_class=index)
                if name:
                    click.echo(
                        f"Worst {figure_name} of {what} with 20 such films or more: {value:.3f} "
                        f"({name})."
                    )
    click.echo(_CROSSED)


def print_rehearsal(rehearsal: Rehearsal) -> None:
    """A rehearsal, recipe by recipe within each way of holding films out."""
    modes = list(dict.fromkeys(row.mode for row in rehearsal.recipes))
    rows = sorted(rehearsal.recipes, key=lambda row: modes.index(row.mode))
    print_table(_REHEARSAL, [_recipe(row) for row in rows])
    click.echo(_CROSSED)


def _fold(fold: FoldFigures) -> list[str]:
    shares = (
        fold.sensitivity,
        fold.specificity,
        fold.crossed_sensitivity,
        fold.crossed_specificity,
    )
    return [
        fold.name,
        f"{sum(fold.films):,}",
        f"{fold.roc_auc:.4f}",
        *(f"{share:.3f}" for share in shares),
        f"{fold.offset:+.2f}",
        f"{fold.crossed_offset:+.2f}",
    ]


def _recipe(row: RehearsedRecipe) -> list[str]:
    return [
        row.mode,
        row.name + (f" (seed {row.seed + 1})" if row.seed else ""),
        f"{row.mean('roc_auc'):.4f} ± {row.spread('roc_auc'):.4f}",
        f"{row.worst('roc_auc'):.4f}",
        f"{row.mean('sensitivity'):.3f}",
        f"{row.mean('specificity'):.3f}",
        f"{row.mean('crossed_specificity'):.3f}",
        *(_part(*row.worst_part(kind, "specificity", of_class=0)) for kind, _ in _KINDS),
        f"{row.mean('offset'):+.2f}",
    ]


def _part(name: str, value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f} ({name})"
