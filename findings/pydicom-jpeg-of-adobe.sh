#!/usr/bin/env bash
# Packages: pydicom 3.0.2, pillow 13.0.0, numpy 2.4.6.
# Expected: a colour film in JPEG Baseline, YBR_FULL_422 as the standard asks for, gives the same RGB
#   whether the codestream says by a JFIF marker or by Adobe's that it holds YCbCr.
# Seen: with Adobe's marker the colours are off by a hundred levels and nothing is said. Pillow has
#   turned them into RGB by then, and pydicom converts them once more.
# In pneumoscope: src/pneumoscope/imaging/dicom/stored_values.py converts such colours once.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pydicom==3.0.2 pillow==13.0.0 numpy==2.4.6 2> "$folder/pip.log" \
  || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import numpy
import PIL
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

ramp = numpy.linspace(0, 255, 64).astype(numpy.uint8)
colours = numpy.stack([numpy.tile(ramp, (64, 1)), numpy.tile(ramp[:, None], (1, 64)),
                       numpy.full((64, 64), 90, numpy.uint8)], axis=-1)
file = io.BytesIO()
Image.fromarray(colours).save(file, "JPEG", quality=95)
jfif = file.getvalue()
# The same codestream, with Adobe's marker (transform 1: YCbCr) instead of the JFIF one.
end = 4 + int.from_bytes(jfif[4:6], "big")
adobe = jfif[:2] + b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x01" + jfif[end:]


def read(codestream: bytes) -> numpy.ndarray:
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    film.Rows = film.Columns = 64
    film.SamplesPerPixel, film.PlanarConfiguration, film.PixelRepresentation = 3, 0, 0
    film.BitsAllocated = film.BitsStored = 8
    film.HighBit = 7
    film.PhotometricInterpretation = "YBR_FULL_422"
    film.PixelData = encapsulate([codestream])
    film["PixelData"].VR = "OB"
    return film.pixel_array


print(f"pydicom {pydicom.__version__}, Pillow {PIL.__version__}")
off = {}
for name, codestream in (("JFIF", jfif), ("Adobe", adobe)):
    shown = Image.open(io.BytesIO(codestream)).convert("RGB")
    by_pillow = numpy.abs(numpy.asarray(shown).astype(int) - colours).mean()
    off[name] = float(numpy.abs(read(codestream).astype(int) - colours).mean())
    print(f"{name} marker: pydicom {off[name]:.1f} levels off on average, "
          f"Pillow alone {by_pillow:.1f}")
if not (off["JFIF"] < 5 and off["Adobe"] > 20):
    sys.exit("This has changed: see above.")
print("As found: with Adobe's marker the colours are converted twice.")
PYTHON
