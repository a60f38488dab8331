"""`pneumoscope models`: what there is to predict with, and what is known of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import NOTICE

if TYPE_CHECKING:
    from pneumoscope.modelfile import ModelManifest


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
def show(model: str | None) -> None:
    """Print the card of a model file, or of the default model."""
    from pneumoscope.modelfile import find_model, read_manifest

    path = find_model(model)
    click.echo(format_card(read_manifest(path)))
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


def format_card(manifest: ModelManifest) -> str:
    """A manifest as plain text for people."""
    points = {
        name: ", ".join(f"{label} {threshold:.3f}" for label, threshold in thresholds.items())
        for name, thresholds in manifest.operating_points.items()
    }
    preprocess = manifest.preprocess
    facts: dict[str, Any] = {
        "Architecture": manifest.architecture,
        "Classes": ", ".join(manifest.class_names),
        "Intended use": manifest.card.intended_use,
        "Limitations": manifest.card.limitations,
        "Licence": manifest.card.licence,
        "Trained on": f"{manifest.card.data_source} ({manifest.card.data_licence})",
        "Input": f"{preprocess.size} x {preprocess.size} pixels, {preprocess.fit}",
        "Temperature": f"{manifest.temperature:.3f}",
        "Operating points (a class is called by its probability over its threshold)": points,
        "Training": manifest.training,
        "Graph SHA-256": manifest.graph_sha256,
    }
    return "\n".join([manifest.name, "", *_lines(facts, indent="")])


def _lines(facts: dict[str, Any], indent: str) -> list[str]:
    lines = []
    for name, value in facts.items():
        if isinstance(value, dict) and value:
            lines += [f"{indent}{name}:", *_lines(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {_text(value)}")
    return lines


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
