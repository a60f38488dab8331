"""One process at a time writes to a place, and no dead one keeps it."""

from __future__ import annotations

import platform
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from pneumoscope.errors import PneumoscopeError
from pneumoscope.lock import only_process

only_run = partial(only_process, what="run", option="--run")

HOLD = """
import sys, time
from pathlib import Path
from pneumoscope.lock import only_process
with only_process(Path(sys.argv[1]), "run", "--run"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_there_while_it_is_held_and_gone_after(tmp_path: Path) -> None:
    lock = tmp_path / "new" / "run" / "training.lock"
    with only_run(lock):
        assert lock.is_file()
        with (
            pytest.raises(PneumoscopeError, match="is in use: process"),
            only_run(lock),
        ):
            pass
        assert lock.is_file()
    assert list(lock.parent.iterdir()) == []
    with pytest.raises(ZeroDivisionError), only_run(lock):
        _ = 1 / 0
    assert not lock.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="processes are asked for by POSIX signals")
def test_the_lock_of_a_running_process_holds_and_that_of_a_killed_one_does_not(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "training.lock"
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(PneumoscopeError, match=f"process {other.pid} on"),
            only_run(lock),
        ):
            pass
        other.kill()
    assert lock.is_file()
    with only_run(lock):
        pass


@pytest.mark.parametrize("holder", ["", "nonsense", "1 another-machine", f"1 {platform.node()}x"])
def test_a_lock_that_cannot_be_asked_for_holds(tmp_path: Path, holder: str) -> None:
    lock = tmp_path / "training.lock"
    lock.write_text(holder)
    with (
        pytest.raises(PneumoscopeError, match="in use") as caught,
        only_run(lock),
    ):
        pass
    assert f"remove {lock}" in caught.value.hint
    assert lock.read_text() == holder


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lock = tmp_path / "file" / "run" / "training.lock"
    with (
        pytest.raises(PneumoscopeError, match="cannot be written to"),
        only_run(lock),
    ):
        pass
