"""`pneumoscope doctor`: does everything work on this machine?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli import options
from pneumoscope.wording import counted, json_text, printable

if TYPE_CHECKING:
    from pneumoscope.cli.checkup import Checkup

_WIDTH = 15


@click.command()
@options.cache
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, cache: Path | None, as_json: bool) -> None:
    """Check whether everything works on this machine.

    Looked at are versions, cores that are really free (by affinity and by the quota of a
    container), instruction sets, decoders, a film read by the packaged model, GPUs, the cache, the
    folder of the service's history, and the right to write. For each problem there is a line on
    what to do.

    Ends with status 0 when films can be read, 1 when they cannot.
    """
    from pneumoscope.cli.checkup import check_up
    from pneumoscope.data.prepared import default_cache_directory

    found = check_up(cache or default_cache_directory())
    if as_json:
        click.echo(json_text(found.document(), indent=2))
    else:
        for name, value in _rows(found):
            click.echo(f"{name:{_WIDTH}} {printable(value)}")
        click.echo()
        for problem in found.problems:
            mark = "problem" if problem.prevents_reading else "note"
            click.echo(f"{mark}: {printable(problem.what)}\n  {printable(problem.remedy)}")
        click.echo("Films can be read." if found.can_read else "Films cannot be read.")
    ctx.exit(0 if found.can_read else 1)


def _rows(found: Checkup) -> Iterator[tuple[str, str]]:
    for name, version in found.versions.items():
        yield name, version or "not installed"
    processor = found.processor
    yield "processor", f"{processor['name']}, {processor['system']}"
    sets = processor["instruction_sets"]
    yield "instructions", "not known on this system" if sets is None else ", ".join(sets) or "none"
    yield "cores", _cores(found)
    yield "threads", f"{processor['threads']}"
    working = [coding for coding, reason in found.decoders.items() if not reason]
    yield "decoders", ", ".join(working) or "none"
    model = found.reading["model"]
    if model:
        spent = f"loaded in {found.reading['load_ms']:.0f} ms, a film in "
        yield "reading", f"{model}, {spent}{found.reading['film_ms']:.0f} ms"
    else:
        yield "reading", "fails"
    yield "ONNX Runtime", ", ".join(found.providers)
    if found.gpus is not None:
        yield "GPU", ", ".join(found.gpus) or "PyTorch sees none"
    files = counted(found.cache["files"], "file")
    yield "cache", _folder(found.cache) + f", {found.cache['bytes'] / 1e6:,.1f} MB in {files}"
    yield "history", _folder(found.history)
    yield (
        "this folder",
        _folder(found.folder) + f", {found.folder['free_bytes'] / 1e9:,.1f} GB free",
    )


def _cores(found: Checkup) -> str:
    """How many cores there are, and why fewer are free."""
    processor = found.processor
    if processor["free_cores"] == processor["cores"]:
        return f"{processor['cores']}, all free for this process"
    why = f"this process may run on {processor['allowed_cores']}"
    if processor["cgroup_quota"] is not None:
        why += f", for the time of {processor['cgroup_quota']:g} (the quota of its cgroup)"
    return f"{processor['free_cores']} free of {processor['cores']}: {why}"


def _folder(folder: dict[str, object]) -> str:
    return f"{folder['folder']}, {'writable' if folder['writable'] else 'not writable'}"
