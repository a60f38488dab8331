"""Running the tools of dcmtk on files made in memory."""

from __future__ import annotations

import io
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .standard import luma


def run(tool: str, options: list[str], film: bytes) -> bytes:
    """The file that a tool makes of a film; raises `RuntimeError` where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "film.dcm"), Path(folder, "made")
        source.write_bytes(film)
        command = [tool, "--log-level", "error", *options, str(source), str(target)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode or not target.exists() or done.stderr:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
        return target.read_bytes()


def rendered(tool: str, options: list[str], film: bytes) -> NDArray[np.uint8]:
    """The 8-bit picture that dcm2pnm, dcmj2pnm or dcml2pnm makes of the first frame."""
    # Overlays would be painted over the film.
    made = run(tool, ["--no-overlays", *options], film)
    with Image.open(io.BytesIO(made)) as picture:
        pixels = np.asarray(picture)
    return luma(pixels) if pixels.ndim == 3 else pixels


def version(tool: str) -> str:
    """Such as `dcmtk: dcm2pnm v3.6.7 2022-04-22`."""
    done = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].strip("$ ")
