"""Contact sheets hold every thumbnail, whatever its aspect."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pneumoscope.pictures.contact_sheet import Thumbnail, render_contact_sheet


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (8, 1), (9, 2), (40, 5)])
def test_every_film_is_on_the_sheet(count: int, rows: int) -> None:
    thumbnails = [
        Thumbnail.of(Image.new("RGB", size, (255, place, 0)), f"film {place}", ["NORMAL 97.0 %"])
        for place, size in zip(range(count), [(400, 300), (300, 400)] * 20, strict=False)
    ]
    assert thumbnails[0].picture.size == (200, 150)
    sheet = np.asarray(render_contact_sheet(thumbnails, "Evidence", "a note"))
    for place in range(count):
        assert (sheet == (255, place, 0)).all(axis=-1).sum() == 200 * 150
    one_row = np.asarray(render_contact_sheet(thumbnails[:1], "Evidence", "a note"))
    per_row = 200 + 6 + 2 * 20 + 16
    assert sheet.shape[0] == one_row.shape[0] + (rows - 1) * per_row
