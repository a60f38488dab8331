#!/usr/bin/env bash
# Packages: pillow 13.0.0, numpy 2.4.6.
# Expected: turning an 8-bit image by a small angle with bilinear or bicubic interpolation rounds the
#   interpolated gray levels to the nearest, as resizing with the same filters does, so that the mean
#   stays what it was.
# Seen: rotate and transform cut the fraction off: a turned image is about half a gray level darker.
#   Of an image of 32-bit floating point the same turn keeps the mean.
# In pneumoscope: stress tests turn films as floating point and round by themselves
#   (src/pneumoscope/evaluation/film_changes.py).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pillow==13.0.0 numpy==2.4.6 2> "$folder/pip.log" \
  || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy
import PIL
from PIL import Image

print(f"Pillow {PIL.__version__}")
rows, columns = numpy.mgrid[0:256, 0:256]
gray = numpy.round(128 + 60 * numpy.sin(rows / 9) * numpy.cos(columns / 7)).astype(numpy.uint8)
inside = (slice(40, 216), slice(40, 216))
seen = {}
for name in ("BILINEAR", "BICUBIC"):
    method = Image.Resampling[name]
    turned = numpy.asarray(Image.fromarray(gray).rotate(2, method), dtype=float)
    exact = numpy.asarray(Image.fromarray(gray.astype(numpy.float32)).rotate(2, method), dtype=float)
    larger = numpy.asarray(Image.fromarray(gray).resize((401, 401), method), dtype=float)
    fine = numpy.asarray(
        Image.fromarray(gray.astype(numpy.float32)).resize((401, 401), method), dtype=float
    )
    seen[name] = (turned - exact)[inside].mean()
    resized = (larger - fine).mean()
    print(f"{name}: turned by 2 degrees {seen[name]:+.2f} gray levels from the same in floating "
          f"point, resized {resized:+.2f}")
    if abs(resized) > 0.1:
        sys.exit("Resizing is no longer what it was.")
if not all(-0.6 < difference < -0.4 for difference in seen.values()):
    sys.exit("Turning is no longer what it was.")
PYTHON
