"""Lung fields of films, from a folder of masks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image


def read_lung_fields(
    table: FilmTable, folder: Path, config: PreprocessConfig
) -> npt.NDArray[np.bool_]:
    """Lung fields `(N, size, size)` of the films of a table, on the squares of `config`.

    `folder` holds one image a film, `<name of the film without suffix>.png`, white where lung is,
    covering the whole film. Films without one get an empty mask. Raises `DatasetError` where no
    film has a mask, and `ImageReadError` for a mask that cannot be read.
    """
    geometry = replace(config, clahe=False)
    fields = np.zeros((len(table), config.size, config.size), dtype=bool)
    for index, film in enumerate(table.films):
        file = folder / f"{Path(film.path).stem}.png"
        if file.is_file():
            fields[index] = preprocess(read_image(file).pixels, geometry) >= 128
    if not fields.any():
        raise DatasetError(
            f"No film has a lung field in {folder}.",
            "Expected one image a film there, named like the film, with the suffix .png.",
        )
    return fields
