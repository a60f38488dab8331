from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from pneumoscope.data.tables.table_files import TableRow, is_table, read_rows
from pneumoscope.errors import DatasetError, MissingExtraError

TEXT = "path,label,note\na.png,Größe,\nb.png,ill,x\n"
ROWS = (
    TableRow(2, {"path": "a.png", "label": "Größe", "note": ""}),
    TableRow(3, {"path": "b.png", "label": "ill", "note": "x"}),
)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_dialects_and_encodings_are_found_and_said(
    tmp_path: Path, separator: str, codec: str, words: str
) -> None:
    file = tmp_path / "films.csv"
    file.write_bytes(TEXT.replace(",", separator).encode(codec))
    table = read_rows(file)
    assert table.columns == ("path", "label", "note")
    assert table.rows == ROWS
    said = " ".join(table.notes)
    assert words in said
    assert ("separated by" in said) == (separator != ",")


def test_a_compressed_table(tmp_path: Path) -> None:
    (tmp_path / "films.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert is_table(tmp_path / "films.csv.gz")
    assert read_rows(tmp_path / "films.csv.gz").rows == ROWS
    (tmp_path / "broken.csv.gz").write_bytes(b"path,label")
    with pytest.raises(DatasetError, match="could not be read"):
        read_rows(tmp_path / "broken.csv.gz")


def read(folder: Path, text: str) -> list[TableRow]:
    file = folder / "films.csv"
    file.write_text(text)
    return list(read_rows(file).rows)


def test_rows_have_the_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    rows = read(tmp_path, 'path,label\na,x\n\n,\n"b\nc",y\nd,z\n')
    assert [row.number for row in rows] == [2, 5, 6]
    assert rows[1].cells["path"] == "b\nc"
    assert [row.number for row in read(tmp_path, "sep=;\npath;label\na;x\n")] == [3]


def test_a_separator_inside_cells_does_not_mislead(tmp_path: Path) -> None:
    rows = read(tmp_path, "path;label\na,1.png;x\nb,2.png;y\nc.png;z\n")
    assert [row.cells["path"] for row in rows] == ["a,1.png", "b,2.png", "c.png"]


def test_columns_without_a_name_are_left_out_and_short_rows_filled(tmp_path: Path) -> None:
    assert [row.cells for row in read(tmp_path, ",path,label,\n0,a\n1,b,x,\n")] == [
        {"path": "a", "label": ""},
        {"path": "b", "label": "x"},
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("path,label\n", "no rows"),
        ("path,label,path\na,x,b\n", "two columns called 'path'"),
        ("path,label\na,x\nb,c,y\n", "Row 3 of .* has 3 cells, the header has 2"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read(tmp_path, text)


def test_text_of_no_known_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_bytes(b"path,label\n\x81\xff.png,x\n")
    with pytest.raises(DatasetError, match="neither UTF-8"):
        read_rows(tmp_path / "films.csv")


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"path": ["a", "b"], "ill": [1.0, None], "number": [7, 8], "share": [0.5, 1.0]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "films.parquet")
    table = read_rows(tmp_path / "films.parquet")
    assert [row.cells for row in table.rows] == [
        {"path": "a", "ill": "1", "number": "7", "share": "0.5"},
        {"path": "b", "ill": "", "number": "8", "share": "1"},
    ]


def test_excel(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl, of the extra `data`, is missing")
    book = openpyxl.Workbook()
    for row in (["path", "label", "patient"], ["a.png", "x", 7], [], ["b.png", None, 8.0]):
        book.active.append(row)
    book.create_sheet("other").append(["nothing"])
    book.save(tmp_path / "films.xlsx")
    table = read_rows(tmp_path / "films.xlsx")
    assert table.rows == (
        TableRow(2, {"path": "a.png", "label": "x", "patient": "7"}),
        TableRow(4, {"path": "b.png", "label": "", "patient": "8"}),
    )
    assert "of 2 sheets the first" in table.notes[0]
    (tmp_path / "broken.xlsx").write_bytes(b"PK no workbook")
    with pytest.raises(DatasetError, match="could not be read"):
        read_rows(tmp_path / "broken.xlsx")


def test_excel_without_openpyxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "films.xlsx").write_bytes(b"")
    with pytest.raises(MissingExtraError) as caught:
        read_rows(tmp_path / "films.xlsx")
    assert "[data]" in caught.value.hint


def test_a_table_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pneumoscope.data.tables.table_files._MOST_BYTES", 2000)
    (tmp_path / "films.csv.gz").write_bytes(
        gzip.compress(b"path,label\n" + b"a.png,NORMAL\n" * 200)
    )
    with pytest.raises(DatasetError, match="more than"):
        read_rows(tmp_path / "films.csv.gz")
