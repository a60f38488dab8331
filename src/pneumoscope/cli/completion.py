"""`pneumoscope completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click

_SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print a script for the completion of a shell.")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script for the completion of a shell.

    Put one of these lines into the file that your shell reads when it starts:

    \b
      eval "$(pneumoscope completion bash)"       ~/.bashrc
      eval "$(pneumoscope completion zsh)"        ~/.zshrc
      pneumoscope completion fish | source        ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # click knows all of _SHELLS
    click.echo(kind(ctx.find_root().command, {}, "pneumoscope", "_PNEUMOSCOPE_COMPLETE").source())
