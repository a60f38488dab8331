"""Where a DICOM file keeps what changes gray levels: in the open, or in functional groups.

Enhanced objects hold it in a group of each frame, or in one shared by all frames (PS3.3, C.7.6.16).
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from pneumoscope.imaging.dicom.elements import items

PER_FRAME = "PerFrameFunctionalGroupsSequence"
GROUPS = (PER_FRAME, "SharedFunctionalGroupsSequence")
MACROS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")


def places(dataset: Dataset) -> list[Dataset]:
    """Datasets to look for an element in, the first that has it counting: the macros of the first
    frame's group, those shared by all frames, and the file's own."""
    groups = [group for keyword in GROUPS for group in items(dataset, keyword)[:1]]
    macros = [macro for group in groups for keyword in MACROS for macro in items(group, keyword)]
    return [*macros, dataset]
