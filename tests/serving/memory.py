"""How much memory a process has, with all processes that it started."""

from __future__ import annotations

import re
from pathlib import Path


def family(process_id: int) -> list[int]:
    """A process and all that descend from it. Linux only."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        parents[int(status.parent.name)] = int(fields[1])
    found = [process_id]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def resident_bytes(process_id: int, *, descendants: bool = False) -> int:
    """The memory that a process holds now, and with `descendants` all that it started too."""
    processes = family(process_id) if descendants else [process_id]
    total = 0
    for one in processes:
        try:
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue
        if found := re.search(r"^VmRSS:\s*(\d+) kB", status, re.MULTILINE):
            total += 1024 * int(found[1])
    return total
