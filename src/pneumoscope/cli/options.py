"""Options that several commands have, in one wording."""

from __future__ import annotations

from pathlib import Path

import click

from pneumoscope.cli.numbers import Number

UNREADABLE_STATUS = 3
"""The exit status of a command that is done, apart from films that it could not read."""

labels = click.option(
    "--labels",
    type=click.Choice(["folder", "pathogen"]),
    default="folder",
    show_default=True,
    help="Take classes from folders, or pathogens from file names.",
)
labels_of_recipe = click.option(
    "--labels",
    type=click.Choice(["folder", "pathogen"]),
    help="Take classes from folders, or pathogens from file names [default: as the recipe says].",
)
normal_class = click.option(
    "--normal-class",
    metavar="NAME|none",
    help="Which class is the healthy one, or none where every class is a finding [default: as the "
    "recipe says, else the one class with a name such as normal, No Finding, healthy or control].",
)
split = click.option(
    "--split", type=click.Choice(["train", "val", "test"]), help="Only films of a split."
)
split_or_all = click.option(
    "--split",
    type=click.Choice(["train", "val", "test", "all"]),
    help="Only films of a split, or all  [default: all or, of the films of the model's own run, "
    "those that it held out].",
)
splits = click.option(
    "--splits",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="TABLE",
    help="Take films, their labels and splits from this table, such as the split.csv of a run; "
    "their paths are relative to the folder of the films.",
)
replicates = click.option(
    "--replicates",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Bootstrap replicates behind each interval.",
)
bootstrap_seed = click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap.")
operating_point = click.option(
    "--operating-point",
    default="balanced",
    show_default=True,
    metavar="NAME",
    help="Named thresholds that decide.",
)
prevalence = click.option(
    "--prevalence",
    type=Number(0.0, 1.0, min_open=True, max_open=True),
    metavar="SHARE",
    help="Share of films with a finding where the model is used, such as 0.1: probabilities and "
    "thresholds are moved to it  [default: as among the films that it was calibrated on].",
)
batch_size = click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="Films that go through a network together.",
)
isolate = click.option(
    "--isolate",
    is_flag=True,
    help="Decode films in processes of their own, each with at most 20 s for a film and, on Linux, "
    "2 GiB of memory: for films from sources that you do not trust.",
)
overrides = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a setting, for example --set optimizer.lr=1e-4. Repeatable.",
)
reported = click.option(
    "--reported",
    is_flag=True,
    help="Show what others reported for their models beside the figures, where these told the same "
    "classes apart.",
)
weights = click.option(
    "--weights",
    metavar="imagenet|none|FOLDER",
    help="Where pretrained weights come from: timm's download, nowhere, or a folder of "
    ".safetensors files; a backbone without a file there learns from scratch, with a warning  "
    "[default: as the recipe says].",
)
epochs = click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help="Shorten or stretch the stages of the recipe to so many epochs in all.",
)
lung_fields = click.option(
    "--lung-fields",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of lung masks, for recipes that change what is not lung.",
)
groups = click.option(
    "--groups",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Table of acquisition groups (path, group), such as groups.csv of `data audit --out`  "
    "[default: found anew where they are needed].",
)
accelerator = click.option(
    "--accelerator",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="Where to train; auto takes a GPU where there is one.",
)
cache = click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="Folder for decoded films [default: user cache].",
)
