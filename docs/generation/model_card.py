"""The card of the packaged model, from what its model file says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generation.tables import table
from pneumoscope.heatmap_checks.card_figures import describe_card_figures, describe_card_films
from pneumoscope.metrics.records import as_figure
from pneumoscope.modelfile.calibration_words import (
    calibration_in_words,
    calibration_notes,
    prevalence_in_words,
)
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.report.model_card import worst_groups

_HEADER = """\
# Model card: {name}

Generated from the model file by `make docs`; `pneumoscope models show` prints the main facts.
**Research software, not a medical device.**
"""
_SPLIT_MODES = {
    "given": "the validation films of the data set",
    "rejoin": "random patients",
    "random": "random patients",
    "blocks": "whole blocks of patient numbers",
}
_SCORES = {
    "roc_auc": "ROC-AUC",
    "average_precision": "Average precision",
    "brier": "Brier score (0 is best)",
    "log_loss": "Log loss (0 is best)",
    "calibration_error": "Calibration error (0 is best)",
    "calibration_error_by_chance": "Calibration error of perfect probabilities",
}
_DECISIONS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "Positive predictive value",
    "npv": "Negative predictive value",
}
# Where weights come from that a recipe names only by their file.
_WEIGHTS = {
    "imagenet": "timm's ImageNet weights",
    "none": "none, trained from scratch",
    "mobilenetv2_100.imagenet.safetensors": (
        "ImageNet-1k: Google's TensorFlow release `mobilenet_v2_1.0_224_quant` (Apache-2.0), "
        "dequantised, in timm's layout; batch-norm statistics re-estimated on 384 of the films"
    ),
}


def model_card_page(manifest: ModelManifest) -> str:
    """`model-card.md`."""
    sections = (_use, _data, _training, _probabilities, _figures, _groups, _heatmaps, _file)
    parts = [_HEADER.format(name=manifest.name)]
    for section in sections:
        parts += section(manifest)
    return "\n".join(parts)


def _use(manifest: ModelManifest) -> Iterator[str]:
    classes = ", ".join(f"`{name}`" for name in manifest.class_names)
    yield f"""\
## Use

- **Intended use.** {manifest.card.intended_use}
- **Limitations.** {manifest.card.limitations}
- **Answers.** Calibrated probabilities of {classes}, a decision at a named operating point, and a
  heatmap. The model answers for any picture: nothing in it notices a film that is out of scope.
- **Licence of the model.** {manifest.card.licence}
"""


def _data(manifest: ModelManifest) -> Iterator[str]:
    split = manifest.training["recipe"]["split"]
    uses = {
        "train": "fitting the weights",
        "val": f"{_SPLIT_MODES[split['mode']]}; choice of the epoch, calibration, thresholds",
        "test": "random patients of the rest; not used in the run that made this file",
    }
    rows = [
        [split, uses[split], *(str(counts.get(name, 0)) for name in manifest.class_names)]
        for split, counts in manifest.training["films"].items()
        if split in uses
    ]
    yield f"""\
## Data

{manifest.card.data_source}. Licence of the films: {manifest.card.data_licence}.

{table(["split", "what it is, and what for", *manifest.class_names], rows)}
No patient is in two splits. Here `test` is not the official test split of the data set, which no
part of this training has seen.
"""


def _training(manifest: ModelManifest) -> Iterator[str]:
    training = manifest.training
    recipe = training["recipe"]
    size, fit = recipe["preprocess"]["size"], recipe["preprocess"]["fit"]
    loss, optimizer = recipe["loss"], recipe["optimizer"]
    weights = recipe["model"]["weights"]
    stages = ", then ".join(
        f"{stage['epochs']} of {_learning(stage['train'])}" for stage in recipe["stages"]
    )
    changes = [
        name.removesuffix("_probability").replace("_", " ")
        for name, value in recipe["augment"].items()
        if name.endswith("_probability") and value > 0
    ]
    if loss.get("patch_mixing"):
        changes.append("patches of other films")
    facts = {
        "architecture": manifest.architecture,
        "starting weights": _WEIGHTS.get(weights, f"`{weights}`"),
        "input": f"{size} x {size} gray pixels, {fit}",
        "epochs at most": stages + (f"; {run} were run" if (run := training.get("epochs")) else ""),
        "loss": f"{loss['name'].replace('_', ' ')}, class weights {loss['class_weights']}, "
        f"label smoothing {loss['label_smoothing']:g}",
        "optimiser": f"{optimizer['name']}, learning rate {optimizer['lr']:g}, "
        f"weight decay {optimizer['weight_decay']:g}, batches of {recipe['batch_size']}",
        "schedule": recipe["schedule"]["name"].replace("_", " "),
        "average of the weights": f"decay {recipe['ema_decay']}" if recipe["ema_decay"] else "none",
        "random changes beside geometry and intensity": ", ".join(changes) or "none",
        "seed": recipe["seed"],
        "date": manifest.training["date"],
    }
    rows = [[name, str(value)] for name, value in facts.items()]
    yield f"## Training\n\n{table(['', ''], rows)}"
    if recipe["augment"].get("surroundings_probability"):
        yield (
            "Rough lung-field masks of the training films served to replace what surrounds the\n"
            "lungs, to mix films by the share of the lungs that was replaced, and to hold the\n"
            "evidence to the lungs. Using the model needs no masks.\n"
        )


def _learning(train: str | int) -> str:
    return {"head": "the head", "all": "all weights"}.get(
        str(train), f"the last {train} block groups"
    )


def _probabilities(manifest: ModelManifest) -> Iterator[str]:
    calibration = manifest.calibration.ordered(manifest.class_names)
    notes = "".join(f" {note}" for note in calibration_notes(manifest))
    yield f"""\
## Probabilities

{calibration_in_words(manifest)} {prevalence_in_words(manifest)}{notes}
The softmax of the network's logits times a scale plus an offset gives them ({calibration:.3f}).
Without, they would be off: class weights of the loss, mixed films and label smoothing shift a
network's answers. Where another share of films has a finding, `--prevalence` moves probabilities
and thresholds, and films are called what they were. That, and how good this calibration is on
films it was not fitted on, is told in [probabilities.md](probabilities.md).
"""


def _figures(manifest: ModelManifest) -> Iterator[str]:
    evaluation = manifest.training.get("evaluation")
    if not evaluation:
        yield "## Figures\n\nThis model file holds no evaluation.\n"
        return
    mode = manifest.training["recipe"]["split"]["mode"]
    what = {"val": f"val: {_SPLIT_MODES[mode]}", "test": "test: random patients of the rest"}
    headings = ["", *(what[split] for split in evaluation)]
    yield f"""\
## Figures

With 95 % intervals, patients being the units: [intervals.md](intervals.md).

{table(headings, _metric_rows(evaluation.values(), _SCORES))}"""
    for point, thresholds in manifest.operating_points.items():
        cuts = ", ".join(f"{name} {value:.3f}" for name, value in thresholds.items())
        at_point = [split["operating_points"][point] for split in evaluation.values()]
        yield f"""\
### At the operating point `{point}`

The class called is the one whose probability is highest relative to its threshold: {cuts}.

{table(headings, _metric_rows(at_point, _DECISIONS))}"""
    yield """\
Epoch, calibration and thresholds were chosen with the films of `val`. While the recipe was
developed, earlier runs on the same division were judged on `val` and on `test`. So neither is an
untouched test, and both may flatter the model. Neither says how it does in another hospital.
"""


def _groups(manifest: ModelManifest) -> Iterator[str]:
    for split, groups in worst_groups(manifest):
        rows = [
            [of_class.label, row.name, str(row.films), str(row.points[groups.point].right)]
            for of_class in groups.classes
            for row in of_class.rows
        ]
        yield f"""\
## Where it fails, on {split}

{" ".join(groups.sentences())}

{table(["class", "films of", "films", f"called rightly at {groups.point}"], rows)}"""


def _heatmaps(manifest: ModelManifest) -> Iterator[str]:
    figures: Any = manifest.training.get("explanations")
    if not figures:
        yield "## Heatmaps\n\nThis model file holds no assessment of its heatmaps.\n"
        return
    described = describe_card_figures(figures)
    parts = [
        f"**{measure.question}** {' '.join(sentences)}\n"
        for measure, sentences in described.items()
    ]
    yield "\n".join(
        [
            "## Heatmaps\n",
            f"{describe_card_films(figures).capitalize()}, with 95 % intervals. What the figures "
            "mean and where heatmaps\nmislead is told in [explanations.md](explanations.md).\n",
            *parts,
        ]
    )


def _metric_rows(evaluations: Any, names: dict[str, str]) -> list[list[str]]:
    evaluations = list(evaluations)
    return [
        [title, *(str(as_figure(evaluation["metrics"][name])) for evaluation in evaluations)]
        for name, title in names.items()
        if all(name in evaluation["metrics"] for evaluation in evaluations)
    ]


def _file(manifest: ModelManifest) -> Iterator[str]:
    parity = manifest.training["parity"]
    yield f"""\
## File

Largest difference between the exported graph and the network it was exported from, on
{parity["films"]} films: {parity["probability"]:.1e} in a probability, {parity["heatmap"]:.1e} in a
heatmap. SHA-256 of the graph: `{manifest.graph_sha256}`. The format
is told in [model-file.md](model-file.md).
"""
