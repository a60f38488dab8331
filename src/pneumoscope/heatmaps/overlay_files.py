"""Films with their heatmaps, as pictures in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pneumoscope.files import fitting_name
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.batch import StandardInput, names_of_films
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.saving import save_picture
from pneumoscope.inference.showing import OVERLAY_TARGET, overlay


def overlay_paths(films: Sequence[Path | StandardInput], folder: Path) -> list[Path]:
    """Where the overlay of each film goes, under its name of `names_of_films`, if that fits."""
    return [folder / fitting_name(name, ".png") for name in names_of_films(films)]


def write_overlay(
    path: Path,
    film: Path | StandardInput,
    prediction: Prediction,
    operating_point: str,
    isolation: FilmWorkers | None = None,
) -> NDArray[np.uint8]:
    """Draw a prediction's heatmap on its film, whose pixels, uint8 `(H, W)`, are returned.

    It is the heatmap of the class of interest at an operating point, with the call in words. With
    `isolation`, the film is decoded in one of its processes. Raises `ImageReadError` where the film
    cannot be read any more, and `PneumoscopeError` if the picture cannot be saved.
    """
    if isinstance(film, StandardInput):
        film.seek(0)
    read = read_image if isolation is None else isolation.read
    pixels = read(film, target=OVERLAY_TARGET).pixels
    save_picture(path, overlay(prediction, pixels, operating_point))
    return pixels
