"""The folder that an explanation is written into: panels, raw maps and contact sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope import claims
from pneumoscope.errors import PneumoscopeError
from pneumoscope.files import fitting_name
from pneumoscope.heatmaps.explained_film import ExplainedFilm
from pneumoscope.heatmaps.raw_maps import GEOMETRY_FILE, MapsGeometry, write_map
from pneumoscope.inference.saving import save_picture

PANELS, MAPS, SHEETS, PAGE = "panels", "maps", "contact-sheet*.png", "report.html"
EXPLANATION_FILES = (f"{PANELS}/**/*.png", f"{MAPS}/**/*.npy", f"{MAPS}/{GEOMETRY_FILE}", SHEETS)
"""Patterns of what an explanation writes into its folder, but for its page."""


def panel_path(out: Path, film: ExplainedFilm) -> Path:
    """The file of a film's panel."""
    return out / PANELS / fitting_name(film.film.name, ".png")


def map_path(out: Path, film: ExplainedFilm) -> Path:
    """The file of a film's raw map."""
    return out / MAPS / film.geometry.map


def claim_folder(out: Path, *, films: Iterable[Path] = (), overwrite: bool = False) -> None:
    """Make the folder, or make sure that nothing in it would be mixed up with what is written.

    An earlier explanation may be replaced as long as nobody has changed its files; `films` are
    those that are read. Raises `PneumoscopeError` where the folder cannot be made and, without
    `overwrite`, where it holds files of something else, or that were changed.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PneumoscopeError(f"The folder {out} could not be made: {error.strerror}.") from error
    if overwrite:
        return
    present = sorted(path.name for kind in (PANELS, MAPS, SHEETS, PAGE) for path in out.glob(kind))
    if present and not (out / PANELS).is_dir():
        raise PneumoscopeError(
            f"{out} already holds {', '.join(present)}, and no explanation.",
            "Name another folder with --out, remove this one first, or replace files of the same "
            "names with --overwrite.",
        )
    claims.claim_folder(out, (*EXPLANATION_FILES, PAGE), films=films, overwrite=False)


def remove_earlier(out: Path) -> None:
    """Remove the earlier explanation from a folder that was claimed, so that none of its films
    stands among others. Raises `PneumoscopeError` where that fails."""
    for pattern in (*EXPLANATION_FILES, PAGE):
        for path in out.glob(pattern):
            try:
                path.unlink()
            except OSError as error:
                raise PneumoscopeError(f"{path} could not be removed: {error.strerror}.") from error


def save_film(out: Path, film: ExplainedFilm, panel: Image.Image, raw: NDArray[np.float32]) -> None:
    """Write a film's panel and map. Raises `PneumoscopeError` where that fails."""
    save_picture(panel_path(out, film), panel)
    write_map(map_path(out, film), raw)


def save_sheet(out: Path, sheet: Image.Image, number: int | None) -> Path:
    """Write a contact sheet, numbered if there are several. Raises `PneumoscopeError`."""
    path = out / SHEETS.replace("*", "" if number is None else f"-{number}")
    save_picture(path, sheet)
    return path


def save_geometry(out: Path, films: Sequence[ExplainedFilm], method: str) -> None:
    """Write how the maps lie on the films, of which there is one or more, into the maps' folder.

    Raises `PneumoscopeError` where that fails.
    """
    manifest = films[0].prediction.manifest
    MapsGeometry(
        model=manifest.name,
        graph_sha256=manifest.graph_sha256,
        method=method,
        class_names=manifest.class_names,
        preprocess=manifest.preprocess,
        films=tuple(film.geometry for film in films),
    ).write(out / MAPS)
