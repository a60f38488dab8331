"""`pneumoscope explain`: where in films a model sees evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from click.core import ParameterSource

from pneumoscope.cli import options, outputs
from pneumoscope.cli.doubts import tell_warnings
from pneumoscope.cli.findings import warning_lines
from pneumoscope.cli.logs import remark
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.progress import film_progress
from pneumoscope.cli.tables import TABLE_ARGUMENTS, table_options
from pneumoscope.errors import ModelFileError
from pneumoscope.heatmaps.methods import METHODS
from pneumoscope.wording import NOTICE, count_films, printable

if TYPE_CHECKING:
    from pneumoscope.data.chosen_films import ChosenFilms
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.table import Labels
    from pneumoscope.data.tables.rules import TableRules
    from pneumoscope.heatmaps.explain import Explanation
    from pneumoscope.heatmaps.explained_film import ExplainedFilm
    from pneumoscope.heatmaps.mapper import Mapper
    from pneumoscope.inference.predictor import Predictor

# Of the other options, those above --assess are for drawing and those below it for assessing.
_FOR_BOTH = (
    *("model", "inputs", "out", "overwrite", "method", "run", "assess"),
    *("splits", "split", "labels"),
    *TABLE_ARGUMENTS,
)


@click.command(short_help="Show where films hold evidence, and how far to trust it.")
@click.argument("model")
@click.argument("inputs", nargs=-1, metavar="[FILES|FOLDERS|PATTERNS...]")
@click.option(
    "--out",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for panels, contact sheets, maps and report.html, or for the assessment  "
    "[default: explanations; with --assess, assessment].",
)
@outputs.overwrite
@click.option(
    "--class",
    "classes",
    metavar="NAME",
    multiple=True,
    help="Show evidence for this class, in any case; repeat it for several, side by side  "
    "[default: the class called or, where that is the healthy one, the finding nearest to being "
    "called].",
)
@click.option("--all-classes", is_flag=True, help="Show evidence for every class of the model.")
@click.option("--signed", is_flag=True, help="Show evidence against a class too.")
@click.option(
    "--only",
    type=click.Choice(["errors", "right"]),
    help="Only films called wrong, or right; needs films in folders of classes.",
)
@click.option(
    "--sort",
    type=click.Choice(["film", "certainty", "uncertainty"]),
    default="film",
    show_default=True,
    help="Order films by name, or by how far their calls are from the threshold.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="FILMS", help="Only the first so many films."
)
@options.operating_point
@options.prevalence
@click.option(
    "--method",
    type=click.Choice(["cam", *METHODS]),
    default="cam",
    show_default=True,
    help="How maps are drawn: cam is the model file's own, others need --run.",
)
@click.option(
    "--run",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Folder of the run that MODEL comes from, for other methods.",
)
@options.batch_size
@options.splits
@options.split_or_all
@options.labels
@table_options
@click.option(
    "--assess",
    is_flag=True,
    help="Measure how far the maps can be trusted, instead of drawing them: needs one folder or "
    "table of labelled films. The options below go with it.",
)
@patient_options
@click.option(
    "--lung-fields",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of lung masks, for evidence inside the lungs and films without them.",
)
@click.option(
    "--boxes",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="CSV",
    help="Table of opacities: path, left, top, right, bottom.",
)
@click.option(
    "--perturbed-films",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="FILMS",
    help="How many films to measure with that need many runs of the network.",
)
@options.replicates
@click.option(
    "--seed", default=0, show_default=True, help="Seed of the films drawn and of the bootstrap."
)
@click.option(
    "--record", is_flag=True, help="Put the main figures into the model file, for its card."
)
@click.pass_context
def explain(
    ctx: click.Context,
    model: str,
    inputs: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    classes: tuple[str, ...],
    all_classes: bool,
    signed: bool,
    only: Literal["errors", "right"] | None,
    sort: Literal["film", "certainty", "uncertainty"],
    limit: int | None,
    operating_point: str,
    prevalence: float | None,
    method: str,
    run: Path | None,
    batch_size: int,
    splits: Path | None,
    split: str | None,
    labels: Labels,
    tables: TableRules,
    assess: bool,
    record: bool,
    patients: PatientRule,
    **settings: Any,
) -> None:
    """Show where in films a model sees evidence, or measure how far to trust that.

    MODEL is a model file, the name of a packaged model, or the folder of a run. Give files,
    folders, or quoted patterns such as 'ward/**/*.dcm'. One folder with a folder for each class, or
    a table of films, also tells which calls are wrong. The folder of a run needs no films: those
    that it held out are shown, test or, without one, val.

    For example, the films on which a model is most certainly wrong:

    \b
      pneumoscope explain runs/small-cnn --only errors --sort certainty --limit 20

    With --assess, maps are measured on labelled films: whether the network depends on what they
    point at, whether they depend on what it has learned, and where they lie.

    The exit status is 3 when films could not be read; they are listed.
    """
    _check_that_options_belong_together(ctx, assess)
    out = out or Path("assessment" if assess else "explanations")
    if classes and all_classes:
        raise click.UsageError("--class and --all-classes exclude each other.")
    if (method == "cam") != (run is None):
        raise click.UsageError("Methods other than cam need --run, and cam takes none.")
    from pneumoscope.inference.predictor import Predictor

    predictor = Predictor.load(model, prevalence=prevalence)
    tell_warnings(predictor.manifest)
    mapper = _mapper(method, run, predictor) if run else None
    chosen = _chosen_films(
        model,
        inputs,
        assess,
        splits=splits,
        split=split,
        labels=labels,
        patients=patients,
        tables=tables,
    )
    if chosen is not None and chosen.note:
        remark(chosen.note)
    if assess:
        from pneumoscope.cli.assess_heatmaps import assess_heatmaps

        if chosen is None:
            raise click.UsageError("--assess needs one folder or table of labelled films.")
        if record and mapper:
            raise click.UsageError("--record is for the maps of the model file itself.")
        everything_read = assess_heatmaps(
            model,
            chosen,
            out,
            overwrite=overwrite,
            mapper=mapper,
            record=record,
            **settings,
        )
        ctx.exit(0 if everything_read else options.UNREADABLE_STATUS)
    from pneumoscope.heatmaps.explain import explain as explain_films
    from pneumoscope.heatmaps.explanation_folder import EXPLANATION_FILES
    from pneumoscope.report.explained_films_page import write_explained_films_page
    from pneumoscope.report.frame import REPORT_FILES

    outputs.claim_folder(
        out,
        (*EXPLANATION_FILES, *REPORT_FILES),
        films=outputs.films_of(*inputs, tables=tables) if chosen is None else chosen.table.paths(),
        overwrite=overwrite,
    )
    with film_progress("Explaining films") as progress:
        explanation = explain_films(
            predictor,
            inputs if chosen is None else chosen.table,
            out,
            classes=predictor.manifest.class_names if all_classes else classes,
            signed=signed,
            only=only,
            sort=sort,
            limit=limit,
            operating_point=operating_point,
            mapper=mapper,
            batch_size=batch_size,
            tables=tables,
            overwrite=overwrite,
            progress=progress,
        )
    for line in _summary(explanation, only):
        click.echo(line)
    if explanation.films:
        click.echo(f"Report: {write_explained_films_page(explanation)}")
    click.echo(NOTICE)
    if explanation.unreadable:
        ctx.exit(options.UNREADABLE_STATUS)


def _check_that_options_belong_together(ctx: click.Context, assess: bool) -> None:
    """Options of drawing and of assessing exclude each other."""
    for_assessing = False
    for option in ctx.command.params:
        for_assessing |= option.name == "assess"
        given = ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
        if given and option.name not in _FOR_BOTH and for_assessing != assess:
            raise click.UsageError(
                f"{option.opts[0]} does not go with --assess."
                if assess
                else f"{option.opts[0]} needs --assess."
            )


def _chosen_films(
    model: str, inputs: tuple[str, ...], assess: bool, **which: Any
) -> ChosenFilms | None:
    """Labelled films of one folder, table or run; `None` where films are meant as they are given,
    which need have no labels."""
    from pneumoscope.data.chosen_films import are_films_of, choose_films
    from pneumoscope.modelfile.find import find_model, run_of

    own = run_of(find_model(model))
    if len(inputs) > 1:
        if which["splits"] or which["split"]:
            raise click.UsageError("--splits and --split need one folder or table of films.")
        return None
    if not inputs and own is None:
        raise click.UsageError("Give films: only the folder of a run knows its own.")
    if not inputs:
        return choose_films(None, own, **which)
    data = Path(inputs[0])
    if assess or which["splits"] or which["split"] or (own and are_films_of(data, own)):
        return choose_films(data, own, **which)
    return None


def _mapper(method: str, run: Path, predictor: Predictor) -> Mapper:
    """The maps of the network that the model file was exported from."""
    from pneumoscope.attribution.run_mapper import create_mapper
    from pneumoscope.modelfile.file import read_manifest
    from pneumoscope.modelfile.find import find_model

    exported = find_model(run)
    if read_manifest(exported).graph_sha256 != predictor.manifest.graph_sha256:
        raise ModelFileError(
            f"The model {predictor.manifest.name!r} is not that of the run {run}, whose maps would "
            "belong to other predictions.",
            f"Explain {exported}.",
        )
    return create_mapper(method, run)


def _told(film: ExplainedFilm) -> str:
    """What a film is, where that is known, and what it is called."""
    called = f"called {film.told.finding} ({film.told.short_reading})"
    if film.call.actual is None:
        return called
    return f"is {film.call.actual}, {called}{'' if film.call.is_right else ', wrong'}"


def _summary(explanation: Explanation, only: str | None) -> Iterator[str]:
    calls = [film.call for film in explanation.films]
    if not calls:
        what = "right" if only == "right" else "wrong"
        yield f"None of {explanation.readable} films was called {what}; nothing was written."
    else:
        names = explanation.drawing.manifest.class_names
        counts = [f"{sum(call.called == name for call in calls)} {name}" for name in names]
        called = f"called {', '.join(counts)} at {explanation.drawing.point}"
        yield f"{count_films(len(calls))} explained: {called}."
        if any(call.actual is not None for call in calls):
            yield f"Right: {sum(call.is_right is True for call in calls)} of {len(calls)}."
        for film in explanation.films:
            yield f"  {film.film.name}: {_told(film)}"
        sheets = ", ".join(sheet.name for sheet in explanation.sheets)
        yield f"Wrote panels, maps and {sheets} into {click.format_filename(explanation.out)}."
        yield from warning_lines(
            (film.film.name, film.prediction.tags) for film in explanation.films
        )
    if explanation.unreadable:
        yield f"{count_films(len(explanation.unreadable))} could not be read:"
        yield from (f"  {printable(film.path)}: {film.reason}" for film in explanation.unreadable)
