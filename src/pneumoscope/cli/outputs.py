"""What commands may write over: their own earlier results, other files only with --overwrite, and
the films that they read never.

Every command asks before its job starts, so that no hour of computing ends in a refusal.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.claims import claim, claim_folder, in_the_way
from pneumoscope.errors import ModelFileError

__all__ = ["claim", "claim_folder", "claim_model_file", "films_of", "overwrite", "print_json"]

if TYPE_CHECKING:
    from pneumoscope.data.tables.rules import TableRules


def print_json(text: str) -> None:
    """Print JSON on standard output, in UTF-8 wherever that goes, as JSON is defined."""
    click.echo(text.encode())


overwrite = click.option(
    "--overwrite",
    is_flag=True,
    help="Replace files that pneumoscope did not write there, or that were changed since.",
)


def claim_model_file(path: Path, *, overwrite: bool) -> None:
    """As `claim`, for a model file: whole model files, told by their seal, may be replaced."""
    from pneumoscope.modelfile.file import read_manifest

    if overwrite or not os.path.lexists(path):
        return
    try:
        read_manifest(path)
    except ModelFileError as error:
        raise in_the_way([path]) from error
    if path.is_symlink():
        raise in_the_way([path])


def films_of(*inputs: str | Path, tables: TableRules | None = None) -> Iterator[Path]:
    """The films meant by tables, read as `tables` says, and by what `expand_inputs` takes.

    What is no film is left out: the job tells about it.
    """
    import io

    from pneumoscope.data.sources import find_films
    from pneumoscope.data.tables.rules import AS_WRITTEN
    from pneumoscope.data.tables.table_files import is_table
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
