"""What commands print on: nothing is folded, coloured or left out on the way to a file."""

from __future__ import annotations

import click
import pytest

from pneumoscope.cli.main import main
from pneumoscope.cli.progress import film_progress
from pneumoscope.cli.terminal import output_console, plain_table, progress_console


def test_in_a_pipe_lines_stay_whole_and_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    line = "[bold]film[/bold].png " * 8
    output_console().print(line)
    assert capsys.readouterr().out == line + "\n"


def test_a_plain_table_has_gaps_and_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("Films", gap=3)
    for heading in ("a", "b"):
        table.add_column(heading)
    table.add_row("11", "2")
    output_console().print(table)
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "Films",
        "a    b",
        "11   2",
    ]


def test_progress_is_for_terminals_only(capsys: pytest.CaptureFixture[str]) -> None:
    with film_progress("Reading films") as progress:
        progress(1, 2)
    assert capsys.readouterr() == ("", "")


def test_who_asks_for_quiet_sees_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in (True, False):
        with click.Context(main) as context:
            context.params["quiet"] = quiet
            progress_console().print("epoch 1")
        assert capsys.readouterr().err == ("" if quiet else "epoch 1\n")
