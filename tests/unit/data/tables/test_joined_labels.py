"""Studies as an archive gives them, and labels that a table knows by their identifiers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from pneumoscope.data.patients import BY_TAGS
from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.rules import TableRules
from pneumoscope.errors import DatasetError
from pneumoscope.imaging.dicom.study import IDENTIFIERS
from studies import write_studies

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows]:
    """A folder of 12 studies of 6 patients, and a row for each study."""
    root = tmp_path_factory.mktemp("archive") / "disc"
    return root, write_studies(root)


def write(path: Path, rows: Sequence[dict[str, str]], columns: dict[str, str]) -> Path:
    """A table of some columns of `rows`, under other names."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.values())
        writer.writerows([row[name] for name in columns] for row in rows)
    return path


def told(table: FilmTable) -> dict[str, int]:
    return {note.kind: note.count for note in table.notes}


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_labels_are_joined_by_each_identifier(
    disc: tuple[Path, Rows], tmp_path: Path, identifier: str
) -> None:
    root, rows = disc
    table = write(tmp_path / "labels.csv", rows, {identifier: identifier, "label": "label"})
    films = find_films(root, tables=TableRules(labels_from=table))
    assert films.counts() == {None: {"NORMAL": 6, "PNEUMONIA": 6}}
    assert films.patients().recognised == {BY_TAGS: 12}
    assert films.patients().patients == 6
    assert told(films) == {
        "joined": 12,
        "lateral": 12,
        "localiser": 1,
        "other-modality": 1,
        "no-picture": 24,
        "dicomdir": 1,
    }
    assert films.notes[0].sentence == (
        f"labels of 12 films are those of labels.csv, whose column {identifier!r} was taken for "
        f"their {identifier}"
    )


def test_no_identifier_of_a_person_is_said_or_written(
    disc: tuple[Path, Rows], tmp_path: Path
) -> None:
    root, rows = disc
    table = write(tmp_path / "labels.csv", rows, {"PatientID": "mrn", "label": "label"})
    films = find_films(root, tables=TableRules(labels_from=table))
    films.write_csv(tmp_path / "split.csv")
    written = (tmp_path / "split.csv").read_text() + repr(films)
    assert not any(row[name] in written for row in rows for name in IDENTIFIERS)
    table = write(
        tmp_path / "labels.csv",
        [rows[0], rows[2], {**rows[0], "label": "PNEUMONIA"}],
        {"PatientID": "mrn", "label": "label"},
    )
    with pytest.raises(DatasetError, match=r"NORMAL in row 2 .* PNEUMONIA in row 4") as caught:
        find_films(root, tables=TableRules(labels_from=table))
    assert "MRN" not in str(caught.value)


def test_lateral_views_are_taken_where_they_are_asked_for(
    disc: tuple[Path, Rows], tmp_path: Path
) -> None:
    root, rows = disc
    table = write(tmp_path / "labels.csv", rows, {"StudyInstanceUID": "study", "label": "label"})
    films = find_films(root, tables=TableRules(labels_from=table, laterals=True))
    assert len(films) == 24
    assert "lateral" not in told(films)


def test_the_join_is_found_by_what_matches_where_names_tell_nothing(
    disc: tuple[Path, Rows], tmp_path: Path
) -> None:
    root, rows = disc
    columns = {"label": "label", "AccessionNumber": "order"}
    table = write(tmp_path / "labels.csv", rows, columns)
    films = find_films(root, tables=TableRules(labels_from=table))
    assert "column 'order' was taken for their AccessionNumber" in films.notes[0].sentence


@pytest.mark.parametrize("join", ["patientid", "key", "key=PatientID"])
def test_the_join_may_be_stated(disc: tuple[Path, Rows], tmp_path: Path, join: str) -> None:
    root, rows = disc
    columns = {"StudyInstanceUID": "study", "PatientID": "key", "label": "label"}
    table = write(tmp_path / "labels.csv", rows, columns)
    films = find_films(root, tables=TableRules(labels_from=table, join=join))
    assert "column 'key' was taken for their PatientID" in films.notes[0].sentence


def test_films_without_a_row_and_rows_without_a_film_are_counted(
    disc: tuple[Path, Rows], tmp_path: Path
) -> None:
    root, rows = disc
    other = {**rows[0], "StudyInstanceUID": "1.2.3", "split": "test"}
    given = [{**row, "split": "valid"} for row in rows[:9]]
    given[4]["label"] = ""
    columns = {"StudyInstanceUID": "study", "label": "label", "split": "split"}
    table = write(tmp_path / "labels.csv", [*given, other], columns)
    films = find_films(root, tables=TableRules(labels_from=table))
    assert films.counts() == {"val": {"NORMAL": 4, "PNEUMONIA": 4}}
    notes = {note.kind: note for note in films.notes}
    assert (notes["no-row"].count, notes["no-label"].count) == (3, 1)
    assert notes["no-film"].sentence == "not used: 1 row without a film: row 11 of labels.csv"


@pytest.mark.parametrize(
    ("columns", "rules", "message"),
    [
        ({"label": "label", "split": "study"}, {}, "No row of .* belongs to one of the 12 films"),
        (
            {"StudyInstanceUID": "study", "label": "x"},
            {"label_column": "y"},
            "has no column 'y'",
        ),
        ({"StudyInstanceUID": "study", "label": "label"}, {"join": "name"}, "--join has 'name'"),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    disc: tuple[Path, Rows],
    tmp_path: Path,
    columns: dict[str, str],
    rules: dict[str, str],
    message: str,
) -> None:
    root, rows = disc
    table = write(tmp_path / "labels.csv", [{**row, "split": "x"} for row in rows], columns)
    with pytest.raises(DatasetError, match=message):
        find_films(root, tables=TableRules(labels_from=table, **rules))  # type: ignore[arg-type]


def test_labels_are_joined_to_folders_alone(disc: tuple[Path, Rows], tmp_path: Path) -> None:
    table = write(tmp_path / "labels.csv", disc[1], {"PatientID": "key", "label": "label"})
    with pytest.raises(DatasetError, match=r"labels.csv is a file"):
        find_films(table, tables=TableRules(labels_from=table))
    with pytest.raises(DatasetError, match="--labels-from is a table without paths"):
        TableRules(labels_from=table, films=tmp_path)


def test_studies_without_labels_say_so(disc: tuple[Path, Rows]) -> None:
    root, _ = disc
    with pytest.raises(DatasetError, match=r"12 films in .* have no labels.*patients") as caught:
        find_films(root)
    assert "--labels-from" in caught.value.hint
