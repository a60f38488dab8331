"""`pneumoscope serve` before it answers anything: its options, tokens and backups."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from history_records import model, read_film
from pneumoscope.cli.history import without_password
from pneumoscope.cli.main import main
from pneumoscope.history.store import History
from pneumoscope.history.tokens import Tokens

ELSEWHERE = "192.0.2.7"
"""An address that no machine has."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the history, as the environment names it."""
    monkeypatch.setenv("PNEUMOSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PNEUMOSCOPE_HISTORY", raising=False)
    return tmp_path / "home"


def serve(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["serve", *map(str, arguments)])


def open_history(home: Path) -> History:
    return History.open(f"sqlite:///{home / 'history.sqlite'}", home / "films")


def test_a_token_is_told_once_and_works_until_it_is_revoked(home: Path) -> None:
    created = serve("token", "create", "ward 3")
    secret = created.stdout.strip()
    assert (created.exit_code, secret[:4], len(secret)) == (0, "pns_", 47)
    with open_history(home) as history:
        assert Tokens(history.database).check(secret) == "ward 3"

    listed = serve("token", "list")
    assert listed.stdout == f"{datetime.now(UTC):%Y-%m-%d}  ward 3\n"

    assert serve("token", "revoke", "ward 3").exit_code == 0
    with open_history(home) as history:
        assert Tokens(history.database).check(secret) is None
    assert serve("token", "list").stdout == ""


def test_a_token_has_a_name_of_its_own(home: Path) -> None:
    serve("token", "create", "ward")
    again = serve("token", "create", "ward")
    assert again.exit_code == 1
    assert "There is a token 'ward' already." in again.stderr
    unknown = serve("token", "revoke", "wart")
    assert unknown.exit_code == 1
    assert "Did you mean 'ward'?" in unknown.stderr
    assert serve("token", "create", "a\nb").exit_code == 1


def test_it_is_told_where_tokens_begin_and_cease_to_be_asked_for(home: Path) -> None:
    told = {
        words: serve("token", *words.split()).stderr
        for words in ("create a", "create b", "revoke a", "revoke b")
    }
    assert [words for words, said in told.items() if "restart services" in said] == ["create a"]
    assert [words for words, said in told.items() if "warning: " in said] == ["revoke b"]


def test_where_tokens_have_to_be_asked_for_there_has_to_be_one(home: Path) -> None:
    refused = serve("--auth")
    assert refused.exit_code == 1
    assert f"(--auth), and sqlite:///{home / 'history.sqlite'} holds none" in refused.stderr
    serve("token", "create", "ward")
    assert "cannot listen" in serve("--auth", "--host", ELSEWHERE).stderr


@pytest.mark.parametrize("option", [("--host", ELSEWHERE), ("--proxy", "127.0.0.1")])
def test_others_are_let_in_with_tokens_or_where_that_is_meant(
    home: Path, option: tuple[str, str]
) -> None:
    refused = serve(*option)
    assert refused.exit_code == 1
    assert f"through {option[1]} could send films and read the history" in refused.stderr
    assert "serve token create NAME" in refused.stderr


@pytest.mark.parametrize("allowed", ["--no-auth", "token"])
def test_where_others_are_let_in_it_listens(home: Path, allowed: str) -> None:
    if allowed == "token":
        serve("token", "create", "ward")
    result = serve("--host", ELSEWHERE, *([allowed] if allowed == "--no-auth" else []))
    assert f"cannot listen at {ELSEWHERE}, port 8000" in result.stderr


def test_a_port_that_is_taken_is_told(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = serve("--port", str(port))
    assert result.exit_code == 1
    assert f"cannot listen at 127.0.0.1, port {port}: Address already in use" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("--proxy", "ward"), 2, "'ward' does not appear to be an IPv4 or IPv6 network"),
        (("--proxy", "192.0.2.7/24"), 2, "192.0.2.7/24 has host bits set"),
        (("--port", "70000"), 2, "0<=x<=65535"),
        (("--timeout", "nan"), 2, "nan is not a finite number"),
        (("--rate", "inf"), 2, "inf is not a finite number"),
        (("--records-days", "1000000"), 2, "1<=x<=36500"),
        (("--keep", "some"), 2, "'none', 'stripped', 'whole'"),
        (("--port", "80", "token", "list"), 2, "--port does not go with 'token'"),
        (("--no-auth", "backup", "copy"), 2, "--auth/--no-auth does not go with 'backup'"),
        (("tokens",), 2, "Did you mean 'token'?"),
        (("--model", "phantom"), 1, "There is no model file and no packaged model 'phantom'"),
        (("--history", "mysql://host/name"), 1, "cannot be kept in a database of mysql"),
    ],
)
def test_wrong_options_are_told(
    home: Path, arguments: tuple[str, ...], status: int, told: str
) -> None:
    result = serve(*arguments)
    assert result.exit_code == status
    assert told in result.stderr


@pytest.mark.parametrize(
    ("words", "package"),
    [
        ("serve", "fastapi"),
        ("serve", "sqlalchemy"),
        ("serve token list", "sqlalchemy"),
        ("serve backup copy", "sqlalchemy"),
    ],
)
def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, words: str, package: str
) -> None:
    code = (
        f"import sys; sys.modules['{package}'] = None\n"
        f"from pneumoscope.cli.main import main; main('{words}'.split())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "needs packages that are not installed." in done.stderr
    assert "[serve]" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_history_that_takes_no_model_is_told(home: Path) -> None:
    open_history(home).close()
    with closing(sqlite3.connect(home / "history.sqlite")) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON models BEGIN SELECT RAISE(ABORT, 'is full'); END"
        )
    result = serve("--model", "phantoms", "--port", "0")
    assert result.exit_code == 1
    assert "history.sqlite cannot be used: is full." in result.stderr
    assert "Ready" not in result.stdout


def test_a_copy_of_the_history_fills_another_one(home: Path, tmp_path: Path) -> None:
    new = read_film("film.png", copy=b"film")
    with open_history(home) as history:
        history.keep_model(model())
        history.add([new])

    copied = serve("backup", tmp_path / "copy")
    assert (copied.exit_code, copied.stdout) == (
        0,
        f"Copied 1 record and 1 film, to {tmp_path / 'copy'}.\n",
    )
    restored = serve("restore", tmp_path / "copy", "--folder", tmp_path / "other")
    assert restored.exit_code == 0
    with open_history(tmp_path / "other") as history:
        assert history.film(new.record.id) == b"film"
    # Neither is written over what is there.
    assert serve("backup", tmp_path / "copy").exit_code == 1
    assert serve("restore", tmp_path / "copy").exit_code == 1


def test_the_history_may_be_named_before_the_subcommand(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second", "variable"):
        url = f"sqlite:///{tmp_path / name}"
        monkeypatch.setenv("PNEUMOSCOPE_HISTORY", url)
        serve("token", "create", name)
    for before, after, found in (
        ((), (), "variable"),
        (("first",), (), "first"),
        (("first",), ("second",), "second"),
    ):
        named = [[f"--history=sqlite:///{tmp_path / one}" for one in at] for at in (before, after)]
        assert serve(*named[0], "token", "list", *named[1]).stdout.endswith(f"  {found}\n")

    monkeypatch.delenv("PNEUMOSCOPE_HISTORY")
    for place in ("folder", "between"):
        at = ("--folder", tmp_path / place)
        serve(*(at if place == "folder" else ()), "token", *at, "create", "fourth")
        assert (tmp_path / place / "history.sqlite").exists()


def test_tokens_of_a_copy_are_told(home: Path, tmp_path: Path) -> None:
    token = serve("token", "create", "ward").stdout.strip()
    with open_history(home):
        pass
    assert serve("backup", tmp_path / "copy").exit_code == 0
    serve("token", "revoke", "ward")
    restored = serve("restore", tmp_path / "copy", "--folder", tmp_path / "other")
    assert restored.exit_code == 0
    assert "1 token came with the copy" in restored.stderr
    with open_history(tmp_path / "other") as history:
        assert Tokens(history.database).check(token) == "ward"


def test_a_token_for_another_database_leaves_the_films_alone(home: Path, tmp_path: Path) -> None:
    with open_history(home):
        pass
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    assert serve("token", "create", "ward", "--history", other).exit_code == 0
    with open_history(home) as history:
        assert Tokens(history.database).list() == []


def test_films_that_are_missing_from_a_copy_are_told(home: Path, tmp_path: Path) -> None:
    new = read_film("film.png", copy=b"film")
    with open_history(home) as history:
        history.keep_model(model())
        history.add([new])
        history.films.remove([new.record.id])
    copied = serve("backup", tmp_path / "copy")
    assert copied.exit_code == 3
    assert f"such as that of {new.record.id}" in copied.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--auth",),
        ("--host", "0.0.0.0"),
        ("--host", ELSEWHERE, "--no-auth"),
        ("--model", "phantom"),
        ("token", "list"),
        ("token", "revoke", "ward"),
        ("backup", "copy"),
    ],
)
@pytest.mark.parametrize("option", ["--folder=there", "--history=sqlite:///there/a.sqlite"])
def test_what_is_refused_leaves_no_history(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    option: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert serve(*arguments, option).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_new_database_on_the_films_of_another_is_not_made(home: Path, tmp_path: Path) -> None:
    open_history(home).close()
    other = tmp_path / "other.sqlite"
    refused = serve("--folder", home, "--history", f"sqlite:///{other}", "--port", "0")
    assert (refused.exit_code, other.exists()) == (1, False)
    assert "belong to another history" in refused.stderr


def test_hints_are_commands_for_the_same_history(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_history(home).close()
    serve("token", "create", "ward")
    serve("backup", "copy")
    hints = {
        "token list --folder 'my films'": serve("restore", "copy", "--folder", "my films"),
        "token create NAME --folder n1)": serve("--auth", "--folder", "n1"),
        "token create NAME --history sqlite:///n2)": serve(
            "--history", "sqlite:///n2", "--host", ELSEWHERE
        ),
        "token create NAME)": serve("token", "revoke", "ward"),
    }
    for hint, result in hints.items():
        assert f"(pneumoscope serve {hint}" in result.stderr
    # A log may keep what is told, and need not keep passwords.
    url = "postgresql://user:secret@localhost/name"
    assert without_password(url) == "postgresql://user:***@localhost/name"
