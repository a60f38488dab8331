"""Training throughput against a plain torchvision script, in turn, on the same films.

    python benchmarks/training_throughput.py FOLDER     # a folder with one folder a class

Both sides train the whole network with augmentation for two epochs; the second counts, data
included. Writes `benchmarks/training_throughput.md`.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from result_page import HERE, in_turn, table, write_page

MODELS = {"mobilenetv2": "mobilenet_v2", "resnet50": "resnet50"}


def copy_films(source: Path, target: Path, count: int) -> None:
    """Copy `count` films, the same share of every class."""
    classes = [folder for folder in sorted(source.iterdir()) if folder.is_dir()]
    for folder in classes:
        (target / folder.name).mkdir(parents=True)
        for film in sorted(folder.iterdir())[: count // len(classes)]:
            shutil.copy(film, target / folder.name)


def ours(films: Path, model: str, scratch: Path) -> float:
    """Images per second of the second epoch of `pneumoscope train`, from its own log."""
    run = Path(tempfile.mkdtemp(dir=scratch))
    settings = [
        "model.weights=none", f"model.name={model}", "stages=[{epochs: 2}]", "split.mode=random",
        "split.val_fraction=0.1", "split.test_fraction=0", "early_stopping=null",
        # These need lung fields, or are for films that have some.
        "augment.surroundings_probability=0", "loss.evidence_outside_lungs=0",
        "loss.patch_mixing=0",
    ]  # fmt: skip
    command = [sys.executable, "-m", "pneumoscope", "train", "--recipe", "mobilenetv2-pediatric"]
    command += ["--data", str(films), "--run", str(run / "run"), "--cache", str(scratch / "cache")]
    for setting in settings:
        command += ["--set", setting]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with (run / "run" / "metrics.csv").open() as file:
        return float(list(csv.DictReader(file))[1]["images_per_s"])


def plain(films: Path, model: str) -> float:
    """Images per second of the second epoch of the plain script."""
    command = [sys.executable, str(HERE / "plain_training.py"), str(films), MODELS[model]]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--films", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        films = Path(scratch) / "films"
        copy_films(arguments.folder, films, arguments.films)
        for model in MODELS:
            pairs = in_turn(
                partial(ours, films, model, Path(scratch)),
                partial(plain, films, model),
                arguments.repeats,
            )
            ratios = [mine / other for mine, other in pairs]
            median_of_ours, median_of_plain = (
                f"{statistics.median(speeds):.1f}" for speeds in zip(*pairs, strict=True)
            )
            rows.append(
                [
                    model,
                    median_of_ours,
                    median_of_plain,
                    f"{statistics.median(ratios):.2f}",
                    f"{min(ratios):.2f} to {max(ratios):.2f}",
                ]
            )
    headings = ["network", "pneumoscope", "plain torchvision script", "ratio", "range of ratios"]
    write_page(
        "training_throughput",
        "Training throughput",
        [
            f"Images per second of the second epoch on {arguments.films} films of 224 x 224, data "
            f"included, medians of {arguments.repeats} runs of each side in turn.",
            table(headings, rows),
        ],
        packages=("torch", "torchvision", "timm", "lightning"),
        arguments="FOLDER",
    )


if __name__ == "__main__":
    main()
