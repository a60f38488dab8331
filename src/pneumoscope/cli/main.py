"""The `pneumoscope` command: its subcommands, and how errors become text."""

from __future__ import annotations

import errno
import logging
import os
import sys
import traceback
from typing import Any

import click

from pneumoscope.cli.lazy import LazyCommand, LazyGroup
from pneumoscope.cli.logs import listening, say
from pneumoscope.cores import SETTING, prepare_libraries, set_threads
from pneumoscope.errors import PneumoscopeError, one_line
from pneumoscope.wording import NOTICE


class Boundary(LazyGroup):
    """The outermost group: the one place where errors become text and an exit status."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command; what cannot be written to standard output is an error in one line."""
        if sys.stdout is None:
            _tell("standard output is closed: there is nowhere to put results.")
            sys.exit(1)
        try:
            return super().main(*args, **extra)
        except OSError as error:
            _give_up_output()
            _tell(_of_system(error), "Check that there is room, and that you may write there.")
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                # What cannot be written must not come to light when everything is over.
                sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            ctx.exit(130)
        except PneumoscopeError as error:
            if ctx.params["debug"]:
                traceback.print_exc()
            _tell(error.message, error.hint)
            ctx.exit(1)
        except OSError as error:
            if error.errno == errno.EPIPE:
                _give_up_output()
                raise  # Whoever read our output has gone; click ends quietly.
            if ctx.params["debug"]:
                traceback.print_exc()
            raise
        except Exception as error:
            if ctx.params["debug"]:
                traceback.print_exc()
            _tell(
                f"unexpected {type(error).__name__}: {error}",
                "This is a bug. Run `pneumoscope --debug ...` and report the traceback.",
            )
            ctx.exit(1)


def _tell(message: str, hint: str = "") -> None:
    say(logging.ERROR, one_line(message), **({"hint": hint} if hint else {}))


def _of_system(error: OSError) -> str:
    """What the system refused, in words."""
    where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
    return f"{where}{error.strerror or error}."


def _give_up_output() -> None:
    """Let the end of the process not fail again at what could not be written."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


COMMANDS = {
    "predict": LazyCommand("pneumoscope.cli.predict:predict", "Read films with a model."),
    "demo": LazyCommand(
        "pneumoscope.cli.demo:demo", "Draw synthetic films and show the findings on a page."
    ),
    "models": LazyCommand(
        "pneumoscope.cli.models:models", "List models, networks and recipes with their sizes."
    ),
    "data": LazyCommand(
        "pneumoscope.cli.data:data", "Fetch, audit or split films, or draw synthetic films."
    ),
    "train": LazyCommand("pneumoscope.cli.train:train", "Train a model on films."),
    "tune": LazyCommand("pneumoscope.cli.tune:tune", "Find better settings for a recipe."),
    "reproduce": LazyCommand(
        "pneumoscope.cli.reproduce:reproduce",
        "Train the recipes of the five systems, and compare them.",
    ),
    "rehearse": LazyCommand(
        "pneumoscope.cli.rehearse:rehearse",
        "Rehearse recipes on films that were made otherwise.",
    ),
    "evaluate": LazyCommand(
        "pneumoscope.cli.evaluate:evaluate", "Measure a model on labelled films."
    ),
    "calibrate": LazyCommand(
        "pneumoscope.cli.calibrate:calibrate", "Fit a model's thresholds to films of your own."
    ),
    "compare": LazyCommand(
        "pneumoscope.cli.compare:compare", "Compare models on the same labelled films."
    ),
    "explain": LazyCommand(
        "pneumoscope.cli.explain:explain",
        "Show where films hold evidence, and how far to trust it.",
    ),
    "report": LazyCommand(
        "pneumoscope.cli.report:report", "Show a run, an evaluation, a comparison or an assessment."
    ),
    "ensemble": LazyCommand("pneumoscope.cli.ensemble:ensemble", "Merge models into one file."),
    "export": LazyCommand("pneumoscope.cli.export:export", "Write another form of a model file."),
    "serve": LazyCommand(
        "pneumoscope.cli.serve:serve", "Answer films over HTTP, with a page and a history."
    ),
    "doctor": LazyCommand(
        "pneumoscope.cli.doctor:doctor", "Check whether everything works on this machine."
    ),
    "cache": LazyCommand(
        "pneumoscope.cli.cache:cache", "Show or clear the cache of decoded films."
    ),
    "completion": LazyCommand(
        "pneumoscope.cli.completion:completion", "Print a script for the completion of a shell."
    ),
    "version": LazyCommand("pneumoscope.cli.version:version", "Print the version."),
}


@click.group(
    help=f"Train, check and ship chest X-ray classifiers that can be trusted.\n\n{NOTICE}",
    cls=Boundary,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="pneumoscope", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    envvar=SETTING,
    metavar="N",
    help=f"How many threads compute, in all libraries; also {SETTING}  [default: as many as cores "
    "are free, by affinity and by the quota of a container].",
)
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Show no progress: only results, warnings and what was passed over.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log every film, model and epoch.")
@click.option(
    "--log-json",
    is_flag=True,
    help="Log as -v does, in JSON lines, warnings and errors too; wrong usage stays text.",
)
@click.pass_context
def main(
    ctx: click.Context,
    debug: bool,
    threads: int | None,
    quiet: bool,
    verbose: bool,
    log_json: bool,
) -> None:
    """The outermost command; its options hold for every subcommand."""
    if quiet and (verbose or log_json):
        raise click.UsageError("--quiet goes with neither --verbose nor --log-json.")
    if threads:
        set_threads(threads)
    prepare_libraries()
    ctx.with_resource(listening(verbose=verbose, as_json=log_json))
