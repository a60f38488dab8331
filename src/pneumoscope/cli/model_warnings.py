"""What a person must know of a model before trusting its answers, on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pneumoscope.errors import one_line

if TYPE_CHECKING:
    from pneumoscope.evaluation.comparison import ComparedModel
    from pneumoscope.modelfile.manifest import ModelManifest


def tell_warnings(*models: ModelManifest | ComparedModel) -> None:
    """Print the warnings of models, one a line, each once."""
    for warning in dict.fromkeys(text for model in models for text in model.warnings):
        click.echo(f"warning: {one_line(warning)}", err=True)
