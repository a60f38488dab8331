"""Films with their heatmaps, as pictures in a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pneumoscope.errors import PneumoscopeError
from pneumoscope.imaging.overlay import render_overlay
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.batch import StandardInput
from pneumoscope.inference.prediction import Prediction

# Enough detail for a screen; a large JPEG is decoded at a reduced scale of at least twice this.
TARGET = 512


def overlay_paths(films: Sequence[Path | StandardInput], folder: Path) -> list[Path]:
    """Where the overlay of each film goes: as deep below `folder` as the film lies below the
    deepest folder that all films share. So films of one name in two folders do not collide.
    """
    # Not resolved: a link keeps the name by which the person knows the film.
    absolute = [
        None if isinstance(film, StandardInput) else Path(os.path.abspath(film))  # noqa: PTH100
        for film in films
    ]
    parents = [path.parent for path in absolute if path is not None]
    shared = Path(os.path.commonpath(parents)) if parents else Path()
    names = ["stdin" if path is None else path.relative_to(shared) for path in absolute]
    return [folder / f"{name}.png" for name in names]


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
