"""What is known of a film besides its class: facts by which films are grouped, one a column."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pneumoscope.data.circumstances import Circumstances
from pneumoscope.data.filenames import parse_film_name
from pneumoscope.data.measures import sharpness
from pneumoscope.data.table import FilmRecord
from pneumoscope.inference.preparing import PreparedFilm

# Patient's Sex stands near the beginning of a file.
_HEAD_BYTES = 2**16


@dataclass(frozen=True)
class FilmTraits:
    """Facts of one film; `None` where nothing tells.

    `group` is its acquisition group. `series` and `number` place its patient in the order of
    acquisition. `sharpness` is that of the square that the network saw. `pathogen` is `BACTERIA` or
    `VIRUS`, `age` in years.
    """

    group: str | None = None
    series: str | None = None
    number: int | None = None
    sharpness: float | None = None
    pathogen: str | None = None
    view: str | None = None
    age: float | None = None
    sex: str | None = None

    @classmethod
    def of(cls, record: FilmRecord, film: PreparedFilm, group: str | None = None) -> FilmTraits:
        """The traits of a film of a table; what the table does not tell may stand in its tags."""
        name = parse_film_name(record.path)
        tags, told = film.tags, record.circumstances
        tagged = Circumstances.read(tags.view, None, told.sex or _sex_in_tags(film))
        return cls(
            group=group,
            series=record.series or None,
            number=record.number,
            sharpness=round(sharpness(film.image), 3),
            pathogen=name.pathogen if name and name.pathogen != "NORMAL" else None,
            view=told.view or tagged.view,
            age=tags.patient_age if told.age is None else told.age,
            sex=tagged.sex,
        )

    def cells(self) -> list[object]:
        """The traits as cells of a table, in the order of `TRAIT_COLUMNS`."""
        return [getattr(self, name) for name in TRAIT_COLUMNS]

    @classmethod
    def read(cls, row: Mapping[str, str]) -> FilmTraits:
        """The traits in a row of a table; those without a column or a cell are not known.

        Raises `ValueError` for a number that is none.
        """
        told = {name: row[name] for name in TRAIT_COLUMNS if row.get(name)}
        return cls(**{name: _TYPES.get(name, str)(text) for name, text in told.items()})


_TYPES = {"number": int, "sharpness": float, "age": float}
TRAIT_COLUMNS = tuple(field.name for field in fields(FilmTraits))
UNKNOWN_TRAITS = FilmTraits()


def _sex_in_tags(film: PreparedFilm) -> str | None:
    """The sex in a film's tags, which are read for it alone: findings do not tell it."""
    if film.tags.format != "DICOM" or not isinstance(film.source, str | os.PathLike):
        return None
    from pneumoscope.imaging.dicom.patient import patient_sex

    try:
        with Path(film.source).open("rb") as file:
            return patient_sex(file.read(_HEAD_BYTES))
    except OSError:  # it was there when it was read
        return None
