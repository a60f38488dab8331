"""Pages that stand alone, and the colours that all of them share."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from page_colours import colour_schemes, contrast
from pneumoscope.errors import PneumoscopeError
from pneumoscope.report.html import data_uri, write_page
from pneumoscope.wording import percent

TEXT_ON_BACKGROUND = [
    ("text", "page"),
    ("text", "card"),
    ("quiet", "page"),
    ("quiet", "card"),
    ("caution-text", "caution"),
]


@pytest.mark.parametrize("scheme", colour_schemes(), ids=["light", "dark"])
def test_text_is_readable_and_bars_are_visible(scheme: dict[str, str]) -> None:
    for text, background in TEXT_ON_BACKGROUND:
        assert contrast(scheme[text], scheme[background]) >= 4.5, (text, background)
    for part, background in (
        ("accent", "line"),
        ("accent", "card"),
        ("text", "line"),
        ("edge", "card"),
    ):
        assert contrast(scheme[part], scheme[background]) >= 3, (part, background)


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.0, "< 0.1 %"),
        (0.0009, "< 0.1 %"),
        (0.001, "0.1 %"),
        (0.4567, "45.7 %"),
        (0.999, "99.9 %"),
        (0.99951, "> 99.9 %"),
        (1.0, "> 99.9 %"),
    ],
)
def test_no_probability_is_rounded_to_certainty(probability: float, expected: str) -> None:
    assert percent(probability) == expected


def test_a_data_uri_holds_the_picture() -> None:
    ramp = np.tile(np.linspace(0, 255, 64, dtype=np.uint8), (48, 1))
    kind, _, encoded = data_uri(Image.fromarray(ramp)).partition(",")
    assert kind == "data:image/jpeg;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(encoded)))
    assert picture.mode == "L"
    assert np.abs(np.asarray(picture).astype(int) - ramp).max() <= 4


def test_a_page_with_names_that_are_no_text_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    write_page(path, "Tübingen \udcff")
    assert path.read_bytes() == "Tübingen ?".encode()


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PneumoscopeError, match="could not be written"):
        write_page(tmp_path / "file" / "page.html", "")
