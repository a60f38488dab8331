"""Tables of films as people have them: other columns, other paths, other labels."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.film_tables import read_film_table
from pneumoscope.data.tables.rules import TableRules, parse_label_map
from pneumoscope.errors import DatasetError

FILMS = ("x/a.png", "x/b.png", "y/c.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILMS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def read(folder: Path, text: str, **rules: object) -> FilmTable:
    file = folder / "films.csv"
    file.write_text(text)
    return read_film_table(file, TableRules(**rules))  # type: ignore[arg-type]


def labels(table: FilmTable) -> dict[str, str]:
    return {film.path: film.label for film in table.films}


def said(table: FilmTable) -> str:
    return " ".join(table.table_notes)


def test_a_table_of_ours_is_read_without_a_word(folder: Path) -> None:
    table = read(folder, "path,label,split\nx/a.png,A,train\nx/b.png,B,\ny/c.png,A,test\n")
    assert labels(table) == {"x/a.png": "A", "x/b.png": "B", "y/c.png": "A"}
    assert table.root == folder
    assert table.table_notes == ()


@pytest.mark.parametrize(
    "header",
    ["image,class", "File Name,Diagnosis", "Image Index,Finding Labels", "dicom_id,TARGET"],
)
def test_columns_are_known_by_their_usual_names_and_that_is_said(folder: Path, header: str) -> None:
    table = read(folder, f"{header}\nx/a.png,A\nx/b.png,B\n")
    assert labels(table) == {"x/a.png": "A", "x/b.png": "B"}
    path, label = header.split(",")
    assert f"films by the column {path!r} and labels by the column {label!r}" in said(table)


def test_columns_are_those_that_are_named(folder: Path) -> None:
    text = "path,label,where,what,who\nno,no,x/a.png,A,7\nno,no,x/b.png,B,8\n"
    table = read(folder, text, path_column="WHERE", label_column="what", patient_column="who")
    assert labels(table) == {"x/a.png": "A", "x/b.png": "B"}
    assert table.patient_ids.tolist() == ["7", "8"]
    assert table.patients().way == "by the column 'who' of the table"


@pytest.mark.parametrize(
    ("text", "rules", "message", "hint"),
    [
        ("a,label\nx,y\n", {}, "tell films. Its columns are 'a' and 'label'", "--path-column"),
        ("path,b\nx,y\n", {}, "tell labels. Its columns are 'path' and 'b'", "--label-column"),
        ("image,file,label\nx,y,z\n", {}, "Several columns .*: 'image' and 'file'", "--path-col"),
        ("path,class,finding\nx,y,z\n", {}, "Several .*: 'class' and 'finding'", "--label-column"),
        ("path,label\nx,y\n", {"label_column": "lable"}, "has no column 'lable'", "'label'"),
        ("path,label,Patient ID,mrn\nx,y,1,2\n", {}, "several columns .* patients", "--patient-c"),
        ("Path,Frontal/Lateral,No Finding,Pneumonia\n,,,\nx,F,1,\n", {}, "labels", "chexpert"),
    ],
)
def test_columns_that_cannot_be_told_are_refused_with_the_option_to_give(
    folder: Path, text: str, rules: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        read(folder, text, **rules)
    assert hint in caught.value.hint


def test_splits_by_their_usual_names(folder: Path) -> None:
    table = read(folder, "path,label,Split\nx/a.png,A,Train\nx/b.png,B,valid\ny/c.png,A, TEST \n")
    assert [film.split for film in table.films] == ["train", "val", "test"]
    table = read(folder, "path,label,subset\nx/a.png,A,training\nx/b.png,B,dev\n")
    assert [film.split for film in table.films] == ["train", "val"]
    table = read(folder, "path,label,set\nx/a.png,A,first\nx/b.png,B,test\n")
    assert [film.split for film in table.films] == [None, None]
    with pytest.raises(DatasetError, match=r"Row 3 .* the split 'extra' in the column 'Split'"):
        read(folder, "path,label,Split\nx/a.png,A,\nx/b.png,B,extra\n")


def test_paths_with_blanks_and_backslashes_and_absolute_ones(folder: Path) -> None:
    text = f"path,label\n x/a.png ,A\nx\\b.png,B\n{folder / 'y' / 'c.png'},A\n"
    table = read(folder, text)
    assert labels(table) == {"x/a.png": "A", "x/b.png": "B", "y/c.png": "A"}
    assert table.root == folder


def test_names_that_are_so_strange_win_over_what_they_might_mean(folder: Path) -> None:
    (folder / " x\\a.png").write_bytes(b"")
    (folder / " x").mkdir()
    table = read(folder, 'path,label\n" x\\a.png",A\nx/b.png,B\n')
    assert [film.path for film in table.films] == [" x\\a.png", "x/b.png"]


def test_films_in_another_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("tables")
    table = read(elsewhere, "path,label\nx/a.png,A\ny/c.png,B\n", films=folder)
    assert (table.root, list(labels(table))) == (folder, ["x/a.png", "y/c.png"])
    relative = os.path.relpath(folder, elsewhere)
    text = f"path,label\n{relative}/x/a.png,A\n{folder}/x/b.png,B\n"
    table = read(elsewhere, text)
    assert (table.root, list(labels(table))) == (folder / "x", ["a.png", "b.png"])
    assert all(path.is_file() for path in table.paths())
    with pytest.raises(DatasetError, match="None of the 1 films") as caught:
        read(elsewhere, "path,label\nx/a.png,A\n")
    assert "--films ROOT" in caught.value.hint


def test_links_are_followed_wherever_they_lead(folder: Path, tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("tables")
    (elsewhere / "linked").symlink_to(folder / "x")
    (elsewhere / "film.png").symlink_to(folder / "y" / "c.png")
    table = read(elsewhere, "path,label\nlinked/a.png,A\nfilm.png,B\n")
    assert (table.root, list(labels(table))) == (elsewhere, ["film.png", "linked/a.png"])


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (("set/v1/x/a.png", "set/v1/y/c.png"), "without set/v1 before their paths"),
        (("x/a", "y/c"), "with the suffix .png"),
        (("/set/v1/x/a.png", "/set/v1/y/c.png"), "without /set/v1 before their paths"),
        (("C:\\set\\x\\a", "C:\\set\\y\\c"), "without C:/set before their paths and with the suff"),
        (("a.png", "c.png"), "by their names"),
        (("a.dcm", "c"), "by their names"),
    ],
)
def test_a_table_for_another_place_is_read_in_one_way_which_is_said(
    folder: Path, paths: tuple[str, str], words: str
) -> None:
    table = read(folder, f"path,label\n{paths[0]},A\n{paths[1]},B\n")
    assert labels(table) == {"x/a.png": "A", "y/c.png": "B"}
    assert f"Films were found below {folder}, {words}" in said(table)


def test_a_name_of_several_files_is_refused(folder: Path) -> None:
    (folder / "y" / "a.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"a\.png is the name of several files: .*x/a.png"):
        read(folder, "path,label\na.png,A\nc.png,B\n")


def test_missing_films_are_named_with_their_rows_and_stay(folder: Path) -> None:
    rows = "".join(f"gone{number}.png,B\n" for number in range(7))
    table = read(folder, f"path,label\nx/a.png,A\n{rows}")
    assert len(table) == 8
    assert "7 films of films.csv are not there: row 3 (gone0.png), " in said(table)
    assert "row 7 (gone4.png) and 2 more." in said(table)
    with pytest.raises(DatasetError, match=r"Row 3 .* has ' ' for the path .*column 'path'"):
        read(folder, "path,label\nx/a.png,A\n ,B\n")


def test_rows_without_a_label_are_left_out_and_counted(folder: Path) -> None:
    table = read(folder, "path,label\nx/a.png,A\nx/b.png, \ny/c.png,B\n")
    assert labels(table) == {"x/a.png": "A", "y/c.png": "B"}
    assert "Left out: 1 row without a label in the column 'label', the first of which is row 3" in (
        said(table)
    )
    with pytest.raises(DatasetError, match="no film with a label"):
        read(folder, "path,label\nx/a.png,\n")


def test_labels_that_differ_in_case_and_blanks_are_one_class(folder: Path) -> None:
    table = read(folder, "path,label\nx/a.png,NORMAL \nx/b.png,Normal\ny/c.png,NORMAL\n")
    assert table.class_names == ("NORMAL",)
    assert "Labels brought together: 'NORMAL', 'NORMAL ' and 'Normal' as NORMAL." in said(table)


def test_labels_are_called_otherwise_where_that_is_stated(folder: Path) -> None:
    text = "path,label\nx/a.png,Covid\nx/b.png,viral pneumonia\ny/c.png,other\n"
    pairs = parse_label_map(("covid=PNEUMONIA, Viral  Pneumonia=PNEUMONIA",))
    assert labels(read(folder, text, label_map=pairs)) == {
        "x/a.png": "PNEUMONIA",
        "x/b.png": "PNEUMONIA",
        "y/c.png": "other",
    }
    with pytest.raises(DatasetError, match="--map-label names 'covod'") as caught:
        read(folder, text, label_map=(("covod", "x"),))
    assert caught.value.hint == "Did you mean 'Covid'?"


@pytest.mark.parametrize("text", ["covid", "=x", "covid=", "a=b,,c=d", "a=b,a=c"])
def test_a_label_map_that_is_none(text: str) -> None:
    with pytest.raises(DatasetError, match="--map-label"):
        parse_label_map((text,))


def test_repeated_rows_are_one_and_contradictions_name_their_rows(folder: Path) -> None:
    table = read(folder, "path,label\nx/a.png,A\nx//a.png,a\nx/b.png,B\n")
    assert labels(table) == {"x/a.png": "A", "x/b.png": "B"}
    assert "1 row that repeats a film and its label" in said(table)
    with pytest.raises(DatasetError, match=r"x/a.png is A in row 2 of .* and B in row 4 \(column"):
        read(folder, "path,label\nx/a.png,A\nx/b.png,B\nx/a.png,B\n")


MULTIPLE = (
    "path,Finding Labels\nx/a.png,Atelectasis|Pneumonia\nx/b.png,No Finding\ny/c.png,Atelectasis\n"
)


def test_several_labels_a_film_need_a_finding(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"Row 2 .*'Finding Labels', has several labels") as bad:
        read(folder, MULTIPLE)
    assert "--finding NAME, such as Atelectasis" in bad.value.hint
    with pytest.raises(DatasetError, match=r"No film .* has the finding 'Pneumnia'") as bad:
        read(folder, MULTIPLE, finding="Pneumnia")
    assert "Did you mean 'Pneumonia'?" in bad.value.hint


def test_several_labels_are_reduced_to_the_finding(folder: Path) -> None:
    table = read(folder, MULTIPLE, finding="PNEUMONIA")
    assert labels(table) == {"x/a.png": "PNEUMONIA", "x/b.png": "NORMAL"}
    assert "Left out: 1 film with neither PNEUMONIA nor a label of healthy films" in said(table)
    table = read(folder, MULTIPLE, finding="Atelectasis")
    assert labels(table)["y/c.png"] == "Atelectasis"
    table = read(folder, MULTIPLE, finding="PNEUMONIA", other_findings="healthy")
    assert labels(table)["y/c.png"] == "NORMAL"


def test_one_row_a_finding_is_reduced_film_by_film(folder: Path) -> None:
    text = "path,label\nx/a.png,Edema\nx/a.png,Pneumonia\nx/b.png,Normal\ny/c.png,Edema\n"
    table = read(folder, text, finding="Pneumonia")
    assert labels(table) == {"x/a.png": "Pneumonia", "x/b.png": "NORMAL"}
    assert "4 rows of 3 films, each once." in said(table)


@pytest.mark.parametrize(
    "cells", ["x/b.png,No Finding|Edema\n", "x/b.png,No Finding\nx/b.png,Edema\n"]
)
def test_healthy_films_with_other_findings_are_counted(folder: Path, cells: str) -> None:
    table = read(folder, f"path,label\nx/a.png,Pneumonia\n{cells}", finding="Pneumonia")
    assert labels(table)["x/b.png"] == "NORMAL"
    told = "Taken as NORMAL: 1 film with a label of healthy films and other findings too"
    assert told in said(table)
    plain = read(folder, MULTIPLE, finding="Pneumonia")
    assert "Taken as NORMAL" not in said(plain)


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(DatasetError, match="--table nih knows its own columns"):
        TableRules(published="nih", label_column="x")
    with pytest.raises(DatasetError, match="no finding is named"):
        TableRules(uncertain="ill")


def test_each_line_is_told(folder: Path) -> None:
    lines: list[str] = []
    table = read(folder, "image;label\nx/a.png;A\nx/b.png;\n", tell=lines.append)
    assert lines == list(table.table_notes)
    assert lines[0] == (
        "films.csv: films by the column 'image' and labels by the column 'label'; "
        "columns are separated by semicolons."
    )
