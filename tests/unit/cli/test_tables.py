"""The options about tables, which all commands that read labelled films share."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pneumoscope.cli.main import main
from pneumoscope.cli.tables import TABLE_ARGUMENTS
from pneumoscope.data.table import FilmTable
from pneumoscope.phantoms import write_phantoms


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with films and, beside it, a table from a Windows machine."""
    folder = tmp_path_factory.mktemp("ward")
    write_phantoms(folder / "films", 24, seed=3)
    lines = ["Image Name;Diagnosis;Case"]
    for number, film in enumerate(sorted((folder / "films").rglob("chest_xray/*/*/*"))):
        label = "Covid" if film.parent.name == "PNEUMONIA" else "normal "
        path = film.relative_to(folder / "films").as_posix().replace("/", "\\")
        lines.append(f"D:\\export\\{path};{label};{number // 2}")
    lines[5] = lines[5].replace("normal ", "").replace("Covid", "")
    (folder / "ward.csv").write_text("\n".join(lines), encoding="utf-16")
    return folder


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_a_table_of_another_machine_is_divided_in_one_command(ward: Path, tmp_path: Path) -> None:
    status, output = run(
        *("data", "split", ward / "ward.csv", "--films", ward / "films", "--mode", "random"),
        *("--patient-column", "Case", "--map-label", "covid=PNEUMONIA,normal=NORMAL"),
        *("--out", tmp_path / "split.csv"),
    )
    assert status == 0, output
    table = FilmTable.read_csv(tmp_path / "split.csv", ward / "films")
    assert table.class_names == ("NORMAL", "PNEUMONIA")
    assert len(table) == 23
    assert all(path.is_file() for path in table.paths())
    for line in (
        "ward.csv: films by the column 'Image Name' and labels by the column 'Diagnosis'; text is "
        "UTF-16; columns are separated by semicolons.",
        "Left out: 1 row without a label in the column 'Diagnosis', the first of which is row 6.",
        "without D:/export before their paths.",
        f"Its paths are relative to {ward / 'films'}: give --films with it.",
    ):
        assert output.count(line) == 1
    status, output = run("data", "split", tmp_path / "split.csv", "--out", tmp_path / "again.csv")
    assert status == 1
    assert "--films ROOT" in output


def test_a_missing_film_ends_the_division_in_a_line(ward: Path, tmp_path: Path) -> None:
    text = (ward / "ward.csv").read_text("utf-16")
    (ward / "gone.csv").write_text(text + "\nD:\\export\\gone.png;Covid;99\n")
    status, output = run(
        *("data", "split", ward / "gone.csv", "--films", ward / "films"),
        *("--out", tmp_path / "split.csv"),
    )
    assert status == 1
    assert "1 film of gone.csv is not there: row 26 (D:\\export\\gone.png)." in output
    assert "1 film could not be read: gone.png (No such file or directory)." in output
    assert "bug" not in output


def test_options_about_tables_do_not_go_with_folders(ward: Path, tmp_path: Path) -> None:
    command = ("data", "split", ward / "films", "--out", tmp_path / "split.csv")
    status, output = run(*command, "--finding", "Pneumonia")
    assert status == 1
    assert "--finding is about a table of films" in output
    status, _ = run(*command, "--map-label", "normal=Healthy", "--mode", "random")
    assert status == 0
    assert FilmTable.read_csv(tmp_path / "split.csv", ward).class_names == ("Healthy", "PNEUMONIA")


@pytest.mark.parametrize(
    "name",
    ["audit", "split", "train", "tune", "reproduce", "evaluate", "compare", "explain", "ensemble"],
)
def test_all_commands_that_read_labelled_films_have_them(name: str) -> None:
    group = main.get_command(click.Context(main), "data") if name in ("audit", "split") else main
    assert isinstance(group, click.Group)
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert set(TABLE_ARGUMENTS) <= {str(option.name) for option in command.params}
