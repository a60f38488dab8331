#!/usr/bin/env bash
# Packages: pydicom 3.0.2, numpy 2.4.6.
# Expected: a VOI LUT with entries of 8 bits, written one to a word, is looked up for every stored
#   value. PS3.3, C.11.2.1.1 tells readers to expect such tables.
# Seen: the index of the lookup is kept in the type of the entries, 8 bits, where it wraps: stored
#   values 256 apart show alike, and a ramp comes out as bands. Nothing is said.
# In pneumoscope: src/pneumoscope/imaging/dicom/lookup_table.py looks up with indices of 64 bits.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pydicom==3.0.2 numpy==2.4.6 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy
import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels import apply_voi_lut

table = numpy.linspace(0, 255, 4096).round().astype(int)
item = Dataset()
item.add_new("LUTDescriptor", "US", [4096, 0, 8])
item.add_new("LUTData", "US", table.tolist())
film = Dataset()
film.BitsStored, film.PixelRepresentation = 12, 0
film.VOILUTSequence = [item]

stored = numpy.array([100, 356, 612, 4095])
shown = apply_voi_lut(stored, film)
print(f"pydicom {pydicom.__version__}")
print(f"stored   {stored.tolist()}\nexpected {table[stored].tolist()}\nshown    {shown.tolist()}")
if len(set(shown[:3].tolist())) != 1 or shown[3] == table[4095]:
    sys.exit("This has changed: see above.")
print("As found: values 256 apart show alike.")
PYTHON
