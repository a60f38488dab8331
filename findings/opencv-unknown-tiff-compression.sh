#!/usr/bin/env bash
# Packages: opencv-python-headless 5.0.0.93, tifffile 2026.3.3, imagecodecs 2026.3.6, numpy 2.4.6.
# Expected: of a tiled TIFF file whose compression it has no decoder for, OpenCV's imread gives None,
#   as it does of files that it cannot read and as the manual says.
# Seen: it gives a black picture of the right size, and only a line on standard error tells why. A
#   pipeline of films takes these for black films.
# In pneumoscope: films of such compressions are refused by name (src/pneumoscope/imaging/tiff/kinds.py),
#   and tests/peer_suites.py does not count black pictures of OpenCV's as read.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  opencv-python-headless==5.0.0.93 tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - "$folder" 2> "$folder/errors.log" <<'PYTHON' || { cat "$folder/errors.log"; exit 1; }
import sys

import cv2
import numpy
import tifffile

print(f"OpenCV {cv2.__version__}")
film = (numpy.arange(128 * 128).reshape(128, 128) // 64).astype(numpy.uint8)
seen = {}
for compression in ("zlib", "jpeg2000"):
    path = f"{sys.argv[1]}/{compression}.tif"
    tifffile.imwrite(path, film, tile=(64, 64), compression=compression, photometric="minisblack")
    assert (tifffile.imread(path) == film).all()
    read = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    seen[compression] = "None" if read is None else "black" if not read.any() else "a picture"
    print(f"{compression}: imread gives {seen[compression]}; the film's mean is {film.mean():.0f}")
if seen != {"zlib": "a picture", "jpeg2000": "black"}:
    sys.exit("This has changed: see above.")
print("As found: a compression that OpenCV does not know gives a black picture.")
PYTHON
