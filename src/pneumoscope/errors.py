"""Every error that pneumoscope raises on purpose.

    PneumoscopeError            what happened, and a hint on what to do next
    ├── ImageReadError          a film could not be read: its name and the reason
    ├── DecoderError            no process decodes films now; says nothing of the film
    ├── DatasetError            a folder, a table or a split of films is not usable
    ├── RecipeError             the settings of a training run are wrong
    ├── UnknownModelError       no backbone, recipe or packaged model of that name
    ├── TrainingError           a training run cannot go on
    ├── ModelFileError          a model file is damaged, or of a kind we do not understand
    ├── HistoryError            the history of findings cannot be used
    │   ├── HistoryFullError    there is no room left for it
    │   └── HistoryUnavailableError   its database does not answer; it may later
    ├── MissingExtraError       an optional part of the installation is needed
    └── OutOfScopeError         a film the model must not judge

The command line turns them into text in one place (`cli/main.py`), the service into JSON in one
(`serving/problems.py`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST = 2_000


def one_line(text: str, longest: int = _LONGEST) -> str:
    """Text of any origin as one line: line breaks become spaces, other characters that could move
    the cursor, colour or reverse text, or not encode, become `?`, and the middle of what is longer
    than `longest` is left out."""
    if len(text) > longest:
        text = f"{text[: longest * 3 // 4]} ... {text[-(longest // 4) :]}"
    text = re.sub(r"\s*[\r\n]\s*", " ", text)
    return "".join(letter if letter.isprintable() else "?" for letter in text)


class PneumoscopeError(Exception):
    """Base of all errors raised on purpose.

    `message` says what happened, what was got and what was expected; `hint` says what to do next.
    Both are one line of printable text and of bounded length, whatever foreign text they repeat.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = one_line(message)
        self.hint = one_line(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ImageReadError(PneumoscopeError):
    """A film could not be turned into pixels.

    `name` is the film's name as it is, `reason` why, and what to do: all that a list of such films
    tells.
    """

    def __init__(self, name: str, reason: str, hint: str = "") -> None:
        super().__init__(f"{name}: {reason}", hint)
        self.name = name
        self.reason = one_line(f"{reason} {hint}".strip())
        self._arguments = (name, reason, hint)

    def __reduce__(self) -> tuple[type[ImageReadError], tuple[str, str, str]]:
        # Raised in worker processes: pickling must rebuild all three arguments.
        return (type(self), self._arguments)


class DecoderError(PneumoscopeError):
    """A process that decodes films could not be started, or failed by no fault of the film's.

    That is for want of memory, processes or open files, or a defect; the film may be read later.
    """


class DatasetError(PneumoscopeError):
    """A folder, a table or a split of films is not usable."""


class RecipeError(PneumoscopeError):
    """The settings of a training run are wrong."""


class UnknownModelError(PneumoscopeError):
    """No backbone, recipe or packaged model has that name; the hint lists the nearest names."""


class TrainingError(PneumoscopeError):
    """A training run cannot go on."""


class ModelFileError(PneumoscopeError):
    """A model file is damaged, or of a kind that this version does not understand."""


class HistoryError(PneumoscopeError):
    """The history of findings cannot be used."""


class HistoryFullError(HistoryError):
    """There is no room left for the history, in its database or for its films."""


class HistoryUnavailableError(HistoryError):
    """The database of the history does not answer; it may later."""


class MissingExtraError(PneumoscopeError):
    """An optional part of the installation is needed; the hint is the pip command."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs packages that are not installed.",
            f'Install them with: pip install "{_installed_from()}[{extra}]"',
        )


def _installed_from() -> str:
    """What pip installed this package from, such as a checkout or a wheel; its name where it came
    from an index, and the working folder where it was not installed."""
    # Imported here: they take time, and most commands never need them.
    import json
    from importlib import metadata
    from urllib.parse import unquote, urlsplit

    try:
        record = metadata.distribution("pneumoscope").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return "."
    url = json.loads(record)["url"] if record else ""
    return unquote(urlsplit(url).path) if url.startswith("file:") else "pneumoscope"


@contextmanager
def needs_extra(what: str, extra: str) -> Iterator[None]:
    """Around imports: raises `MissingExtraError` where a package that is not ours is missing, or
    too old for what is asked of it."""
    try:
        yield
    except ImportError as error:
        if (error.name or "").startswith("pneumoscope"):
            raise
        raise MissingExtraError(what, extra) from error


class OutOfScopeError(PneumoscopeError):
    """The film is not one that the model may judge."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names what was probably meant: `Did you mean 'resnet50'?`"""
    known = sorted(set(known))
    # A slip of the finger means one name; anything less alike may mean several.
    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    matches = matches or difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if matches:
        return "Did you mean " + " or ".join(repr(match) for match in matches) + "?"
    return "Known: " + ", ".join(known) + "." if known else ""


@contextmanager
def writing(what: str, folder: Path) -> Iterator[None]:
    """Around what writes `what`, such as `evaluation`, into a folder, which is made if needed.

    Raises `PneumoscopeError` where that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise PneumoscopeError(
            f"The {what} could not be written to {folder}: {error.strerror or error}."
        ) from error
