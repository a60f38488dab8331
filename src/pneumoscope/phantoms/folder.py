"""A folder of phantoms in the layout and under the names of the Kermany data set."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pneumoscope.errors import DatasetError
from pneumoscope.files import whole_file, write_bytes
from pneumoscope.phantoms.chest import sample_chest
from pneumoscope.phantoms.encoding import SUFFIXES, FilmFormat, encode_film
from pneumoscope.phantoms.phantom import NORMAL, PNEUMONIA, Box, Condition, generate_phantom

LUNG_FIELDS = "lung_fields"


@dataclass(frozen=True)
class PhantomFilm:
    """One phantom on disk, and where its opacities are."""

    path: Path
    split: str
    label: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class _Plan:
    """A film yet to be made: `patient` counts in its class, `number` in the patient."""

    split: str
    label: str
    condition: Condition
    patient: int
    number: int
    stem: str


def write_phantoms(
    folder: str | Path,
    count: int,
    seed: int,
    *,
    formats: Sequence[FilmFormat] = ("jpeg", "png", "dicom"),
    widths: tuple[int, int] = (300, 520),
) -> list[PhantomFilm]:
    """Write `count` phantoms, half of them with pneumonia, and return them.

    They go to `folder/chest_xray/{train,val,test}/{NORMAL,PNEUMONIA}`, three fifths of them to
    train, under the names that the Kermany data set uses, so that patients can be told apart; some
    patients have several films, always in one split. `folder/boxes.csv` lists a box around every
    opacity, in pixels, `right` and `bottom` excluded; `folder/lung_fields` holds a mask of the
    lungs of every film, as a PNG with the film's name. Film formats take turns; `widths` is the
    range of film widths in pixels, 100 or more. The same arguments write the same bytes.

    Raises `DatasetError` below 6 films, the fewest that put both classes into each split, and
    where the folder already holds films.
    """
    if count < 6:
        raise DatasetError(f"{count} phantoms are too few.", "Ask for at least 6: two per split.")
    root = Path(folder)
    if (root / "chest_xray").exists():
        raise DatasetError(
            f"{root} already holds a folder chest_xray.",
            "Choose an empty folder, or remove it first.",
        )
    films = []
    for label, total in ((NORMAL, count - count // 2), (PNEUMONIA, count // 2)):
        for position, plan in enumerate(_plan_class(label, total, seed)):
            film_format = formats[position % len(formats)]
            films.append(_write_film(root, plan, seed, film_format, widths))
    _write_boxes(root, films)
    return films


def _plan_class(label: str, total: int, seed: int) -> Iterator[_Plan]:
    """Hand out the films of a class to patients, one to three each; splits follow one another."""
    rng = np.random.default_rng([seed, label == PNEUMONIA])
    held_out = max(1, round(0.2 * total))
    conditions: tuple[Condition, ...] = ("normal",) if label == NORMAL else ("bacteria", "virus")
    patients, films = dict.fromkeys(conditions, 0), dict.fromkeys(conditions, 0)
    for split, quota in (("train", total - 2 * held_out), ("val", held_out), ("test", held_out)):
        left = quota
        while left:
            patient = sum(patients.values())
            condition = conditions[patient % len(conditions)]
            patients[condition] += 1
            for number in range(1, min(left, int(rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1]))) + 1):
                films[condition] += 1
                left -= 1
                stem = (
                    f"IM-{patients[condition]:04d}-{number:04d}"
                    if condition == "normal"
                    else f"person{patients[condition]}_{condition}_{films[condition]}"
                )
                yield _Plan(split, label, condition, patient, number, stem)


def _write_film(
    root: Path, plan: _Plan, seed: int, film_format: FilmFormat, widths: tuple[int, int]
) -> PhantomFilm:
    # One stream for the patient and one for the film: a patient keeps the same body on all films.
    stream = [seed, plan.label == PNEUMONIA, plan.patient]
    anatomy = sample_chest(np.random.default_rng(stream))
    rng = np.random.default_rng([*stream, plan.number])
    width = int(rng.integers(widths[0], widths[1] + 1))
    height = int(width / rng.uniform(0.95, 1.45))
    phantom = generate_phantom(rng, plan.condition, (height, width), anatomy)
    path = root / "chest_xray" / plan.split / plan.label / (plan.stem + SUFFIXES[film_format])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, encode_film(phantom.pixels, film_format, rng), recorded=False)
    (root / LUNG_FIELDS).mkdir(exist_ok=True)
    with whole_file(root / LUNG_FIELDS / f"{plan.stem}.png", recorded=False) as part:
        Image.fromarray(phantom.lung_field).save(part)
    return PhantomFilm(path, plan.split, plan.label, phantom.boxes)


def _write_boxes(root: Path, films: Sequence[PhantomFilm]) -> None:
    with (
        whole_file(root / "boxes.csv", recorded=False) as part,
        part.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(["path", "left", "top", "right", "bottom"])
        for film in films:
            path = film.path.relative_to(root).as_posix()
            writer.writerows((path, *astuple(box)) for box in film.boxes)
