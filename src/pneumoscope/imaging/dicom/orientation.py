"""Films that lie on their side, stand on their head, or are seen from behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumoscope.imaging.dicom.account import Account
from pneumoscope.imaging.dicom.elements import texts

_UPRIGHT = "L", "F"
_OPPOSITE = {"L": "R", "R": "L", "F": "H", "H": "F"}


def upright(pixels: NDArray[np.uint8], dataset: Dataset, account: Account) -> NDArray[np.uint8]:
    """The film `(H, W)` turned so that rows run to the patient's left and columns to the feet.

    Patient Orientation says where they run in the file (PS3.3, C.7.6.1.1.1). One that is missing
    changes nothing, nor does one of a lateral or oblique view.
    """
    rows, columns = (*texts(dataset, "PatientOrientation"), "", "")[:2]
    if not rows and not columns:
        return pixels
    if {rows, columns} & {"A", "P"}:
        account.warnings.append(
            f"the file says that it is a lateral view (Patient Orientation {rows}\\{columns})"
        )
        return pixels
    if rows not in _OPPOSITE or columns not in _OPPOSITE or {rows, columns} in _SAME_AXIS:
        account.notes.append(f"Patient Orientation {rows}\\{columns} was passed over")
        return pixels
    if (rows, columns) == _UPRIGHT:
        return pixels
    account.warnings.append(
        f"the film was turned upright, as its Patient Orientation {rows}\\{columns} says"
    )
    if rows in "FH":
        pixels, rows, columns = pixels.T, columns, rows
    if rows != _UPRIGHT[0]:
        pixels = pixels[:, ::-1]
    if columns != _UPRIGHT[1]:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


_SAME_AXIS = [{"L"}, {"R"}, {"F"}, {"H"}, {"L", "R"}, {"F", "H"}]
