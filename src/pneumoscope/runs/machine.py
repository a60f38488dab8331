"""What this machine is called, for figures that depend on it."""

from __future__ import annotations

import platform
from pathlib import Path

# By their names in Linux, of x86 and of ARM processors.
_INSTRUCTION_SETS = {
    "AVX2": {"avx2"},
    "AVX-512": {"avx512f"},
    "VNNI": {"avx512_vnni", "avx_vnni"},
    "BF16": {"avx512_bf16", "amx_bf16", "bf16"},
    "AMX": {"amx_tile"},
    "NEON": {"asimd"},
    "SVE": {"sve"},
}


def processor_name() -> str:
    """The processor's name, as Linux tells it; elsewhere what Python knows of it."""
    return _of_cpuinfo("model name") or platform.processor() or platform.machine()


def instruction_sets() -> tuple[str, ...] | None:
    """The instructions of the processor that networks gain from, as Linux tells them; elsewhere
    `None`, since Python does not know them."""
    flags = set((_of_cpuinfo("flags") or _of_cpuinfo("Features")).split())
    if not flags:
        return None
    return tuple(name for name, known in _INSTRUCTION_SETS.items() if known & flags)


def _of_cpuinfo(wanted: str) -> str:
    """What Linux says of the first processor; empty where it does not."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == wanted:
                return value.strip()
    return ""
