"""Figures as files and on pages."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from page_colours import colour_schemes, contrast
from pneumoscope.errors import PneumoscopeError
from pneumoscope.report import plot as house
from pneumoscope.report.plot import (
    COLOURS,
    ReportPlot,
    file_stem,
    house_style,
    line_style,
    new_axes,
)


@house_style()
def draw(name: str = "lines", label: str = "a $class$ <b>") -> ReportPlot:
    figure, axes = new_axes(3, 2)
    axes.plot([0, 1], [0, 1], color=house.INK)
    axes.plot([0, 1], [1, 0], color=COLOURS[1], marker="o")
    axes.bar([0.5], [1], hatch="//", label=label)
    figure.legend(loc="outside lower center")
    return ReportPlot(
        name, "Title & more", 'A "caption".', figure, ("x", "y"), ((0, 0.1), (1, None))
    )


def test_a_figure_is_saved_as_picture_drawing_and_table(tmp_path: Path) -> None:
    draw().save(tmp_path / "new")
    with Image.open(tmp_path / "new" / "lines.png") as picture:
        assert picture.size == (450, 300)
        assert np.asarray(picture.convert("L")).std() > 10
    assert "a $class$ &lt;b&gt;" in (tmp_path / "new" / "lines.svg").read_text(encoding="utf-8")
    with (tmp_path / "new" / "lines.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["x", "y"], ["0", "0.1"], ["1", ""]]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PneumoscopeError, match="figure lines could not be written"):
        draw().save(tmp_path / "file")


def test_an_inline_drawing_is_part_of_the_page() -> None:
    svg = draw().inline_svg()
    assert svg.startswith('<svg role="img"')
    assert svg.rstrip().endswith("</svg>")
    assert '<title id="lines-title">Title &amp; more</title>' in svg
    assert "http" not in svg
    assert "<style" not in svg
    assert "a $class$ &lt;b&gt;" in svg
    # Ink comes from the page, data keep their colour.
    assert house.INK not in svg
    assert "var(--text)" in svg
    assert COLOURS[1].lower() in svg


def test_identifiers_are_a_figures_own_and_every_reference_is_met() -> None:
    page = draw("first").inline_svg() + draw("second").inline_svg()
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    used = re.findall(r'(?:href="#|url\(#)([^")]+)', page)
    assert {name.partition("-")[0] for name in used} == {"first", "second"}
    assert set(used) <= set(names)


def test_the_same_figure_is_drawn_the_same(tmp_path: Path) -> None:
    figure = draw()
    before = figure.inline_svg()
    figure.save(tmp_path)
    assert figure.inline_svg() == before == draw().inline_svg()


def test_inks_are_the_colours_of_the_light_page() -> None:
    light, dark = colour_schemes()
    for ink, variable in ((house.INK, "text"), (house.QUIET, "quiet"), (house.LINE, "line")):
        assert light[variable] == ink
    assert light["card"] == house.PAPER
    assert dark.keys() == light.keys()


def test_the_first_colours_are_seen_on_light_and_on_dark() -> None:
    for scheme in colour_schemes():
        for colour in COLOURS[:4]:
            assert contrast(colour, scheme["card"]) > 2.9


def test_series_differ_in_colour_or_in_style() -> None:
    looks = {(house.colour(place), str(line_style(place))) for place in range(36)}
    assert len(looks) == 36


@pytest.mark.parametrize(
    ("name", "stem"), [("balanced", "balanced"), ("../High & low", "high-low"), ("…", "unnamed")]
)
def test_any_name_makes_a_file_name(name: str, stem: str) -> None:
    assert file_stem(name) == stem
