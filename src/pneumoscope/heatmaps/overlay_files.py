"""Films with their heatmaps, as pictures in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.errors import writing
from pneumoscope.files import fitting_name, whole_file
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.batch import StandardInput, names_of_films
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.prediction import Prediction
from pneumoscope.pictures.overlay import render_overlay

# Enough detail for a screen; a large JPEG is decoded at a reduced scale of at least twice this.
_TARGET = 512


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
    pixels = read(film, target=_TARGET).pixels
    height, width = pixels.shape
    call = prediction.call(operating_point)
    picture = render_overlay(
        pixels,
        prediction.heatmap_for(call.class_of_interest, (height, width)),
        label=call.class_of_interest,
        probability=call.probability,
        note=f"Called {call.finding}: {call.side} the threshold of {call.limit} "
        f"({operating_point}).",
    )
    save_picture(path, picture)
    return pixels


def save_picture(path: Path, picture: Image.Image) -> None:
    """Write a picture; its folder is made if missing. Raises `PneumoscopeError` if that fails."""
    with writing(f"picture {path.name}", path.parent), whole_file(path) as part:
        picture.save(part)
