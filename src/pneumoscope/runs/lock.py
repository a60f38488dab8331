"""A run's folder belongs to one training process at a time."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pneumoscope.errors import TrainingError


@contextmanager
def only_process(lock: Path) -> Iterator[None]:
    """Hold the lock file of a run while the block runs.

    It holds this process's number and machine; its folder is made if needed. The lock of a process
    of this machine that is no more is taken over. Raises `TrainingError` where another process
    holds it, and where nothing can be written there.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _taken(lock)
    except OSError as error:
        raise TrainingError(
            f"The run cannot be written to {lock.parent}: {error.strerror or error}.",
            "Choose another folder (--run).",
        ) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {platform.node()}\n")
        yield
    finally:
        lock.unlink(missing_ok=True)


def _taken(lock: Path) -> int:
    """A descriptor of the lock file, which this process has made."""
    try:
        return _create(lock)
    except FileExistsError:
        holder = lock.read_text(encoding="utf-8", errors="replace").strip()
        if not _is_gone(holder):
            raise _in_use(lock, holder) from None
        lock.unlink(missing_ok=True)
        try:
            return _create(lock)
        except FileExistsError:  # another process was quicker
            raise _in_use(lock, "") from None


def _create(lock: Path) -> int:
    return os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)


def _is_gone(holder: str) -> bool:
    """Whether the holder of a lock was a process of this machine, and is no more."""
    number, _, machine = holder.partition(" ")
    # Elsewhere than on POSIX, the signal would not merely ask.
    if machine != platform.node() or not number.isdecimal() or os.name != "posix":
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def _in_use(lock: Path, holder: str) -> TrainingError:
    number, _, machine = holder.partition(" ")
    who = f"process {number} on {machine}" if machine else "another process"
    return TrainingError(
        f"{lock.parent} is in use: {who} trains there.",
        f"Wait for it, or choose another folder (--run). If it does not run any more, remove {lock}"
        ".",
    )
