"""Films that lie on their side, stand on their head, or are seen from behind."""

from __future__ import annotations

from pydicom.dataset import Dataset

from pneumoscope.imaging.dicom.account import Account
from pneumoscope.imaging.dicom.elements import texts

# Where rows and columns run in the file, and the number that EXIF has for that. Upright, rows run
# to the patient's left and columns to the feet.
_ORIENTATIONS = {
    ("L", "F"): 1,
    ("R", "F"): 2,
    ("R", "H"): 3,
    ("L", "H"): 4,
    ("F", "L"): 5,
    ("F", "R"): 6,
    ("H", "R"): 7,
    ("H", "L"): 8,
}


def orientation_of(dataset: Dataset, account: Account) -> int | None:
    """How a film lies by its Patient Orientation (PS3.3, C.7.6.1.1.1), to be undone by `upright`.

    One that is missing, or of a lateral or oblique view, changes nothing.
    """
    ends = *texts(dataset, "PatientOrientation"), "", ""
    rows, columns = ends[:2]
    orientation = _ORIENTATIONS.get((rows, columns))
    if orientation is not None and orientation != 1:
        account.warnings.append(
            f"the film was turned upright, as its Patient Orientation {rows}\\{columns} says"
        )
    elif {rows, columns} & {"A", "P"}:
        account.warnings.append(
            f"the file says that it is a lateral view (Patient Orientation {rows}\\{columns})"
        )
    elif orientation is None and (rows or columns):
        account.notes.append(f"Patient Orientation {rows}\\{columns} was passed over")
    return orientation
