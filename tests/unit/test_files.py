"""Files written whole or not at all, and what of them is ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.files import (
    RECORD,
    changed_or_foreign,
    fitting_name,
    whole_file,
    write_bytes,
    write_text,
)


def test_a_file_appears_with_its_suffix_and_leaves_no_part(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    with whole_file(path) as part:
        part.write_bytes(b"new")
        assert (part.parent, part.suffix) == (tmp_path, ".png")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert sorted(file.name for file in tmp_path.iterdir()) == [RECORD, "picture.png"]


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_what_was_there_stays_when_writing_is_stopped(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    path = tmp_path / "result.csv"
    write_text(path, "before")

    def write() -> None:
        with whole_file(path) as part:
            part.write_text("half", encoding="utf-8")
            raise stop

    with pytest.raises(stop):
        write()
    assert path.read_text(encoding="utf-8") == "before"
    assert sorted(file.name for file in tmp_path.iterdir()) == [RECORD, "result.csv"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "result.bin"
    write_bytes(path, b"before")
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from pneumoscope.files import write_bytes\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_bytes(Path(sys.argv[1]), bytes(5000))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)
    assert "OSError" in done.stderr
    assert path.read_bytes() == b"before"
    assert sorted(file.name for file in tmp_path.iterdir()) == [RECORD, "result.bin"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.txt"
    theirs.write_text("theirs", encoding="utf-8")
    link = tmp_path / "result.txt"
    link.symlink_to(theirs)
    write_text(link, "ours")
    assert theirs.read_text(encoding="utf-8") == "theirs"
    assert link.read_text(encoding="utf-8") == "ours"
    assert not link.is_symlink()


def test_the_record_is_not_followed_through_a_link(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.txt"
    theirs.write_text("theirs", encoding="utf-8")
    (tmp_path / RECORD).symlink_to(theirs)
    with pytest.raises(OSError, match=RECORD):
        write_text(tmp_path / "result.txt", "ours")
    assert theirs.read_text(encoding="utf-8") == "theirs"
    assert not (tmp_path / "result.txt").exists()


@pytest.mark.parametrize("kind", ["device", "folder"])
def test_only_files_are_replaced(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "result"
    path.mkdir() if kind == "folder" else path.symlink_to(os.devnull)
    with pytest.raises(OSError, match="no regular file"):
        write_bytes(path, b"")


def test_what_is_ours_is_told_from_what_is_not(tmp_path: Path) -> None:
    ours, changed, theirs, link = (
        tmp_path / name for name in ["ours", "changed", "theirs", "link"]
    )
    write_bytes(ours, b"1")
    write_bytes(ours, b"2")
    write_bytes(changed, b"1")
    changed.write_bytes(b"changed since")
    theirs.write_bytes(b"theirs")
    link.symlink_to(ours)
    gone = tmp_path / "gone"
    found = changed_or_foreign([ours, changed, theirs, link, gone])
    assert found == [changed, theirs, link]


def test_a_record_cut_short_spoils_no_other_line(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_bytes(first, b"1")
    with (tmp_path / RECORD).open("ab") as file:
        file.write(b'{"file": "second", "sha')
    second.write_bytes(b"2")
    assert changed_or_foreign([first, second]) == [second]
    write_bytes(second, b"2")
    assert changed_or_foreign([first, second]) == []


def test_names_need_not_be_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"film\xff\n.png")
    write_bytes(path, b"1")
    assert changed_or_foreign([path]) == []
    (line,) = (tmp_path / RECORD).read_text(encoding="ascii").splitlines()
    assert json.loads(line)["file"] == path.name


_NAMES = st.binary(min_size=1, max_size=255).filter(lambda name: name not in (b".", b".."))


@given(_NAMES, _NAMES)
def test_names_fit_and_stay_apart(one: bytes, other: bytes) -> None:
    names = [os.fsdecode(name.replace(b"/", b"_").replace(b"\0", b"_")) for name in (one, other)]
    fitting = [fitting_name(f"ward/{name}", ".png") for name in names]
    assert all(len(os.fsencode(name)) <= len("ward/") + 255 for name in fitting)
    assert all(name.startswith("ward/") and name.endswith(".png") for name in fitting)
    assert (fitting[0] == fitting[1]) == (names[0] == names[1])


def test_the_longest_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / fitting_name("ä" * 127, ".png")
    write_bytes(path, b"1")
    write_bytes(tmp_path / ("x" * 255), b"1")
    assert path.read_bytes() == b"1"
