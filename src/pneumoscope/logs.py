"""What happens, told to the standard logger `pneumoscope`, for whoever listens.

Films are told by their names, models by theirs, and how long things took. Never told are pixels,
and what a file says of a patient.
"""

from __future__ import annotations

import json
import logging

FACTS = "pneumoscope_facts"
"""The attribute of a record that holds its facts by name, for formatters."""


def tell(logger: logging.Logger, what: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Log what happened: `read film=ward/1.png model=tiny milliseconds=3.1`."""
    if logger.isEnabledFor(level):
        words = " ".join(f"{name}={_in_words(value)}" for name, value in facts.items())
        logger.log(level, "%s", f"{what} {words}".rstrip(), extra={FACTS: facts | {"event": what}})


def _in_words(value: object) -> str:
    """A value as it stands, in quotes where that would not be one printable word."""
    text = str(value)
    is_one_word = text.isprintable() and text and not set(text) & set(" \"'=")
    return text if is_one_word else json.dumps(text)
