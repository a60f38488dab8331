"""What makes answers, figures or splits doubtful, and what was passed over, on standard error."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pneumoscope.cli.logs import remark, say
from pneumoscope.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pneumoscope.evaluation.comparison import ComparedModel
    from pneumoscope.folders.account import FolderNote
    from pneumoscope.modelfile.manifest import ModelManifest


def tell_warnings(*models: ModelManifest | ComparedModel) -> None:
    """Print what a person must know of models before trusting their answers."""
    print_warnings(*(text for model in models for text in model.warnings))


def print_warnings(*warnings: str) -> None:
    """Print warnings, one a line, each once; what is empty says nothing."""
    for warning in filter(None, dict.fromkeys(warnings)):
        say(logging.WARNING, printable(warning))


def print_notes(notes: Iterable[FolderNote]) -> None:
    """Print what was passed over in a folder of films, a line each kind."""
    for note in notes:
        remark(printable(note.sentence))
