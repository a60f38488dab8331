"""What the log of a job says on standard error: nothing by default, lines for people, or JSON."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from pneumoscope.logs import FACTS
from pneumoscope.wording import json_text, printable


class _JsonLines(logging.Formatter):
    """A record as one line of JSON: time in UTC, level, logger, message, and its facts."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FACTS, {}),
        }
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json_text({name: _plain(value) for name, value in document.items()})


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = self.formatTime(record, "%H:%M:%S")
        line = f"{time} {printable(record.getMessage())}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


@contextmanager
def listening(*, verbose: bool, as_json: bool) -> Iterator[None]:
    """Send the log to standard error: all of it, or what is a warning at least."""
    logger = logging.getLogger("pneumoscope")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if as_json else _Lines())
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO if verbose or as_json else logging.WARNING)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def is_quiet() -> bool:
    """Whether no progress is to be shown: where the command was asked so, and where standard error
    is the log of a program."""
    return bool(_option("quiet") or _option("log_json"))


def say(level: int, text: str, **facts: object) -> None:
    """Say a warning or an error on standard error: `warning: ...`, or as the log where that is
    JSON."""
    if _option("log_json"):
        logging.getLogger("pneumoscope").log(level, "%s", text, extra={FACTS: facts})
        return
    click.echo(f"{logging.getLevelName(level).lower()}: {text}", err=True)
    for name, value in facts.items():
        click.echo(f"{name}: {value}", err=True)


def remark(text: str) -> None:
    """Say on standard error what a person should know and is no warning: the plain text, or the
    log where that is JSON."""
    if _option("log_json"):
        logging.getLogger("pneumoscope").info("%s", text)
    else:
        click.echo(text, err=True)


def announce(text: str, **facts: object) -> None:
    """Say on standard output what a program may wait for, or as the log where that is JSON."""
    if _option("log_json"):
        logging.getLogger("pneumoscope").info("%s", text, extra={FACTS: facts})
    else:
        click.echo(text)


def inform(text: str) -> None:
    """As `remark`, of what a job does and not of what it found: left out with `-q`."""
    if not _option("quiet"):
        remark(text)


def _option(name: str) -> Any:
    """An option of the outermost command; `None` where that has not run."""
    context = click.get_current_context(silent=True)
    return context.find_root().params.get(name) if context else None


def _plain(value: object) -> object:
    """A fact as JSON knows it."""
    return value if isinstance(value, str | int | float | bool | None) else str(value)
