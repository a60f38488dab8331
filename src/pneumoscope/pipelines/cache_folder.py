"""Whether decoded films can be kept in a folder, before a run begins."""

from __future__ import annotations

import os
from pathlib import Path

from pneumoscope.errors import DatasetError


def check_cache_folder(folder: Path) -> None:
    """Raise `DatasetError` where a folder for decoded films can be neither used nor made.

    Nothing is made here.
    """
    there = next((path for path in (folder, *folder.absolute().parents) if path.exists()), None)
    if there is not None and not there.is_dir():
        problem = f"{there} is a file"
    elif there is not None and not os.access(there, os.W_OK | os.X_OK):
        problem = f"nothing may be written into {there}"
    else:
        return
    raise DatasetError(
        f"Decoded films cannot be kept in {folder}: {problem}.",
        "Name another folder with --cache or PNEUMOSCOPE_CACHE.",
    )
