"""`pneumoscope models`: what there is to predict with and to train, and cards of models."""

from __future__ import annotations

import click

from pneumoscope.wording import NOTICE, json_text


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the lists as JSON.")
@click.pass_context
def models(ctx: click.Context, as_json: bool) -> None:
    """List models, networks and recipes with their sizes.

    Without a subcommand: the packaged model files, the registered networks and the packaged
    recipes, each with its parameters and the size of its model file; networks also with their
    multiply-adds for one film (convolutions and linear layers).
    """
    if ctx.invoked_subcommand is not None:
        return
    from pneumoscope.cli.model_lists import model_lists, print_lists

    lists = model_lists()
    if as_json:
        click.echo(json_text(lists, indent=2))
    else:
        print_lists(lists)


@models.command()
@click.argument("model", metavar="[NAME|FILE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the full manifest as JSON.")
def show(model: str | None, as_json: bool) -> None:
    """Print the card of a model file, or of the default model."""
    from pneumoscope.modelfile.file import read_manifest
    from pneumoscope.modelfile.find import find_model
    from pneumoscope.report.model_card import format_card

    path = find_model(model)
    manifest = read_manifest(path)
    if as_json:
        click.echo(manifest.model_dump_json(indent=2))
        return
    click.echo(format_card(manifest))
    click.echo(f"\nFile: {path} ({path.stat().st_size / 1e6:.1f} MB)\n{NOTICE}")
