#!/usr/bin/env bash
# Packages: fsspec 2026.9.0 (Lightning writes its checkpoints through it, in `_atomic_save`).
# Expected: a file that is written in a transaction of a local file system appears under its name
#   whole or not at all: it is written beside its place, and renamed.
# Seen: it is written into the folder for temporary files. Where that lies on another disk, as a
#   /tmp in memory does, the commit is a copy: the name is there before the bytes are, and whoever
#   is killed in between leaves half a checkpoint, which may have replaced a good one.
# In pneumoscope: training writes checkpoints beside their place, and renames them
#   (src/pneumoscope/training/checkpoints.py).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder" "${memory:-/nonexistent}"' EXIT
memory=$(mktemp -d -p /dev/shm 2>/dev/null) || { echo "Needs /dev/shm, a second file system."; exit 2; }
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check fsspec==2026.9.0 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 2; }

TMPDIR="$memory" "$folder/venv/bin/python" - "$folder/last.ckpt" <<'PYTHON'
import os
import sys

import fsspec

path = sys.argv[1]
print(f"fsspec {fsspec.__version__}")
files, _ = fsspec.core.url_to_fs(path)
with files.transaction:
    with files.open(path, "wb") as file:
        file.write(b"weights" * 100_000)
    written = os.stat(file.temp)
    print(f"written to {'the folder of its place' if os.path.dirname(file.temp) == os.path.dirname(path) else 'the folder for temporary files'}")
there = os.stat(path)
copied = written.st_dev != there.st_dev
print("committed by", "copying to another disk" if copied else "renaming")
if not copied:
    sys.exit("This has changed: see above.")
print("As found: the file under its name is a copy, which a kill can cut short.")
PYTHON
