"""How far the pixels of a film lie apart."""

from __future__ import annotations

from pydicom.dataset import Dataset

from pneumoscope.imaging.dicom.elements import items, numbers
from pneumoscope.imaging.dicom.places import GROUPS

# The first is in the patient where somebody calibrated it; the other is in the detector, onto which
# a chest is projected a little larger than it is.
SPACING_KEYWORDS = ("PixelSpacing", "ImagerPixelSpacing")
MEASURES = "PixelMeasuresSequence"


def pixel_spacing(dataset: Dataset) -> tuple[float, float] | None:
    """The distance in mm of the middles of neighbouring rows, and of neighbouring columns."""
    groups = [group for keyword in GROUPS for group in items(dataset, keyword)[:1]]
    measures = [item for group in groups for item in items(group, MEASURES)]
    for keyword in SPACING_KEYWORDS:
        for place in (*measures, dataset):
            match numbers(place, keyword):
                case [float(rows), float(columns)] if rows > 0 and columns > 0:
                    return rows, columns
    return None
