#!/usr/bin/env bash
# Packages: pillow 13.0.0, numpy 2.4.6.
# Expected: a TIFF file whose PhotometricInterpretation is 0 (WhiteIsZero) is read in one way whatever
#   its depth: either always as stored, or always turned so that high values are bright.
# Seen: files of 8 bits come out turned, files of 16 bits as stored, and both in modes that look alike
#   to whoever only asks for an array. A radiograph of 16 bits then shows as its own negative.
# In pneumoscope: src/pneumoscope/imaging turns deep WhiteIsZero files itself.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pillow==13.0.0 numpy==2.4.6 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import sys

import numpy
import PIL
from PIL import Image


def tiff(levels: numpy.ndarray) -> bytes:
    """A little-endian TIFF of one uncompressed strip, WhiteIsZero."""
    height, width = levels.shape
    pixels = levels.astype(levels.dtype.newbyteorder("<")).tobytes()
    long, short = 4, 3
    entries = [
        (256, long, width), (257, long, height), (258, short, 8 * levels.itemsize),
        (259, short, 1), (262, short, 0), (273, long, 8), (277, short, 1),
        (278, long, height), (279, long, len(pixels)),
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries
    )
    start = 8 + len(pixels)
    return struct.pack("<2sHI", b"II", 42, start) + pixels + directory + struct.pack("<I", 0)


print(f"Pillow {PIL.__version__}")
seen = {}
for depth in (numpy.uint8, numpy.uint16):
    stored = numpy.array([[0, 1, numpy.iinfo(depth).max]], dtype=depth)
    with Image.open(io.BytesIO(tiff(stored))) as image:
        read = numpy.asarray(image)
    seen[stored.itemsize * 8] = "turned" if read[0, 0] > read[0, 2] else "as stored"
    print(f"{8 * stored.itemsize:2} bits: stored {stored.tolist()}, read {read.tolist()} "
          f"in mode {image.mode}: {seen[8 * stored.itemsize]}")
if seen != {8: "turned", 16: "as stored"}:
    sys.exit("This has changed: see above.")
print("As found: files of 8 bits are turned, files of 16 bits are not.")
PYTHON
