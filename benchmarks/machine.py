"""What a benchmark ran on: processor, cores and versions, for the head of a result table."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path


def describe(*packages: str) -> str:
    """One line on the machine and one on the versions of some packages."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        models = [
            line for line in information.read_text().splitlines() if line.startswith("model name")
        ]
        processor = models[0].partition(":")[2].strip() if models else processor
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    return (
        f"Machine: {processor}, {cores} cores, {platform.system()}.\n"
        f"Versions: Python {platform.python_version()}, {versions}."
    )
