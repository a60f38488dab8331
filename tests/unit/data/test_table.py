from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError

ROOT = Path("films")


def kermany() -> FilmTable:
    return FilmTable.from_rows(
        ROOT,
        [
            {"path": "P/person2_virus_4.jpeg", "label": "PNEUMONIA", "split": "val"},
            {"path": "P/person2_bacteria_3.jpeg", "label": "PNEUMONIA", "split": "train"},
            {"path": "N/IM-0115-0001.jpeg", "label": "NORMAL", "split": "train"},
            {"path": "N/other.png", "label": "NORMAL", "split": ""},
        ],
    )


def test_rows_become_a_sorted_table() -> None:
    table = kermany()
    assert [film.path for film in table.films] == [
        "N/IM-0115-0001.jpeg",
        "N/other.png",
        "P/person2_bacteria_3.jpeg",
        "P/person2_virus_4.jpeg",
    ]
    assert table.class_names == ("NORMAL", "PNEUMONIA")
    assert table.paths()[0] == Path("films/N/IM-0115-0001.jpeg")
    assert table.y_true.dtype == np.int64
    assert table.y_true.tolist() == [0, 0, 1, 1]
    assert table.patient_ids.tolist() == [
        "IM-0115",
        "N/other",
        "person2_bacteria",
        "person2_virus",
    ]
    assert table.films[1].split is None
    assert table.films[3].series == "virus"


def test_given_columns_win_over_the_name() -> None:
    row = {
        "path": "person2_virus_4.jpeg",
        "label": "x",
        "patient_id": "p",
        "series": "",
        "number": 7,
    }
    (film,) = FilmTable.from_rows(ROOT, [row]).films
    assert (film.patient_id, film.series, film.number) == ("p", "", 7)


def test_counts_and_select() -> None:
    table = kermany()
    assert table.counts() == {
        "train": {"NORMAL": 1, "PNEUMONIA": 1},
        "val": {"NORMAL": 0, "PNEUMONIA": 1},
        None: {"NORMAL": 1, "PNEUMONIA": 0},
    }
    val = table.select("val")
    assert [film.path for film in val.films] == ["P/person2_virus_4.jpeg"]
    assert val.class_names == table.class_names
    assert val.y_true.tolist() == [1]
    assert len(table.select("test")) == 0


def test_with_splits_replaces_all() -> None:
    table = kermany().with_splits(["test", None, "test", "val"])
    assert [film.split for film in table.films] == ["test", None, "test", "val"]
    with pytest.raises(ValueError, match="zip"):
        table.with_splits(["test"])


def labelled(*labels: str) -> FilmTable:
    rows = [{"path": f"{number}.png", "label": label} for number, label in enumerate(labels)]
    return FilmTable.from_rows(ROOT, rows)


def test_the_healthy_class_comes_first_where_its_name_tells() -> None:
    assert labelled("Covid", "No Finding").class_names == ("No Finding", "Covid")
    assert labelled("b", "a", "b").class_names == ("a", "b")


def test_the_healthy_class_comes_first_where_it_is_stated() -> None:
    table = labelled("b", "c", "a")
    assert table.with_normal_class("c").class_names == ("c", "a", "b")
    assert table.with_normal_class("c").y_true.tolist() == [2, 0, 1]
    assert labelled("PNEUMONIA", "NORMAL", "A").with_normal_class(None).class_names == (
        "A",
        "NORMAL",
        "PNEUMONIA",
    )


def test_healthy_films_have_no_pathogen_whatever_their_class_is_called() -> None:
    rows = [
        {"path": "a.png", "label": "No Finding"},
        {"path": "person1_virus_2.jpeg", "label": "PNEUMONIA"},
    ]
    assert FilmTable.from_rows(ROOT, rows).with_labels("pathogen").class_names == (
        "NORMAL",
        "VIRUS",
    )


def test_labels_by_pathogen() -> None:
    table = kermany().with_labels("pathogen")
    assert [film.label for film in table.films] == ["NORMAL", "NORMAL", "BACTERIA", "VIRUS"]
    assert table.class_names == ("NORMAL", "BACTERIA", "VIRUS")
    assert kermany().with_labels("folder") == kermany()


def test_labels_by_pathogen_need_telling_names() -> None:
    table = FilmTable.from_rows(ROOT, [{"path": "x/film.png", "label": "PNEUMONIA"}])
    with pytest.raises(DatasetError, match=r"x/film\.png does not tell the pathogen"):
        table.with_labels("pathogen")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"label": "x"}, "'' is not the path"),
        ({"path": "", "label": "x"}, "'' is not the path"),
        ({"path": "/etc/film.png", "label": "x"}, "is not the path"),
        ({"path": "a/../../film.png", "label": "x"}, "is not the path"),
        ({"path": "a\0.png", "label": "x"}, "is not the path"),
        ({"path": "a.png"}, "has no label"),
        ({"path": "a.png", "label": ""}, "has no label"),
        ({"path": "a.png", "label": "x", "split": "Train"}, "the split 'Train'"),
        ({"path": "a.png", "label": "x", "number": "3.5"}, "the number '3.5'"),
        ({"path": "a.png", "label": "x", "number": "9" * 19}, "whole number"),
    ],
)
def test_wrong_rows_are_refused(row: dict[str, object], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        FilmTable.from_rows(ROOT, [row])


def test_a_film_listed_twice_is_refused() -> None:
    rows = [{"path": "a/x.png", "label": "x"}, {"path": "a//./x.png", "label": "y"}]
    with pytest.raises(DatasetError, match=r"a/x\.png is listed twice"):
        FilmTable.from_rows(ROOT, rows)


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
labels = st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]), min_size=1)
rows = st.fixed_dictionaries(
    {
        "path": st.from_regex(r"[^/.\0][^/\0]*", fullmatch=True),
        "label": labels,
    },
    optional={
        "split": st.sampled_from(["train", "val", "test", ""]),
        "patient_id": cells,
        "number": st.integers(0, 10**17),
    },
)


@settings(deadline=None, max_examples=50)
@given(st.lists(rows, unique_by=lambda row: row["path"]))
def test_csv_gives_the_table_back(rows: list[dict[str, object]]) -> None:
    table = FilmTable.from_rows(ROOT, rows)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "split.csv"
        table.write_csv(file)
        again = FilmTable.read_csv(file, ROOT)
    assert again == table
    assert again.digest == table.digest


def test_csv_keeps_names_that_are_not_unicode(tmp_path: Path) -> None:
    table = FilmTable.from_rows(
        ROOT, [{"path": b"a/f\xe9.png".decode(errors="surrogateescape"), "label": "x"}]
    )
    table.write_csv(tmp_path / "split.csv")
    assert b"a/f\xe9.png" in (tmp_path / "split.csv").read_bytes()
    assert FilmTable.read_csv(tmp_path / "split.csv", ROOT) == table


def test_csv_of_a_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "films.csv"
    file.write_bytes("\ufeffpath,label,note\r\na.png,NORMAL,\r\nb.png,PNEUMONIA,ill\r\n".encode())
    table = FilmTable.read_csv(file, tmp_path)
    assert [(film.path, film.label) for film in table.films] == [
        ("a.png", "NORMAL"),
        ("b.png", "PNEUMONIA"),
    ]


def test_csv_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="could not be read"):
        FilmTable.read_csv(tmp_path / "none.csv", tmp_path)


def test_digest_changes_with_every_cell_but_not_with_the_root() -> None:
    base = {"path": "a.png", "label": "x", "split": "train", "patient_id": "p", "number": "1"}
    digests = {FilmTable.from_rows(ROOT, [base]).digest}
    for column, other in [
        ("path", "b.png"),
        ("label", "y"),
        ("split", "val"),
        ("patient_id", "q"),
        ("number", "2"),
    ]:
        digests.add(FilmTable.from_rows(ROOT, [{**base, column: other}]).digest)
    assert len(digests) == 6
    assert FilmTable.from_rows(Path("elsewhere"), [base]).digest in digests


def test_names_that_look_like_formulas_are_written_harmlessly_and_read_back(tmp_path: Path) -> None:
    paths = ["=cmd()/a.png", "+b/c.png", "-d.png", "@e.png", "'=f.png", "'g.png", "h.png"]
    rows = [{"path": path, "label": "-" if path < "a" else "=B"} for path in paths]
    table = FilmTable.from_rows(tmp_path, rows)
    table.write_csv(tmp_path / "films.csv")
    text = (tmp_path / "films.csv").read_text("utf-8")
    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
    assert not any(cell.startswith(tuple("=+-@\t\r")) for cell in cells)
    assert FilmTable.read_csv(tmp_path / "films.csv", tmp_path) == table


@pytest.mark.parametrize("label", ["\x1b[31mred", "two\nlines", "not\udcfftext"])
def test_a_class_whose_name_is_no_plain_text_is_refused(label: str) -> None:
    with pytest.raises(DatasetError, match="no plain text") as caught:
        FilmTable.from_rows(ROOT, [{"path": "a.png", "label": label}])
    assert caught.value.message.isprintable()
