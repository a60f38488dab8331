"""Films with their heatmaps, as pictures in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pneumoscope.errors import PneumoscopeError
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.batch import StandardInput, names_of_films
from pneumoscope.inference.prediction import Prediction
from pneumoscope.pictures.overlay import render_overlay

# Enough detail for a screen; a large JPEG is decoded at a reduced scale of at least twice this.
TARGET = 512


def overlay_paths(films: Sequence[Path | StandardInput], folder: Path) -> list[Path]:
    """Where the overlay of each film goes, under its name of `names_of_films`."""
    return [folder / f"{name}.png" for name in names_of_films(films)]


def write_overlay(path: Path, film: Path | StandardInput, prediction: Prediction) -> None:
    """Draw a prediction's heatmap on its film. Raises `PneumoscopeError` if it cannot be saved."""
    if isinstance(film, StandardInput):
        film.seek(0)
    pixels = read_image(film, target=TARGET).pixels
    height, width = pixels.shape
    label = prediction.evidence_class
    heatmap = prediction.heatmap_for(label, (height, width))
    picture = render_overlay(
        pixels, heatmap, label=label, probability=prediction.probability(label)
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
    except OSError as error:
        raise PneumoscopeError(f"The heatmap {path} could not be written: {error}.") from error
