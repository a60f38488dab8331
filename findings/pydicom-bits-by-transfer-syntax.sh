#!/usr/bin/env bash
# Packages: pydicom 3.0.2, pyjpegls 1.5.1, numpy 2.4.6.
# Expected: one film of 12 bits stored in words of 16, with other bits beside them (an overlay, or a
#   scale of the writer's), gives the same values whether it is compressed without loss or not. The
#   bits are told by Bits Stored and High Bit (PS3.5, 8.1.1).
# Seen: uncompressed, pydicom keeps the lowest bits, even where High Bit says that the values are the
#   highest ones. Compressed as JPEG-LS it keeps all bits, whatever lies beside the values.
# In pneumoscope: src/pneumoscope/imaging/dicom/stored_values.py takes the bits that the header names,
#   from any transfer syntax.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pydicom==3.0.2 pyjpegls==1.5.1 numpy==2.4.6 2> "$folder/pip.log" \
  || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless

values = numpy.arange(64, dtype=numpy.uint16).reshape(8, 8) * 65


def read(words: numpy.ndarray, high_bit: int, compressed: bool) -> numpy.ndarray:
    """What pydicom reads of the words, of which 12 bits are stored up to `high_bit`."""
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film.Rows = film.Columns = 8
    film.SamplesPerPixel, film.PixelRepresentation = 1, 0
    film.BitsAllocated = film.BitsStored = 16
    film.HighBit = 15
    film.PhotometricInterpretation = "MONOCHROME2"
    film.add_new("PixelData", "OW", words.tobytes())
    if compressed:
        film.compress(JPEGLSLossless, encoding_plugin="pyjpegls", generate_instance_uid=False)
    film.BitsStored, film.HighBit = 12, high_bit
    return film.pixel_array


print(f"pydicom {pydicom.__version__}")
seen = {}
for what, words, high_bit in (
    ("a bit of an overlay above", values | 0x1000, 11),
    ("values in the highest bits", values << 4, 15),
):
    for compressed in (False, True):
        got = read(words, high_bit, compressed)
        seen[what, compressed] = bool((got == values).all())
        print(f"{what}, {'JPEG-LS' if compressed else 'uncompressed'}: {got[0, :4].tolist()}, "
              f"expected {values[0, :4].tolist()}")
if list(seen.values()) != [True, False, False, False]:
    sys.exit("This has changed: see above.")
print("As found: bits beside the values are only cut off above them, and only uncompressed.")
PYTHON
