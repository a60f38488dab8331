"""The models of the five systems on real films, from files that the commands wrote.

`docs/results` holds `comparison.json` of `pneumoscope compare` for each set of films, and the
manifests of the compared models, as `pneumoscope models show MODEL --json` prints them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from generation.tables import table
from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.evaluation.comparison_verdicts import SIGNIFICANCE
from pneumoscope.evaluation.pairs import ComparedPair, CorrectedTest
from pneumoscope.evaluation.reported import ReportedResult, reported_results
from pneumoscope.wording import counted

RESULTS = Path(__file__).parents[1] / "results"

_SETS = {
    "two-classes-blocks": (
        "Two classes, whole blocks of patient numbers",
        "The lowest and the highest patient numbers of each series, as far from the training films "
        "as this folder allows. These films also chose each model's epoch, calibration and "
        "thresholds.",
    ),
    "two-classes-random": (
        "Two classes, random patients",
        "Random patients of the rest, whose neighbours in the numbering were learned from: they "
        "are easier. No run chose anything on them; but while the packaged recipe was developed, "
        "earlier runs of it were judged on them.",
    ),
    "three-classes": (
        "Three classes, random patients",
        "A fifth of the patients, as in system E, whose films also chose each model's epoch, "
        "calibration and thresholds. Viral films are of children, all others of adults, so part "
        "of every figure is telling ages and hospitals apart.",
    ),
}
_COLUMNS = {
    "accuracy": "accuracy",
    "recall": "sensitivity",
    "specificity": "specificity",
    "precision": "precision",
    "f1": "F1",
    "roc_auc": "ROC-AUC",
}


def results_page() -> str:
    """`results.md`."""
    comparisons = {name: Comparison.read_json(RESULTS / f"{name}.json") for name in _SETS}
    manifests = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((RESULTS / "models").glob("*.json"))
    }
    return "\n".join(
        [
            (RESULTS / "introduction.md").read_text(encoding="utf-8"),
            *_training(manifests, comparisons),
            *(part for name in _SETS for part in _comparison(*_SETS[name], comparisons[name])),
            (RESULTS / "reading.md").read_text(encoding="utf-8").rstrip("\n") + "\n",
        ]
    )


def _training(manifests: dict[str, Any], comparisons: dict[str, Comparison]) -> Iterator[str]:
    files = {
        model.name: model.file_bytes
        for comparison in comparisons.values()
        for model in comparison.models
    }
    rows = []
    for name, manifest in manifests.items():
        training = manifest["training"]
        recipe = training["recipe"]
        seconds = training.get("seconds")
        rows.append(
            [
                f"`{name}`",
                manifest["architecture"],
                "none" if recipe["model"]["weights"] == "none" else "ImageNet",
                str(sum(stage["epochs"] for stage in recipe["stages"])),
                f"{sum(training['films']['train'].values()):,}",
                f"{seconds / 60:.0f} min" if seconds else "not recorded",
                f"{files[name] / 1e6:.1f} MB",
            ]
        )
    hardware = {_hardware(manifest["training"]) for manifest in manifests.values()} - {None}
    yield "## Training\n"
    yield table(
        [
            *("recipe", "network", "pretrained", "epochs at most"),
            *("training films", "wall time", "model file"),
        ],
        rows,
    )
    yield f"Hardware: {'; '.join(sorted(map(str, hardware)))}, busy with other work at times.\n"


def _hardware(training: dict[str, Any]) -> str | None:
    hardware = training.get("hardware")
    if hardware is None:
        return None
    return f"{hardware['name']}, {hardware['cores']} cores, {hardware['precision']}"


def _comparison(title: str, films: str, comparison: Comparison) -> Iterator[str]:
    data = comparison.data
    counts = ", ".join(f"{count} {name}" for name, count in data.films.items())
    means = " Precision, sensitivity, specificity and F1 are means over the classes."
    yield f"## {title}\n"
    yield (
        f"{films} {data.count} films of {data.patients} patients: {counts}. Decisions "
        f"at the operating point `{comparison.operating_point}`."
        f"{means if len(data.films) > 2 else ''}\n"
    )
    measured = [
        [f"`{model.name}`", *(str(model.figures[key]) for key in _COLUMNS)]
        for model in sorted(comparison.models, key=lambda m: -m.figures["roc_auc"].value)
    ]
    yield table(["model", *_COLUMNS.values()], measured)
    yield from _pairs(comparison.pairs)
    yield (
        "What others reported for their own models, on other films; it cannot be compared with the "
        "rows above. With two classes recall is of pneumonia films.\n"
    )
    columns = _COLUMNS | {"recall": "recall"}
    reported = [
        [
            _origin(row),
            row.split,
            *("" if (figure := row.figure(key)) is None else f"{figure:g}" for key in columns),
            row.note or "",
        ]
        for row in reported_results(tuple(data.films))
    ]
    yield table(["model", "films", *columns.values(), "note"], reported)


def _origin(row: ReportedResult) -> str:
    return f"system {row.system}, {row.model}" if row.system else row.model


def _pairs(pairs: Sequence[ComparedPair]) -> Iterator[str]:
    sure = [
        [f"`{pair.first}` − `{pair.second}`", _difference(auc), _difference(accuracy)]
        for pair in pairs
        for auc, accuracy in [(pair.tests["roc_auc"], pair.tests["accuracy"])]
        if min(auc.p_corrected, accuracy.p_corrected) <= SIGNIFICANCE
    ]
    if not sure:
        yield f"None of the {len(pairs)} pairs differs by more than chance would.\n"
        return
    yield (
        f"By more than chance differ, in ROC-AUC (DeLong) or accuracy (McNemar), both by patient, "
        "after Holm's correction for both measures of all pairs together, "
        f"{len(sure)} of {counted(len(pairs), 'pair')}:\n"
    )
    yield table(["pair", "ROC-AUC", "accuracy"], sure)


def _difference(test: CorrectedTest) -> str:
    difference, p = test.difference, test.p_corrected
    text = f"{difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"
    chance = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    return f"{text}, {chance}".replace("-", "−")
