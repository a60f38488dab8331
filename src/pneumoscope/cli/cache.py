"""`pneumoscope cache`: what the cache of decoded films holds, and how it is emptied."""

from __future__ import annotations

from pathlib import Path

import click

from pneumoscope.cli import options
from pneumoscope.wording import count_films, counted, json_text, printable


@click.group(short_help="Show or clear the cache of decoded films.")
def cache() -> None:
    """Show or clear the cache of decoded films.

    Training decodes films once and keeps them there. What is removed is decoded again when it is
    needed.
    """


@cache.command()
@options.cache
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(cache: Path | None, as_json: bool) -> None:
    """Show where the cache is, how big it is and what it holds."""
    from pneumoscope.data.cache_files import cache_files
    from pneumoscope.data.prepared import default_cache_directory

    folder = cache or default_cache_directory()
    files = cache_files(folder)
    if as_json:
        listed = [
            {"file": file.path.name, "bytes": file.bytes, "films": file.films, "size": file.size}
            for file in files
        ]
        document = {"folder": str(folder), "bytes": _bytes(files), "files": listed}
        click.echo(json_text(document, indent=2))
        return
    click.echo(f"Cache: {click.format_filename(folder)}")
    if not files:
        click.echo("It is empty.")
        return
    click.echo(f"{_megabytes(_bytes(files))} in {counted(len(files), 'file')}:")
    for file in files:
        what = (
            f"{count_films(file.films)} of {file.size} x {file.size} pixels, such as "
            f"{printable(file.example)}"
            if file.films
            else "left unfinished by a job that was killed"
        )
        click.echo(f"  {file.path.name}  {_megabytes(file.bytes):>10}  {what}")


@cache.command()
@options.cache
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear(cache: Path | None, yes: bool) -> None:
    """Remove what the cache holds. Files that pneumoscope did not write stay."""
    from pneumoscope.data.cache_files import cache_files, remove_files
    from pneumoscope.data.prepared import default_cache_directory

    folder = cache or default_cache_directory()
    files = cache_files(folder)
    if not files:
        click.echo(f"The cache {click.format_filename(folder)} is empty.")
        return
    what = f"{counted(len(files), 'file')} ({_megabytes(_bytes(files))}) from {folder}"
    if not yes:
        click.confirm(f"Remove {what}?", abort=True, err=True)
    remove_files(files)
    click.echo(f"Removed {what}.")


def _bytes(files: list) -> int:
    return sum(file.bytes for file in files)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
