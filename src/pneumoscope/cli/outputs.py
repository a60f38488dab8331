"""What commands may write over: their own earlier results, other files only with --overwrite, and
the films that they read never.

Every command asks before its job starts, so that no hour of computing ends in a refusal.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.errors import ModelFileError, PneumoscopeError
from pneumoscope.files import changed_or_foreign

if TYPE_CHECKING:
    from pneumoscope.data.table_rules import TableRules


def print_json(text: str) -> None:
    """Print JSON on standard output, in UTF-8 wherever that goes, as JSON is defined."""
    click.echo(text.encode())


overwrite = click.option(
    "--overwrite",
    is_flag=True,
    help="Replace files that pneumoscope did not write there, or that were changed since.",
)


def claim(paths: Iterable[Path], *, films: Iterable[Path] = (), overwrite: bool) -> None:
    """Make sure that files may be written to `paths`; `films` are those that the command reads.

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
        raise _in_the_way(foreign)


def claim_folder(
    folder: Path, patterns: Iterable[str], *, films: Iterable[Path] = (), overwrite: bool
) -> None:
    """As `claim`, for all files below `folder` that match one of `patterns`."""
    present = (path for pattern in patterns for path in sorted(folder.glob(pattern)))
    claim(present, films=films, overwrite=overwrite)


def claim_model_file(path: Path, *, overwrite: bool) -> None:
    """As `claim`, for a model file: whole model files, told by their seal, may be replaced."""
    from pneumoscope.modelfile.file import read_manifest

    if overwrite or not os.path.lexists(path):
        return
    try:
        read_manifest(path)
    except ModelFileError as error:
        raise _in_the_way([path]) from error
    if path.is_symlink():
        raise _in_the_way([path])


def films_of(*inputs: str | Path, tables: TableRules | None = None) -> Iterator[Path]:
    """The films meant by tables, read as `tables` says, and by what `expand_inputs` takes.

    What is no film is left out: the job tells about it.
    """
    import io

    from pneumoscope.data.sources import find_films
    from pneumoscope.data.table_files import is_table
    from pneumoscope.data.table_rules import AS_WRITTEN
    from pneumoscope.errors import DatasetError
    from pneumoscope.inference.batch import expand_inputs

    for given in inputs:
        try:
            if is_table(Path(given)) and not Path(given).is_dir():
                yield from find_films(given, tables=tables or AS_WRITTEN).paths()
            else:
                found = expand_inputs([str(given)], io.BytesIO(), laterals=True).films
                yield from (film for film in found if isinstance(film, Path))
        except DatasetError:
            continue


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from others, whatever it is called; `None` where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _in_the_way(paths: list[Path]) -> PneumoscopeError:
    rest = f" (and {len(paths) - 1:,} more)" if len(paths) > 1 else ""
    return PneumoscopeError(
        f"{paths[0]}{rest} exists, and pneumoscope did not write it, or it was changed since.",
        "Choose another place, or replace it with --overwrite.",
    )
