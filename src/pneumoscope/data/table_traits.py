"""What a division may go by besides patients: how the films of a table were made, statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.acquisition_groups import acquisition_vectors, group_films
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.data.linear_probe import frame_values, scores_of_others
from pneumoscope.data.measures import FilmMeasures, measure_films
from pneumoscope.data.shortcuts import ACQUISITION, FRAME, STATISTICS
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TableTraits:
    """The acquisition group of each film of a table, `None` where it is not known, and statistics
    by name, float64 `(N,)` each, `nan` for films that cannot be read. `digests` are hashes of the
    films' bytes, empty where they are not known."""

    groups: tuple[str | None, ...]
    statistics: Mapping[str, Floats]
    digests: tuple[str, ...] | None = None

    def group_table(self, table: FilmTable) -> FilmGroups:
        """The groups as a table, for the films that these traits are of."""
        paths = (film.path for film in table.films)
        told = zip(paths, self.groups, strict=True)
        return FilmGroups({path: group for path, group in told if group is not None})

    @classmethod
    def of(
        cls,
        table: FilmTable,
        groups: FilmGroups | None = None,
        *,
        seed: int = 0,
        workers: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> TableTraits:
        """Measure the films of a table, as an audit does; `groups` is a table of groups that are
        kept as they are. Raises `DatasetError` where no film can be read."""
        measured = measure_films(table, workers, progress)
        films = [film for film in measured if isinstance(film, FilmMeasures)]
        if not films:
            raise DatasetError("No film can be read, so nothing tells how films were made.")
        place = np.flatnonzero([isinstance(film, FilmMeasures) for film in measured])
        y_true, patients = table.y_true[place], table.patient_ids[place]
        made = [film.acquisition for film in films]
        found: list[str | None] = [None] * len(table)
        if groups is not None:
            found = groups.of(film.path for film in table.films)
        elif (names := group_films(made, y_true, seed)) is not None:
            for index, name in zip(place, names, strict=True):
                found[index] = name
        is_ill = (y_true > 0).astype(np.float64)[:, None]
        frames = frame_values([film.frame for film in films])
        learned = {FRAME: frames, ACQUISITION: acquisition_vectors(made)}
        values = {
            name: np.array([getattr(film, name) for film in films], dtype=np.float64)
            for name in STATISTICS
        } | {
            name: scores_of_others(vectors, is_ill, patients, np.random.default_rng(seed))[:, 0]
            for name, vectors in learned.items()
        }
        statistics = {}
        for name, known in values.items():
            statistics[name] = np.full(len(table), np.nan)
            statistics[name][place] = known
        digests = tuple(film.digest if isinstance(film, FilmMeasures) else "" for film in measured)
        return cls(tuple(found), statistics, digests)
