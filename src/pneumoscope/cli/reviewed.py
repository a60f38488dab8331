"""`pneumoscope serve reviewed`: reviewed films as a data set."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli.history import history_database, history_options, history_place
from pneumoscope.cli.logs import remark, say
from pneumoscope.cli.options import UNREADABLE_STATUS
from pneumoscope.errors import PneumoscopeError, needs_extra
from pneumoscope.wording import count_films, listed, printable

if TYPE_CHECKING:
    from pneumoscope.history.handing_over import Reason

_REASONS: dict[Reason, str] = {
    "undecided": "without an opinion",
    "contradictory": "whose reviewers contradict each other",
    "not kept": "of which no copy is kept",
    "unreadable": "that could not be read",
    "damaged": "whose copy is damaged or gone",
}


@click.command()
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@click.option("--model", metavar="NAME", help="Only films that a model of this name has judged.")
@history_options
@click.pass_context
def reviewed(
    ctx: click.Context, out: Path, model: str | None, folder: Path | None, history: str | None
) -> None:
    """Write the reviewed films into the folder OUT, new or empty, as a data set.

    A film gets the class that its reviewers see, and lies in OUT/val/CLASS. Films without an
    opinion, without a kept copy, or whose reviewers contradict each other are left out. OUT is what
    evaluate and calibrate take:

    \b
      pneumoscope evaluate model.onnx OUT
      pneumoscope calibrate model.onnx OUT --out ours.onnx

    Ends with status 3 where copies of films were damaged or missing.
    """
    with needs_extra("The service", "serve"):
        from pneumoscope.history.films import FilmFolder
        from pneumoscope.history.handing_over import hand_over
    films = FilmFolder(history_place(folder, history)[1])
    with history_database(folder, history) as database:
        done = hand_over(database, films, out, model)
    left_out = [
        f"{count_films(done.left_out[reason])} {words}"
        for reason, words in _REASONS.items()
        if reason in done.left_out
    ]
    if left_out:
        say(logging.WARNING, f"Left out: {listed(left_out)}.")
    if not done.written:
        raise PneumoscopeError(
            "There is no film to hand over.",
            "Review films on the page, in a service that keeps them (--keep).",
        )
    if len(done.written) == 1:
        remark("All films are of one class: to judge a model takes films of others too.")
    classes = listed([f"{count:,} {printable(name)}" for name, count in done.written.items()])
    count = count_films(sum(done.written.values()))
    click.echo(f"Wrote {count} ({classes}) to {click.format_filename(out)}.")
    ctx.exit(UNREADABLE_STATUS if "damaged" in done.left_out else 0)
