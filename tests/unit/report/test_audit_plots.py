import io

import numpy as np
from PIL import Image

from pneumoscope.report.audit_plots import draw_class_counts, draw_sample_sheet


def rendered(figure) -> Image.Image:
    file = io.BytesIO()
    figure.savefig(file, dpi=60)
    return Image.open(file)


def test_bars_stand_for_counts_and_carry_them():
    counts = {"train": {"NORMAL": 1341, "PNEUMONIA": 3875}, None: {"NORMAL": 8, "PNEUMONIA": 0}}
    figure = draw_class_counts(counts, ("NORMAL", "PNEUMONIA"))
    (axes,) = figure.axes
    assert [bar.get_height() for bar in axes.patches] == [1341, 8, 3875, 0]
    assert {text.get_text() for text in axes.texts} == {"1,341", "8", "3,875", "0"}
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["train", "no split"]
    assert np.asarray(rendered(figure)).std() > 10


def test_sample_sheet_has_a_row_for_each_class_and_gaps_where_films_lack():
    film = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    samples = {"NORMAL": [("a.png", film), ("b" * 50, film)], "PNEUMONIA": [("c.png", film)]}
    figure = draw_sample_sheet(samples)
    shown = [axes for axes in figure.axes if axes.images]
    assert len(figure.axes) == 4
    assert len(shown) == 3
    assert [len(axes.get_title()) for axes in shown] == [5, 30, 5]
    assert np.asarray(rendered(figure)).std() > 10


def test_names_of_films_need_not_be_text(tmp_path):
    samples = {"A": [("bad\udcff\x1b[31m.png", np.zeros((8, 8), np.uint8))]}
    draw_sample_sheet(samples).savefig(tmp_path / "sheet.png")
