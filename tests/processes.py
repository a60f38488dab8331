"""What Linux tells of processes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_SECONDS = 60.0


def children(process: int) -> list[int]:
    """The processes that a process has started, and that have not ended."""
    tasks = (_PROC / str(process) / "task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def wait_until_ended(processes: Iterable[int]) -> None:
    """Wait until none of the processes runs any more."""
    end = time.monotonic() + _SECONDS
    while running := [process for process in processes if _is_running(process)]:
        assert time.monotonic() < end, f"still running: {running}"
        time.sleep(0.05)


def resident_bytes(process: int) -> int:
    """The memory that a process takes up now and shares with no other."""
    lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
    sizes = dict(line.split(":", 1) for line in lines[1:])
    return sum(1024 * int(sizes[name].split()[0]) for name in ("Private_Clean", "Private_Dirty"))


def _is_running(process: int) -> bool:
    try:
        status = (_PROC / str(process) / "stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"  # a zombie, which only its parent can end
