"""Three different models and films that they are judged on, for tests of comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import seen_films
from pneumoscope.data.sources import find_films
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.modelfile.manifest import SeenFilms
from tiny_model import SIZE, tempered, write_tiny_model
from varied_model import write_varied_model

FILMS_PER_CLASS = 24


@dataclass(frozen=True)
class ComparedModels:
    """Folders of films and of two training runs, and a model file of no run.

    `good` and `fair` are runs that have seen the films of `train` and `val`, as the folders say.
    The good model sees brightness, which tells the classes; the fair one has other thresholds, and
    `odd` random weights.
    """

    films: Path
    good: Path
    fair: Path
    odd: Path


def write_compared_models(root: Path, class_names: tuple[str, ...]) -> ComparedModels:
    """Write films and models below a folder."""
    films = root / "films"
    _write_films(films, class_names)
    good, fair = root / "good", root / "fair"
    seen = _seen(films)
    for run, temperature in ((good, 2.0), (fair, 4.0)):
        run.mkdir()
        own: dict[str, object] = {
            "name": run.name,
            "calibration": tempered(class_names, temperature),
            "seen": seen,
        }
        own |= {"training": {"seconds": 60}} if run == good else _thresholds(class_names)
        write_tiny_model(run / "model.onnx", class_names, **own)
        find_films(films).write_csv(run / "split.csv")
    odd = write_varied_model(root / "odd.onnx", 3, class_names)
    return ComparedModels(films, good, fair, odd)


def _write_films(root: Path, class_names: tuple[str, ...]) -> None:
    """Films are the brighter the later their class, more often than not; two for each patient."""
    rng = np.random.default_rng(0)
    patient = 0
    for split in ("train", "val", "test"):
        for place, label in enumerate(class_names):
            folder = root / split / label
            folder.mkdir(parents=True)
            level = 80 + 100 * place / (len(class_names) - 1)
            for film in range(FILMS_PER_CLASS):
                patient += film % 2 == 0
                # Cells of their own brightness: models look at them in different ways.
                cells = np.kron(rng.normal(0, 50, (4, 4)), np.ones((10, 10)))
                pixels = np.clip(level + rng.normal(0, 30) + cells, 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"IM-{patient:04}-{film:04}.png")


def _seen(films: Path) -> SeenFilms:
    table = find_films(films)
    config = PreprocessConfig(size=SIZE)
    pixels = np.stack([preprocess(read_image(path).pixels, config) for path in table.paths()])
    return seen_films(PreparedFilms(table, pixels, np.arange(len(table)), ()))


def _thresholds(class_names: tuple[str, ...]) -> dict[str, object]:
    """Operating points that call the first class less often."""
    others = 0.6 / (len(class_names) - 1)
    point = {class_names[0]: 0.4, **dict.fromkeys(class_names[1:], others)}
    return {"operating_points": {"balanced": point, "screening": point}}
