"""A cluster of PostgreSQL for tests: its own folder and socket, and a database for each test."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

_PLACES = Path("/usr/lib/postgresql")


class Cluster:
    """A running server that listens on a socket in `folder` alone."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self.folder = folder
        self._data = folder / "data"
        # It does not run as root.
        self._user = _unprivileged() if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user)
        # Words are sorted as in a language, as on most servers, and not by code points.
        self._run("initdb", "-U", "postgres", "-E", "UTF8", *_LANGUAGE, str(self._data))

    def start(self) -> None:
        settings = f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
        log = self.folder / "log"
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", str(log), "-o", settings)

    def stop(self, mode: str = "fast") -> None:
        """End the server, which ends its connections. After the mode `immediate` it would have to
        recover, when started again, from all that the tests have written."""
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self._data))

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{secrets.token_hex(4)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement outside of any transaction."""
        engine = create_engine(self.url(database).replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()

    def owned_folder(self, folder: Path) -> Path:
        """The folder, which the server may write to from now on."""
        if self._user is not None:
            shutil.chown(folder, self._user)
        return folder

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if self._user is not None:
            command = ["runuser", "-u", self._user, "--", *command]
        # A server inherits the streams: with pipes, this would wait until it ends.
        with (self.folder / "output").open("w+") as output:
            done = subprocess.run(
                command, stdout=output, stderr=output, cwd=self.folder, check=False
            )
            output.seek(0)
            assert done.returncode == 0, output.read()


_LANGUAGE = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en")


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A cluster while the block runs; skips the test where PostgreSQL is not installed."""
    programs = _programs()
    # Not in pytest's folder, which the server's user may not enter; and sockets need short paths.
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        cluster = Cluster(programs, Path(folder))
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")


def _programs() -> Path:
    """The folder of the newest version's programs."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = [path for path in _PLACES.glob("*/bin") if (path / "initdb").is_file()]
    if not versions:
        pytest.skip("PostgreSQL's server programs are not installed (apt-get install postgresql)")
    return max(versions, key=lambda path: float(re.sub("[^0-9.]", "", path.parent.name) or 0))


def _unprivileged() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
