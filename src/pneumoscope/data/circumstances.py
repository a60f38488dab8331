"""Under which circumstances films were made, as tables of films tell them: view, age and sex.

They are no part of what makes a film: where they are missing nothing changes but that figures of
single views, ages and sexes are missing too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pneumoscope.imaging.age import years

COLUMNS = ("view", "age", "sex")
"""What the columns are called in rows of ours."""

# Letters and digits of what such columns are called: `View Position`, `Patient Age` and `Patient
# Gender` are NIH's, `AP/PA` and `Sex` CheXpert's, `Projection` and `PatientSex_DICOM` PadChest's.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "view": ("view", "viewposition", "projection", "appa"),
    "age": ("age", "patientage", "ageyears", "ageinyears", "ageatstudy"),
    "sex": ("sex", "gender", "patientsex", "patientgender", "patientsexdicom"),
}
_SEXES = {"f": "F", "female": "F", "woman": "F", "m": "M", "male": "M", "man": "M", "o": "O"}
_OLDEST = 120
_LONGEST_VIEW = 32


@dataclass(frozen=True)
class Circumstances:
    """What is known of how a film was made, and of whom; `None` where nothing tells.

    `view` is in capitals, such as `AP` or `PA`; `age` is in years; `sex` is `F`, `M` or `O`.
    """

    view: str | None = None
    age: float | None = None
    sex: str | None = None

    @classmethod
    def read(cls, view: str | None, age: str | None, sex: str | None) -> Circumstances:
        """The circumstances that texts tell; what is none of them counts as not known.

        >>> Circumstances.read(" pa", "018M", "Female")
        Circumstances(view='PA', age=1.5, sex='F')
        """
        # Columns of whole numbers that have gaps are often written as `62.0`.
        found = years(re.sub(r"\.[0-9]+$", "", (age or "").strip().upper()))
        return cls(
            view=view_of(view),
            age=found if found is not None and found <= _OLDEST else None,
            sex=_SEXES.get((sex or "").strip().casefold()),
        )


UNKNOWN = Circumstances()


def view_of(text: str | None) -> str | None:
    """A view in capitals; `None` for an empty text, and for one that is no name of a view."""
    view = (text or "").strip().upper()
    return view if 0 < len(view) <= _LONGEST_VIEW and view.isprintable() else None


def circumstance_columns(
    columns: Iterable[str], taken: Iterable[str | None] = ()
) -> dict[str, str]:
    """The columns of a table that tell circumstances, by `COLUMNS`, as far as there are such.

    Those that are `taken` tell something else already. Of several columns that may be meant, the
    one with the most usual name is.
    """
    names = {
        re.sub(r"[\W_]", "", name).casefold(): name for name in columns if name not in {*taken}
    }
    found = {
        what: next((names[usual] for usual in usuals if usual in names), None)
        for what, usuals in _NAMES.items()
    }
    return {what: name for what, name in found.items() if name is not None}


def read_circumstances(row: Mapping[str, str], columns: Mapping[str, str]) -> Circumstances:
    """What a row of cells tells; `columns` are those of `circumstance_columns`."""
    if not columns:
        return UNKNOWN
    return Circumstances.read(*(row.get(columns.get(what, "")) for what in COLUMNS))
