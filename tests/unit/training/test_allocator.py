"""Freed memory stays: large blocks that come and go need no new pages."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import resource
from pneumoscope.training.allocator import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(3):
        del_at_once = b"x" * (40 << 20)
        del del_at_once
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

before = faults()
kept = keep_freed_memory()
faults()  # once more, to get the memory that is then kept
print(kept, before, faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts page faults as Linux does")
def test_large_blocks_are_reused() -> None:
    # In a process of its own: the setting lasts as long as the process.
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    )
    kept, before, after = done.stdout.split()
    if kept == "False":
        pytest.skip("this C library cannot be told")
    assert int(after) < int(before) / 4
