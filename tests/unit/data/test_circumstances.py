"""View, age and sex of films, as tables tell them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.data.circumstances import UNKNOWN, Circumstances, circumstance_columns
from pneumoscope.data.tables.film_tables import read_film_table
from pneumoscope.data.tables.rules import TableRules


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["path", "view", "age", "sex"], {"view": "view", "age": "age", "sex": "sex"}),
        (
            ["Image Index", "Patient Age", "Patient Gender", "View Position"],
            {"view": "View Position", "age": "Patient Age", "sex": "Patient Gender"},
        ),
        (["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA"],
         {"view": "AP/PA", "age": "Age", "sex": "Sex"}),
        (["ViewPosition", "view_pred_ap"], {"view": "ViewPosition"}),
        (["view", "Projection"], {"view": "view"}),
        (["path", "label"], {}),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_usual_names(columns: list[str], found: dict[str, str]) -> None:
    assert circumstance_columns(columns) == found


def test_a_column_that_tells_something_else_is_left_alone() -> None:
    assert circumstance_columns(["view", "age"], ["view"]) == {"age": "age"}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("AP", "54", "F"), Circumstances("AP", 54.0, "F")),
        ((" pa ", "062.0", "male"), Circumstances("PA", 62.0, "M")),
        (("", "018M", "Woman"), Circumstances(None, 1.5, "F")),
        (("AP\nx", "414Y", "0"), UNKNOWN),
        (("x" * 99, "about 60", ""), UNKNOWN),
        ((None, None, None), UNKNOWN),
    ],
)
def test_texts_are_read_or_count_as_not_known(
    texts: tuple[str | None, str | None, str | None], expected: Circumstances
) -> None:
    assert Circumstances.read(*texts) == expected


def test_a_table_of_films_keeps_them_out_of_what_makes_a_film(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    plain = tmp_path / "plain.csv"
    plain.write_text("path,label\na.png,NORMAL\nb.png,ILL\n")
    told = tmp_path / "told.csv"
    told.write_text("path,label,ViewPosition,age,gender\na.png,NORMAL,PA,3,m\nb.png,ILL,,,\n")
    table = read_film_table(told)
    assert [film.circumstances for film in table.films] == [Circumstances("PA", 3.0, "M"), UNKNOWN]
    assert table.unused == ()
    assert table == read_film_table(plain)
    assert table.digest == read_film_table(plain).digest


def test_published_tables_tell_them_too(tmp_path: Path) -> None:
    table = tmp_path / "Data_Entry_2017.csv"
    table.write_text(
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,"
        "View Position\n"
        "00000001_000.png,Pneumonia,0,1,058Y,M,PA\n00000002_000.png,No Finding,0,2,081Y,F,AP\n"
    )
    for film in ("00000001_000.png", "00000002_000.png"):
        (tmp_path / film).touch()
    found = read_film_table(table, TableRules(published="nih"))
    assert [film.circumstances for film in found.films] == [
        Circumstances("PA", 58.0, "M"),
        Circumstances("AP", 81.0, "F"),
    ]
