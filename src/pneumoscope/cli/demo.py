"""`pneumoscope demo`: everything that a prediction gives, on one page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli import options, outputs
from pneumoscope.cli.model_warnings import tell_warnings

if TYPE_CHECKING:
    from pneumoscope.inference.batch import StandardInput
    from pneumoscope.phantoms import Condition

_COUNT = 12
_SEED = 0
_CONDITIONS: tuple[Condition, ...] = ("normal", "bacteria", "normal", "virus")
_CAUTION = (
    "These films are phantoms: computer drawings, not radiographs. A model for radiographs is "
    "outside its scope on them, so the findings, probabilities and heatmaps mean nothing here. "
    "They show what the output looks like, not how good the model is."
)
_ON_REAL_FILMS = """On real films:
  pneumoscope predict FILES...
  pneumoscope demo FILMS... --out DIR"""


@click.command()
@click.argument("inputs", nargs=-1, metavar="[FILMS...]")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    metavar="DIR",
    help="Folder for the page and its pictures.",
)
@outputs.overwrite
@click.option("--model", metavar="NAME|FILE", help="Packaged model or model file.")
@options.prevalence
@click.pass_context
def demo(
    ctx: click.Context,
    inputs: tuple[str, ...],
    out: Path,
    overwrite: bool,
    model: str | None,
    prevalence: float | None,
) -> None:
    """Draw synthetic films and show the findings on a page.

    Draws phantoms into DIR/films, reads them with the model, and writes each film with its heatmap
    to DIR/overlays and a page of them all, DIR/index.html.

    Give FILMS of your own, and the page is about those: files, folders, quoted patterns, or - for
    one film from standard input.

    Ends with status 0 when all films were read, 3 when some were not, 1 when none was.
    """
    from pneumoscope.cli.findings import exit_status, print_table
    from pneumoscope.heatmaps.overlay_files import overlay_paths, write_overlay
    from pneumoscope.imaging.film import UnreadableFilm
    from pneumoscope.inference.batch import expand_inputs
    from pneumoscope.inference.finding import Finding, Findings
    from pneumoscope.inference.predictor import Predictor
    from pneumoscope.report.findings_page import FilmCard, render_findings_page
    from pneumoscope.report.html import write_page

    predictor = Predictor.load(model, prevalence=prevalence)
    tell_warnings(predictor.manifest)
    films: list[Path | StandardInput] = (
        expand_inputs(inputs, sys.stdin.buffer)
        if inputs
        else [out / "films" / name for name in _phantom_names()]
    )
    overlays = overlay_paths(films, out / "overlays")
    page = out / "index.html"
    read = [film for film in films if isinstance(film, Path)]
    if inputs:
        outputs.claim([page, *overlays], films=read, overwrite=overwrite)
    else:
        outputs.claim([page, *overlays, *read], overwrite=overwrite)
    actual = {} if inputs else _draw_phantoms(out / "films")
    findings = Findings(predictor.manifest, "balanced")
    cards = []
    with click.progressbar(
        zip(films, overlays, predictor.predict_many(films), strict=True),
        length=len(films),
        label="Reading films",
        show_pos=True,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as outcomes:
        for film, overlay, outcome in outcomes:
            if isinstance(outcome, UnreadableFilm):
                findings.unreadable.append(outcome)
                continue
            pixels = write_overlay(overlay, film, outcome, findings.operating_point)
            findings.readable.append(Finding.of(outcome, findings.operating_point, overlay))
            cards.append(FilmCard.of(outcome, pixels, actual.get(film), findings.operating_point))
    caution = "" if inputs else _CAUTION
    html = render_findings_page(
        cards,
        findings.unreadable,
        predictor.manifest,
        title="Findings on your films" if inputs else "Findings on synthetic films",
        operating_point=findings.operating_point,
        caution=caution,
    )
    write_page(page, html)
    print_table(findings)
    if caution:
        click.echo(f"\n{click.wrap_text(caution)}")
    click.echo(f"\nPage: {click.format_filename(page)}")
    if findings.readable:
        click.echo(f"Heatmaps: {click.format_filename(out / 'overlays')}")
    if not inputs:
        click.echo(f"\n{_ON_REAL_FILMS}")
    ctx.exit(exit_status(findings))


def _phantom_names() -> list[str]:
    """Files of phantoms, conditions and film formats taking turns."""
    from pneumoscope.phantoms.encoding import SUFFIXES

    suffixes = tuple(SUFFIXES.values())
    return [
        f"phantom-{number + 1:02d}-{_CONDITIONS[number % len(_CONDITIONS)]}"
        f"{suffixes[number % len(suffixes)]}"
        for number in range(_COUNT)
    ]


def _draw_phantoms(folder: Path) -> dict[Path | StandardInput, str]:
    """Write the phantoms; each film's class by its path."""
    import numpy as np

    from pneumoscope.errors import writing
    from pneumoscope.files import write_bytes
    from pneumoscope.phantoms import generate_phantom
    from pneumoscope.phantoms.encoding import SUFFIXES, encode_film

    formats = tuple(SUFFIXES)
    classes: dict[Path | StandardInput, str] = {}
    for number, name in enumerate(_phantom_names()):
        rng = np.random.default_rng([_SEED, number])
        phantom = generate_phantom(rng, _CONDITIONS[number % len(_CONDITIONS)])
        with writing(f"film {name}", folder):
            film = encode_film(phantom.pixels, formats[number % len(formats)], rng)
            write_bytes(folder / name, film)
        classes[folder / name] = phantom.label
    return classes
