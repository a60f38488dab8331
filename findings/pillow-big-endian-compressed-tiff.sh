#!/usr/bin/env bash
# Packages: pillow 13.0.0, tifffile 2026.3.3, numpy 2.4.6.
# Expected: a big-endian TIFF of signed 16-bit or 32-bit floating-point samples is read alike with and
#   without compression.
# Seen: uncompressed it is right; compressed, the samples come out byte-swapped, noise, and nothing is
#   said. Unsigned 16 bits and little-endian files are right either way.
# In pneumoscope: src/pneumoscope/imaging/tiff.py orders the bytes itself.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6 2> "$folder/pip.log" \
  || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import numpy
import PIL
import tifffile
from PIL import Image

print(f"Pillow {PIL.__version__}")
seen = {}
for kind in ("u2", "i2", "f4"):
    stored = (numpy.arange(64).reshape(8, 8) * 37).astype(kind)
    for order in "<>":
        for compression in (None, "zlib"):
            file = io.BytesIO()
            tifffile.imwrite(file, stored, byteorder=order, compression=compression,
                             photometric="minisblack")
            with Image.open(file) as image:
                read = numpy.asarray(image)
            right = bool((read == stored).all())
            seen[kind, order, compression] = right
            print(f"{kind} {'big' if order == '>' else 'little'}-endian, "
                  f"{compression or 'uncompressed'}: {'right' if right else 'wrong'}, "
                  f"first samples {read[0, :3].tolist()} for {stored[0, :3].tolist()}")
wrong = {key for key, right in seen.items() if not right}
if wrong != {("i2", ">", "zlib"), ("f4", ">", "zlib")}:
    sys.exit("This has changed: see above.")
print("As found: compressed, big-endian signed and floating-point samples are byte-swapped.")
PYTHON
