"""Keeps freed memory in the process, which makes training on a CPU a good deal faster."""

from __future__ import annotations

import ctypes
import platform

# Parameter numbers of mallopt(3), from malloc.h of the GNU C library.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGEST_MAPPED = 1 << 30


def keep_freed_memory() -> bool:
    """Stop the C library from returning large freed blocks to the system.

    Every training step allocates and frees the same large tensors. By default the GNU C library
    maps each of them anew, and the kernel has to clear the pages every time: up to a third of the
    time of a step. Returns whether this C library could be told so; elsewhere nothing changes.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    return bool(
        library.mallopt(_M_MMAP_THRESHOLD, _LARGEST_MAPPED)
        and library.mallopt(_M_TRIM_THRESHOLD, 2 * _LARGEST_MAPPED - 1)
    )
