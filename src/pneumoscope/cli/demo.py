"""`pneumoscope demo`: everything that a prediction gives, on one page."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import click

from pneumoscope.cli import options, outputs
from pneumoscope.cli.doubts import print_notes, tell_warnings
from pneumoscope.cli.history import SERVICE_PACKAGES
from pneumoscope.cli.logs import is_quiet
from pneumoscope.errors import MissingExtraError

_DRAWINGS = (
    "These films are phantoms: computer drawings, not radiographs. The model that reads them has "
    "seen such drawings only. They show what the output looks like, not how well radiographs are "
    "read."
)
_OUT_OF_SCOPE = (
    "These films are phantoms: computer drawings, not radiographs. A model for radiographs is "
    "outside its scope on them, so the findings, probabilities and heatmaps mean nothing here. "
    "They show what the output looks like, not how good the model is."
)
_ON_REAL_FILMS = """On real films:
  pneumoscope predict FILES...
  pneumoscope demo FILMS... --out DIR"""
_AS_A_SERVICE = "As a page on which to drop films, with a history:\n  pneumoscope serve"


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

    Draws phantoms into DIR/films, with a page of text among them, reads them with a model for such
    drawings, and writes each film with its heatmap to DIR/overlays and a page of them all,
    DIR/index.html, on which the opacities that were drawn are framed.

    Give FILMS of your own, and the page is about those, read with the model for radiographs: files,
    folders, quoted patterns, or - for one film from standard input.

    Ends with status 0 when all films were read, 3 when some were not, 1 when none was.
    """
    from pneumoscope.cli.demo_films import demo_paths, draw_films
    from pneumoscope.cli.findings import exit_status, print_table
    from pneumoscope.heatmaps.overlay_files import overlay_paths, write_overlay
    from pneumoscope.imaging.film import UnreadableFilm
    from pneumoscope.inference.batch import MeantFilms, expand_inputs
    from pneumoscope.inference.finding import Finding, Findings
    from pneumoscope.inference.predictor import Predictor
    from pneumoscope.modelfile.find import DRAWINGS_MODEL
    from pneumoscope.report.findings_page import FilmCard, render_findings_page
    from pneumoscope.report.html import write_page

    wanted = model if model or inputs else DRAWINGS_MODEL
    predictor = Predictor.load(wanted, prevalence=prevalence)
    tell_warnings(predictor.manifest)
    if inputs:
        meant = expand_inputs(inputs, sys.stdin.buffer)
    else:
        meant = MeantFilms(list(demo_paths(out / "films")))
    films = meant.films
    print_notes(meant.notes)
    overlays = overlay_paths(films, out / "overlays")
    page = out / "index.html"
    read = [film for film in films if isinstance(film, Path)]
    if inputs:
        outputs.claim([page, *overlays], films=read, overwrite=overwrite)
    else:
        outputs.claim([page, *overlays, *read], overwrite=overwrite)
    drawn = {} if inputs else draw_films(out / "films")
    findings = Findings(predictor.manifest, "balanced", notes=meant.notes)
    cards = []
    with click.progressbar(
        zip(films, overlays, predictor.predict_many(films), strict=True),
        length=len(films),
        label="Reading films",
        show_pos=True,
        file=sys.stderr,
        hidden=is_quiet() or not sys.stderr.isatty(),
    ) as outcomes:
        for film, overlay, outcome in outcomes:
            if isinstance(outcome, UnreadableFilm):
                findings.unreadable.append(outcome)
                continue
            pixels = write_overlay(overlay, film, outcome, findings.operating_point)
            findings.readable.append(Finding.of(outcome, findings.operating_point, overlay))
            known = drawn.get(film) if isinstance(film, Path) else None
            cards.append(
                FilmCard.of(
                    outcome,
                    pixels,
                    findings.operating_point,
                    actual=known.label if known else None,
                    opacities=known.opacities if known else (),
                )
            )
    caution = ""
    if not inputs:
        caution = _DRAWINGS if wanted == DRAWINGS_MODEL else _OUT_OF_SCOPE
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
        click.echo(_as_a_service())
    if not inputs:  # that the page of text among the drawings is refused is no failure
        page_of_text = str(films[-1])
        findings.unreadable = [film for film in findings.unreadable if film.path != page_of_text]
    ctx.exit(exit_status(findings))


def _as_a_service() -> str:
    """How to start the service, and what to install before where that is missing."""
    if all(find_spec(name) for name in SERVICE_PACKAGES):
        return _AS_A_SERVICE
    return f"{_AS_A_SERVICE}\n  {MissingExtraError('The service', 'serve').hint}"
