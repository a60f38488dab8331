"""What jobs may write over: their own earlier results, other files only where that is asked for,
and the films that they read never.

A job asks before it starts, so that no hour of computing ends in a refusal.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pneumoscope.errors import PneumoscopeError
from pneumoscope.files import changed_or_foreign


def claim(paths: Iterable[Path], *, films: Iterable[Path] = (), overwrite: bool) -> None:
    """Make sure that files may be written to `paths`; `films` are those that the job reads.

    Raises `PneumoscopeError` where a film is in the way and, without `overwrite`, where something
    else is than what was written there earlier.
    """
    present = [path for path in paths if os.path.lexists(path)]
    if not present:
        return
    read = {_identity(film) for film in films} - {None}
    for path in present:
        if _identity(path) in read:
            raise PneumoscopeError(
                f"{path} is one of the films, and would be replaced.", "Choose another place."
            )
    if overwrite:
        return
    try:
        foreign = changed_or_foreign(present)
    except OSError as error:
        raise PneumoscopeError(
            f"{error.filename}, which would be replaced, cannot be read: {error.strerror}.",
            "Choose another place.",
        ) from error
    if foreign:
        raise in_the_way(foreign)


def claim_folder(
    folder: Path, patterns: Iterable[str], *, films: Iterable[Path] = (), overwrite: bool
) -> None:
    """As `claim`, for all files below `folder` that match one of `patterns`."""
    present = (path for pattern in patterns for path in sorted(folder.glob(pattern)))
    claim(present, films=films, overwrite=overwrite)


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from others, whatever it is called; `None` where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def in_the_way(paths: list[Path]) -> PneumoscopeError:
    """What to raise where files of somebody else are in the way."""
    rest = f" (and {len(paths) - 1:,} more)" if len(paths) > 1 else ""
    return PneumoscopeError(
        f"{paths[0]}{rest} exists, and pneumoscope did not write it, or it was changed since.",
        "Choose another place, or replace it with --overwrite.",
    )
