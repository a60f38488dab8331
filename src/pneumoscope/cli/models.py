"""`pneumoscope models`: what there is to predict with, and what is known of a model."""

from __future__ import annotations

import click

from pneumoscope.wording import NOTICE


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List models, recipes and model cards.

    Without a subcommand: the packaged model files and recipes.
    """
    if ctx.invoked_subcommand is None:
        _print_packaged()


@models.command()
@click.argument("model", metavar="[NAME|FILE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the full manifest as JSON.")
def show(model: str | None, as_json: bool) -> None:
    """Print the card of a model file, or of the default model."""
    from pneumoscope.cli.model_card import format_card
    from pneumoscope.modelfile import find_model, read_manifest

    path = find_model(model)
    manifest = read_manifest(path)
    if as_json:
        click.echo(manifest.model_dump_json(indent=2))
        return
    click.echo(format_card(manifest))
    click.echo(f"\nFile: {path} ({path.stat().st_size / 1e6:.1f} MB)\n{NOTICE}")


def _print_packaged() -> None:
    from pneumoscope.modelfile import packaged_models, read_manifest
    from pneumoscope.recipe_files import load_recipe, packaged_recipes

    click.echo("Model files (pneumoscope predict --model NAME):")
    for name, path in packaged_models().items():
        manifest = read_manifest(path)
        click.echo(f"  {name}: {manifest.architecture}, {' / '.join(manifest.class_names)}")
    if not packaged_models():
        click.echo("  none in this installation")
    click.echo("\nRecipes (pneumoscope train --recipe NAME):")
    for name in packaged_recipes():
        click.echo(f"  {name}: {load_recipe(name).description or 'no description'}")
    click.echo("\nThe card of a model: pneumoscope models show NAME|FILE")
