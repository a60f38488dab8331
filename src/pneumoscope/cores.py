"""How many cores this process may really use, and the one setting for threads.

`PNEUMOSCOPE_THREADS` is that setting: what computes asks `threads` here, and processes that are
started inherit it.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pneumoscope.errors import PneumoscopeError

SETTING = "PNEUMOSCOPE_THREADS"

# Read by numerical libraries when they are loaded, and by none later: BLAS of numpy and scipy, and
# the OpenMP that PyTorch computes with.
_OF_LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def threads(asked: int | None = None) -> int:
    """How many threads compute: as `asked`, else as the setting says, else `free_cores()`.

    Raises `PneumoscopeError` for a number below 1, and a setting that is no number.
    """
    given = str(asked) if asked is not None else os.environ.get(SETTING, "")
    if not given:
        return free_cores()
    if not given.strip().isdecimal() or int(given) < 1:
        raise PneumoscopeError(
            f"{given!r} is no number of threads.",
            f"Give a whole number from 1 (--threads, or {SETTING}).",
        )
    return int(given)


def is_set() -> bool:
    """Whether somebody has said how many threads compute."""
    return bool(os.environ.get(SETTING))


def set_threads(number: int) -> None:
    """Let all that computes use so many threads, in this process and those that it starts.

    Call it before models are loaded: one that is there keeps its threads. Numerical libraries that
    are loaded already keep their own too, apart from PyTorch, which follows when it is used next.
    Raises `PneumoscopeError` for a number below 1.
    """
    os.environ[SETTING] = str(threads(number))
    for name in _OF_LIBRARIES:
        os.environ[name] = os.environ[SETTING]


def prepare_libraries() -> None:
    """Tell numerical libraries, before they are loaded, how many threads compute and how they wait,
    unless the environment says otherwise.

    By default threads of PyTorch spin while they wait for others, which on a busy machine takes the
    cores from those that they wait for; so they are told to sleep. Raises `PneumoscopeError` for a
    setting that is no number.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for name in _OF_LIBRARIES:
        os.environ.setdefault(name, str(threads()))


def free_cores() -> int:
    """The cores that this process may use at once, at least 1.

    Those that it may run on, unless the quota of its cgroup (version 1 or 2), which containers and
    batch systems set, is for fewer: a part of a core counts as one.
    """
    quota = cgroup_quota()
    allowed = allowed_cores()
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def allowed_cores() -> int:
    """The cores that the system lets this process run on (its affinity)."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float | None:
    """How many threads of all jobs want a core, on average over the last minute; `None` on systems
    that do not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def cgroup_quota(root: Path = Path("/")) -> float | None:
    """How many cores' time the cgroups of this process may take; `None` where nothing limits it.

    `root` is where the file system begins. The tightest limit on the way up holds.
    """
    quotas = [quota for folder in _cgroups(root) if (quota := _quota(folder)) is not None]
    return min(quotas, default=None)


def _cgroups(root: Path) -> Iterator[Path]:
    """The folders of this process's cgroups that may limit its time, and of all above them."""
    mounts = root / "sys/fs/cgroup"
    for line in (_text(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, own = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        bases = [mounts / controllers, mounts / "cpu"] if controllers else [mounts]
        # In a container the path may be that of the host, of which only the top is mounted here.
        path = PurePosixPath(own.lstrip("/"))
        for base in bases:
            yield from (base / part for part in (path, *path.parents))


def _quota(folder: Path) -> float | None:
    """The limit of one cgroup, in cores."""
    if limit := _text(folder / "cpu.max"):  # version 2: "200000 100000", or "max 100000"
        quota, period = limit.split()
    else:
        quota = _text(folder / "cpu.cfs_quota_us") or "-1"
        period = _text(folder / "cpu.cfs_period_us") or "0"
    limited = quota.isdecimal() and period.isdecimal() and int(quota) > 0 and int(period) > 0
    return int(quota) / int(period) if limited else None


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return None
