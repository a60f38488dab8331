#!/usr/bin/env bash
# Packages: pydicom 3.0.2, numpy 2.4.6.
# Expected: one PALETTE COLOR film, written in Explicit VR Little Endian and in Explicit VR Big Endian,
#   shows the same colours.
# Seen: pydicom swaps the pixels of the big-endian file, but not the words of its lookup tables (VR
#   OW): the colours are those of the swapped words, noise, and nothing is said.
# In pneumoscope: src/pneumoscope/imaging/dicom/elements.py reads words in the file's own order.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pydicom==3.0.2 numpy==2.4.6 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import numpy
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_color_lut
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

stored = numpy.arange(256, dtype=numpy.uint8).reshape(16, 16)
colours = (numpy.arange(256) * 200).astype(numpy.uint16)


def film(syntax: str, order: str) -> Dataset:
    """The film as it is read back from a file of the transfer syntax."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    dataset.Rows = dataset.Columns = 16
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        name = f"{colour}PaletteColorLookupTable"
        setattr(dataset, f"{name}Descriptor", [256, 0, 16])
        dataset.add_new(f"{name}Data", "OW", colours.astype(f"{order}u2").tobytes())
    dataset.add_new("PixelData", "OB", stored.tobytes())
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    file.seek(0)
    return pydicom.dcmread(file)


print(f"pydicom {pydicom.__version__}")
right = {}
for syntax, order in ((ExplicitVRLittleEndian, "<"), (ExplicitVRBigEndian, ">")):
    read = film(syntax, order)
    shown = apply_color_lut(read.pixel_array, read)[..., 0]
    right[order] = bool((shown == colours[stored]).all())
    print(f"{syntax.name}: red of values 1, 2, 3: {shown[0, 1:4].tolist()}, "
          f"expected {colours[1:4].tolist()}")
if right != {"<": True, ">": False}:
    sys.exit("This has changed: see above.")
print("As found: the palette of the big-endian film is read byte-swapped.")
PYTHON
