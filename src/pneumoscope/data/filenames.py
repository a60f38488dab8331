"""What the file names of chest X-ray collections say about patients.

The films of Kermany et al. (2018, doi 10.17632/rscbjbr9sj) carry the patient in their names, in
three manners:

    person123_bacteria_456.jpeg      IM-0115-0001.jpeg             BACTERIA-1008087-0001.jpeg
    person447_virus_921_1.jpeg       NORMAL2-IM-0383-0001.jpeg     NORMAL-1003233-0001.jpeg

Counters restart in each series, so a patient is a series and a number. In all other collections
the name says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

# Only the beginning has to match: copies are called `person1_bacteria_1 (1).jpeg` and the like.
_PATTERNS = (
    re.compile(r"(?P<patient>person(?P<number>[0-9]{1,18})_(?P<series>bacteria|virus))_[0-9]"),
    re.compile(r"(?P<patient>(?P<series>(NORMAL2-)?IM)-(?P<number>[0-9]{1,18}))-[0-9]"),
    re.compile(r"(?P<patient>(?P<series>BACTERIA|VIRUS|NORMAL)-(?P<number>[0-9]{1,18}))-[0-9]"),
)
_PATHOGENS = {"bacteria": "BACTERIA", "virus": "VIRUS", "IM": "NORMAL", "NORMAL2-IM": "NORMAL"}


@dataclass(frozen=True)
class FilmName:
    """What a film's name says.

    `series` and `number` place the patient in the order of acquisition; `pathogen` is `NORMAL`,
    `BACTERIA` or `VIRUS`.
    """

    patient_id: str
    series: str
    number: int
    pathogen: str


def parse_film_name(path: str) -> FilmName | None:
    """Read a file name of the Kermany collection; `None` for any other name."""
    file_name = PurePosixPath(path).name
    for pattern in _PATTERNS:
        if match := pattern.match(file_name):
            series = match["series"]
            pathogen = _PATHOGENS.get(series, series)
            return FilmName(match["patient"], series, int(match["number"]), pathogen)
    return None


def loose_patient_id(path: str, patient_id: str) -> str:
    """The second reading of a film's name: `person<N>` is one patient whatever the pathogen.

    The audit looks for patients across splits in both readings. `patient_id` is the first reading,
    and also answers for films that are not called `person<N>_...`.
    """
    name = parse_film_name(path)
    if name is None or name.series not in ("bacteria", "virus"):
        return patient_id
    return f"person{name.number}"
