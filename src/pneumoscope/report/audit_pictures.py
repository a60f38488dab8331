"""The pictures that an audit writes as files: class counts, and a sheet of samples."""

from __future__ import annotations

from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.audit import Audit
from pneumoscope.files import whole_file
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.report.audit_plots import draw_class_counts, draw_sample_sheet

_COUNTS, _SAMPLES = AUDIT_PICTURES = ("class-counts.png", "samples.png")
_SAMPLES_PER_CLASS = 8


def write_audit_pictures(audit: Audit, folder: Path) -> None:
    """Write the bars of the class counts and a sheet of films spread over each class.

    Raises `OSError`.
    """
    table = audit.table
    with whole_file(folder / _COUNTS) as part:
        draw_class_counts(table.counts(), table.class_names).savefig(part, dpi=150)
    label_of = {film.path: film.label for film in table.films}
    view = PreprocessConfig(size=224, fit="pad")
    samples: dict[str, list[tuple[str, NDArray[np.uint8]]]] = {}
    for name in table.class_names:
        paths = [film.path for film in audit.measures if label_of[film.path] == name]
        spread = np.linspace(0, len(paths) - 1, min(_SAMPLES_PER_CLASS, len(paths)), dtype=int)
        samples[name] = [
            (
                PurePath(path).name,
                preprocess(read_image(table.root / path, target=224).pixels, view),
            )
            for path in (paths[i] for i in spread)
        ]
    if any(samples.values()):
        with whole_file(folder / _SAMPLES) as part:
            draw_sample_sheet(samples).savefig(part, dpi=150)
