"""What a job writes belongs to one process at a time."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pneumoscope.errors import PneumoscopeError


@contextmanager
def only_process(lock: Path, what: str, option: str) -> Iterator[None]:
    """Hold a lock file while the block runs.

    `what` is written there, to a place that was given as `option`: messages say so. The file holds
    this process's number and machine; its folder is made if needed. The lock of a process of this
    machine that is no more is taken over. Raises `PneumoscopeError` where another process holds it,
    and where nothing can be written there.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _taken(lock)
    except OSError as error:
        raise PneumoscopeError(
            f"The {what} cannot be written to {lock.parent}: {error.strerror or error}.",
            f"Choose another place ({option}).",
        ) from error
    if descriptor is None:
        raise _in_use(lock, what, option)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {platform.node()}\n")
        yield
    finally:
        lock.unlink(missing_ok=True)


def _taken(lock: Path) -> int | None:
    """A descriptor of the lock file, which this process has made; `None` where another holds it."""
    for _ in range(2):
        try:
            return os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            if not _is_gone(_holder(lock)):
                return None
            lock.unlink(missing_ok=True)
    return None  # another process was quicker


def _holder(lock: Path) -> str:
    """What the process that holds a lock has written there; empty where it was quick to go."""
    try:
        return lock.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


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


def _in_use(lock: Path, what: str, option: str) -> PneumoscopeError:
    number, _, machine = _holder(lock).partition(" ")
    who = f"process {number} on {machine}" if machine else "another process"
    return PneumoscopeError(
        f"{lock.parent} is in use: {who} writes its {what} there.",
        f"Wait for it, or choose another place ({option}). If it does not run any more, remove "
        f"{lock}.",
    )
