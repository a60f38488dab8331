"""Evidence maps as files: numbers on the network's grid, and how they lie on their films.

geometry = read_geometry("explanations/maps")
film = geometry.films[0]
evidence = np.load(f"explanations/maps/{film.map}")     # float32 (C, h, w), in class order
place_evidence(evidence, film, geometry.preprocess)     # float32 (C, height, width), -1 to 1
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import writing
from pneumoscope.files import fitting_name, whole_file
from pneumoscope.imaging.preprocessing import PreprocessConfig, place_film, place_heatmap
from pneumoscope.metrics.records import Record, reading
from pneumoscope.wording import NOTICE

GEOMETRY_FILE = "geometry.json"

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; the last two do not belong to it."""


class MapGeometry(Record):
    """How the map of one film lies on it.

    `film` is the film's name, `map` the file of its map, relative to `geometry.json`. `height` and
    `width` are the film's own. The cells of a map cover the network's square evenly; the part of
    the square in `square_box` shows the part of the film in `film_box`. `evidence_scale` is the
    evidence of each class, in the order of the map, that is drawn in full colour.
    """

    film: str
    map: str
    height: int
    width: int
    film_box: Box
    square_box: Box
    evidence_scale: dict[str, float]

    @classmethod
    def of(
        cls,
        film: str,
        shape: tuple[int, int],
        preprocess: PreprocessConfig,
        evidence_scale: dict[str, float],
    ) -> MapGeometry:
        """The geometry of a film of `shape` (height, width), prepared with these settings."""
        placement = place_film(shape, preprocess)
        return cls(
            film=film,
            map=fitting_name(film, ".npy"),
            height=shape[0],
            width=shape[1],
            film_box=placement.on_film,
            square_box=placement.on_square,
            evidence_scale=evidence_scale,
        )


class MapsGeometry(Record):
    """The maps in a folder: whose they are, the order of their classes, and every film's geometry.

    `method` drew them, `preprocess` brought the films to the network's square.
    """

    notice: str = NOTICE
    model: str
    graph_sha256: str
    method: str
    class_names: tuple[str, ...]
    preprocess: PreprocessConfig
    films: tuple[MapGeometry, ...]

    def write(self, folder: Path) -> None:
        """Write `geometry.json` into a folder. Raises `PneumoscopeError` if that fails."""
        with writing("geometry of maps", folder):
            self.write_json(folder / GEOMETRY_FILE)


def read_geometry(folder: str | Path) -> MapsGeometry:
    """The `geometry.json` of a folder of maps. Raises `DatasetError` where there is none."""
    path = Path(folder) / GEOMETRY_FILE
    with reading("geometry of maps", path, "`pneumoscope explain` writes it into the folder maps."):
        return MapsGeometry.read_json(path)


def write_map(path: Path, evidence: NDArray[np.float32]) -> None:
    """Write a map, `(C, h, w)`, as `.npy`; its folder is made. Raises `PneumoscopeError`."""
    with writing(f"map {path.name}", path.parent), whole_file(path) as part:
        np.save(part, evidence.astype(np.float32), allow_pickle=False)


def place_evidence(
    evidence: NDArray[np.float32],
    film: MapGeometry,
    preprocess: PreprocessConfig,
    shape: tuple[int, int] | None = None,
    *,
    lowest: int = -1,
) -> NDArray[np.float32]:
    """Lay a raw map onto its film.

    `evidence` is float32 `(C, h, w)`, the map of `film`; `preprocess` prepared the film. The result
    is float32 `(C, height, width)` in `lowest` to 1, where 1 is full evidence for the class; with 0
    for `lowest` evidence against it does not count. `shape` is the (height, width) of a reduced
    copy of the film to draw on. For maps of the model file these are the numbers of
    `Prediction.evidence_for`, and with 0 of `Prediction.heatmap_for`.
    """
    scale = np.array(list(film.evidence_scale.values()), dtype=np.float32)
    scaled = np.clip(evidence / scale[:, None, None], lowest, 1)
    shape = shape or (film.height, film.width)
    return np.stack([place_heatmap(one, shape, preprocess) for one in scaled])
