"""The section that tells for which films a model fails, against the table that it is made from."""

from __future__ import annotations

import re

import pytest

from grouped_films import draw, table_of
from pneumoscope.evaluation.group_table import GroupTable, often
from pneumoscope.report.frame import Section
from pneumoscope.report.group_section import PICTURED_ROWS, group_section


@pytest.fixture(scope="module")
def table() -> GroupTable:
    return table_of(draw())


@pytest.fixture(scope="module")
def section(table: GroupTable) -> Section:
    return group_section(table, "val-")


def words_of(section: Section) -> str:
    return " ".join(re.sub("<[^>]+>", " ", section.body).split())


def test_every_group_has_its_row_with_its_figures(table: GroupTable, section: Section) -> None:
    words = words_of(section)
    assert all(sentence in words for sentence in table.sentences())
    for of_class in table.classes:
        for row in of_class.rows:
            figures = []
            for rates in row.points.values():
                right = rates.right
                figures.append(
                    f"{right.value:.3f} {right.low:.3f} to {right.high:.3f} {rates.others:.3f} "
                    f"{often(rates.by_chance).replace('<', '&lt;')}"
                )
            assert f"{row.name} {row.films} {row.patients} {' '.join(figures)}" in words
    for group in table.scores:
        area = group.roc_auc
        assert f"{group.patients} {area.value:.3f} {area.low:.3f} to {area.high:.3f}" in words


def test_the_plot_shows_the_worst_rows_of_each_class(table: GroupTable, section: Section) -> None:
    (plot,) = section.plots
    assert plot.name == "val-groups"
    expected = [
        (of_class.label, row.name)
        for of_class in table.classes
        for row in of_class.worst(PICTURED_ROWS, "balanced")
    ]
    assert [row[:2] for row in plot.rows] == expected
    assert plot.rows[0][:3] == ("NORMAL", "group C", table.classes[0].rows[0].films)
    panels = plot.figure.axes
    titles = [panel.get_title(loc="left") for panel in panels]
    assert titles == ["NORMAL, 120 films", "PNEUMONIA, 120 films"]
    for panel, of_class in zip(panels, table.classes, strict=True):
        assert panel.lines[0].get_xdata()[0] == of_class.right["balanced"]
