"""`pneumoscope version`: the same as `pneumoscope --version`."""

from __future__ import annotations

import click


@click.command()
def version() -> None:
    """Print the version."""
    import pneumoscope

    click.echo(f"pneumoscope {pneumoscope.__version__}")
