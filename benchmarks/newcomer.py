"""A newcomer's first day with 300 films of their own: class folders, a table, DICOM studies.

    python benchmarks/newcomer.py FILMS --weights WEIGHTS --yolo yolo

FILMS is a folder of films with a folder for each class, WEIGHTS that of pretrained weights, and
`yolo` the command of ultralytics. 150 films of each class are laid out in three ways, each read by
the commands of a newcomer, from nothing to a trained model, a report and a page with findings.
Writes `benchmarks/newcomer.md` with the commands, what went wrong, and the times beside those of
`yolo classify train` on the same class folders, with as many epochs.
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid
from result_page import load_average, table, write_page

from pneumoscope.data.filenames import parse_film_name
from pneumoscope.data.sources import find_films

PER_CLASS, EPOCHS = 150, 5
Films = dict[str, list[Path]]


def choose(source: Path) -> Films:
    """As many films of each class, drawn at random."""
    found = find_films(source)
    rng = random.Random(0)
    return {
        name: rng.sample(
            [found.root / film.path for film in found.films if film.label == name], PER_CLASS
        )
        for name in found.class_names
    }


def lay_out_folders(films: Films, folder: Path) -> None:
    """`folder/Healthy` and `folder/Sick`."""
    for name, files in zip(("Healthy", "Sick"), films.values(), strict=True):
        (folder / name).mkdir(parents=True)
        for file in files:
            shutil.copy(file, folder / name)


def lay_out_table(films: Films, folder: Path) -> None:
    """`folder/images` and `folder/labels.csv`, with semicolons and columns of other names."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for label, files in zip(("No Finding", "Pneumonia"), films.values(), strict=True):
        for file in files:
            shutil.copy(file, folder / "images")
            name = parse_film_name(file.name)
            rows.append((file.name, label, name.patient_id if name else file.stem))
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, delimiter=";")
        writer.writerow(("Image Index", "Finding Labels", "Patient ID"))
        writer.writerows(sorted(rows))


def lay_out_studies(films: Films, folder: Path) -> None:
    """`folder/studies` as an archive gives them, every tenth with a lateral view, and a table of
    labels by accession number."""
    rows = []
    for label, files in zip(("normal", "pneumonia"), films.values(), strict=True):
        for file in files:
            number = len(rows) + 1
            study = folder / "studies" / f"ST{number:04d}"
            study.mkdir(parents=True)
            for view in ("PA", "LL") if number % 10 == 0 else ("PA",):
                _save_dicom(file, study / f"IM{view}", number, view)
            rows.append((f"A{number:05d}", label))
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(("Accession Number", "Diagnosis"))
        writer.writerows(rows)


def _save_dicom(film: Path, target: Path, number: int, view: str) -> None:
    pixels = np.asarray(Image.open(film).convert("L"))
    dataset = Dataset()
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = generate_uid()
    dataset.PatientID, dataset.AccessionNumber = f"P{number:04d}", f"A{number:05d}"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "DX", "CHEST", view
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.tobytes() + b"\0" * (pixels.size % 2)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(target, enforce_file_format=True)


def timed(command: Sequence[str], place: Path) -> tuple[int, float, str]:
    """Exit status, wall seconds, and all that was printed."""
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    return done.returncode, time.perf_counter() - begun, done.stdout + done.stderr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--yolo", required=True)
    arguments = parser.parse_args()
    films = choose(arguments.films)
    rows, failed = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        day = Path(scratch)
        shutil.copytree(arguments.weights, day / "weights")
        lay_out_folders(films, day / "folders")
        lay_out_table(films, day / "table")
        lay_out_studies(films, day / "archive")
        given = {
            "folders": ["folders"],
            "table": ["table/labels.csv"],
            "studies": ["archive/studies", "--labels-from", "archive/labels.csv"],
        }
        for kind, data in given.items():
            commands = [
                ["data", "audit", *data, "--out", f"audit-{kind}"],
                [
                    *("train", "--data", *data, "--weights", "weights"),
                    *("--run", f"runs/{kind}", "--epochs", str(EPOCHS)),
                ],
                ["explain", f"runs/{kind}", "--out", f"findings-{kind}"],
            ]
            for command in commands:
                status, seconds, said = timed([sys.executable, "-m", "pneumoscope", *command], day)
                print(f"$ pneumoscope {' '.join(command)}\n{said}\n[status {status}]", flush=True)
                failed += status != 0
                words = f"`pneumoscope {' '.join(command)}`"
                rows.append((kind, words, str(status), f"{seconds:.0f}"))
            made = [f"audit-{kind}/report.html", f"runs/{kind}/report.html"]
            made += [f"runs/{kind}/model.onnx", f"findings-{kind}/report.html"]
            failed += sum(not (day / file).is_file() for file in made)
        yolo = [arguments.yolo, "classify", "train", "data=folders", "model=yolo11n-cls.yaml"]
        yolo += [f"epochs={EPOCHS}", "imgsz=224", "device=cpu", "workers=0"]
        status, seconds, said = timed(yolo, day)
        print(f"$ {' '.join(yolo)}\n{said[-3000:]}\n[status {status}]", flush=True)
        yolo[0] = "yolo"
        rows.append(("folders", f"`{' '.join(yolo)}`", str(status), f"{seconds:.0f}"))
    write_page(
        "newcomer",
        "A newcomer's day",
        [
            f"{2 * PER_CLASS} films as class folders of other names, as a table with semicolons "
            "and columns of other names, and as a folder of DICOM studies with labels by accession "
            "number: three commands each to a page about the films, a trained model with its "
            "report, and a page with findings on the films held out.",
            f"{EPOCHS} epochs at 224 pixels; ours from ImageNet weights (MobileNetV2), the other "
            "from random ones, since its own come by download only. Wall times of one run. "
            + load_average(),
            table(("films as", "command", "status", "seconds"), rows),
        ],
        packages=("torch", "lightning", "timm", "onnxruntime"),
        arguments="FILMS --weights WEIGHTS --yolo yolo",
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
