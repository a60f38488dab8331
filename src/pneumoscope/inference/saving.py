"""A prediction as files in a folder."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from pneumoscope.claims import claim
from pneumoscope.errors import PneumoscopeError, writing
from pneumoscope.files import fitting_name, whole_file, write_text
from pneumoscope.inference.finding import Finding, Findings
from pneumoscope.inference.preparing import FilmSource, read_again
from pneumoscope.inference.showing import OVERLAY_TARGET, overlay
from pneumoscope.wording import json_text

if TYPE_CHECKING:
    from pneumoscope.inference.prediction import Prediction

_SUFFIXES = (".film.png", ".overlay.png", ".heatmap.npy", ".json")


def save_prediction(
    prediction: Prediction,
    folder: Path,
    operating_point: str,
    source: FilmSource | None,
    overwrite: bool,
) -> tuple[Path, ...]:
    """Write what `Prediction.save` tells; raises as that does."""
    call = prediction.call(operating_point)  # an unknown name ends the job before it starts
    if source is None:
        raise PneumoscopeError(
            f"The film {prediction.film} is not there to be drawn on.", "Give it: save(..., film=)."
        )
    name = PurePath(prediction.film).name or "film"
    paths = [folder / fitting_name(name, suffix) for suffix in _SUFFIXES]
    picture, drawn, heatmap, document = paths
    claim(
        paths,
        films=[Path(source)] if isinstance(source, str | os.PathLike) else [],
        overwrite=overwrite,
    )
    if not overwrite:
        _check_same_film(document, prediction.film)
    film = read_again(source, OVERLAY_TARGET)
    save_picture(picture, Image.fromarray(film.pixels))
    save_picture(drawn, overlay(prediction, film.pixels, operating_point))
    with writing(f"heatmap {heatmap.name}", folder), whole_file(heatmap) as part:
        np.save(part, prediction.heatmap_for(call.class_of_interest))
    finding = Finding.of(prediction, operating_point, drawn)
    told = Findings(prediction.manifest, operating_point, [finding]).document()
    with writing(f"finding {document.name}", folder):
        write_text(document, json_text(told, indent=2))
    return tuple(paths)


def save_picture(path: Path, picture: Image.Image) -> None:
    """Write a picture; its folder is made if missing. Raises `PneumoscopeError` if that fails."""
    with writing(f"picture {path.name}", path.parent), whole_file(path) as part:
        picture.save(part)


def _check_same_film(document: Path, film: str) -> None:
    """Raise `PneumoscopeError` where a finding was written, by us, of another film of that name."""
    if not document.exists():
        return
    there = json.loads(document.read_text(encoding="utf-8"))["films"][0]["film"]
    if there != film:
        raise PneumoscopeError(
            f"{document} is of {there}, another film of the same name.",
            "Give each of them a folder of its own, or replace it with overwrite=True.",
        )
