"""What commands share that fit a model file's settings on validation films: options and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import options
from pneumoscope.cli.numbers import Number
from pneumoscope.cli.progress import film_progress
from pneumoscope.cli.tables import table_options
from pneumoscope.wording import printable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pneumoscope.data.prepared import PreparedFilms
    from pneumoscope.data.table import FilmTable, Labels
    from pneumoscope.data.tables.rules import TableRules
    from pneumoscope.modelfile.manifest import ModelManifest

_SCREENING = (
    click.option(
        "--screening-sensitivity",
        type=Number(0.5, 1.0, min_open=True),
        metavar="SHARE",
        default=0.98,
        show_default=True,
        help="Sensitivity that the operating point `screening` must reach on these films.",
    ),
    click.option(
        "--screening-confidence",
        type=Number(0.5, 1.0, min_open=True, max_open=True),
        metavar="SHARE",
        help="Have it reached on new films like these too, with this confidence, such as 0.95; "
        "needs films enough  [default: about one half].",
    ),
)
_OPTIONS = (
    click.option(
        "--data",
        "-d",
        type=click.Path(path_type=Path),
        help="Folder or table of films, to fit settings on; never films that a model learned from.",
    ),
    click.option(
        "--splits",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="Table that divides these films, such as the split.csv of a run "
        "[default: as the folders do].",
    ),
    click.option(
        "--split",
        type=click.Choice(["val", "test"]),
        default="val",
        show_default=True,
        help="The split to fit on.",
    ),
    options.labels,
    table_options,
    *_SCREENING,
    options.cache,
)


def validation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `data`, `splits`, `split`, `labels`, `tables`,
    `screening_sensitivity`, `screening_confidence` and `cache`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def screening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `screening_sensitivity` and `screening_confidence`."""
    for option in reversed(_SCREENING):
        command = option(command)
    return command


def read_films(
    manifest: ModelManifest,
    data: Path | None,
    splits: Path | None,
    split: str,
    labels: Labels,
    tables: TableRules,
    cache: Path | None,
) -> PreparedFilms | None:
    """The films that the options name, preprocessed for a model; `None` without `--data`."""
    from pneumoscope.data.prepared import default_cache_directory
    from pneumoscope.merging.validation import read_validation_films

    if data is None:
        if splits is not None:
            raise click.UsageError("--splits divides the films of --data: give both.")
        return None
    with film_progress("Decoding films") as progress:
        films = read_validation_films(
            data,
            manifest,
            split=split,
            splits=splits,
            labels=labels,
            tables=tables,
            cache_directory=cache or default_cache_directory(),
            progress=progress,
        )
    for film in films.unreadable:
        click.echo(f"left out: {printable(film.path)}: {film.reason}", err=True)
    return films


def figures(
    probabilities: npt.NDArray[np.float64], thresholds: Mapping[str, float], table: FilmTable
) -> tuple[str, str, str]:
    """ROC-AUC, log loss and accuracy at some thresholds, as text; see `FIGURE_NAMES`."""
    from pneumoscope.metrics.classification import classification_metrics
    from pneumoscope.metrics.operating_points import decide

    called = decide(probabilities, [thresholds[name] for name in table.class_names])
    metrics = classification_metrics(table.y_true, called, probabilities, table.class_names)
    roc_auc, log_loss, accuracy = (
        "undefined" if metrics[name] is None else f"{metrics[name]:.4f}" for name in FIGURE_NAMES
    )
    return roc_auc, log_loss, accuracy


FIGURE_NAMES = ("roc_auc", "log_loss", "accuracy")
FIGURE_HEADINGS = ("ROC-AUC", "log loss", "accuracy")


def print_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Rows of text on standard output; the first column left, the others right."""
    from rich.text import Text

    from pneumoscope.cli.terminal import output_console, plain_table

    first, *others = columns
    table = plain_table()
    table.add_column(first, overflow="fold")
    for column in others:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    output_console().print(table)


def print_unchecked(sources: Iterable[str]) -> None:
    """Say, on standard error, of which models it cannot be told what films they learned from."""
    for source in sources:
        click.echo(
            f"not checked: whether {printable(source)} learned from these films; its file was "
            "written before model files told.",
            err=True,
        )


def print_calibration(manifest: ModelManifest) -> None:
    """Say what a model's probabilities are for and were fitted on, on standard output, and on
    standard error what must be said of that."""
    from pneumoscope.modelfile.calibration_words import (
        calibration_in_words,
        calibration_notes,
        prevalence_in_words,
        screening_in_words,
        thresholds_in_words,
    )

    click.echo(f"{calibration_in_words(manifest)} {prevalence_in_words(manifest)}")
    for sentence in (screening_in_words(manifest), thresholds_in_words(manifest)):
        if sentence:
            click.echo(sentence)
    for note in calibration_notes(manifest):
        click.echo(f"note: {note}", err=True)


def print_fitting_note(films: PreparedFilms, split: str) -> None:
    """Say what the figures are worth."""
    click.echo(
        f"\nFigures on the {len(films.table)} films of the split {split}, accuracy at the "
        "operating point balanced.\nThe new file was fitted on them and looks a little better than "
        "it is: judge it on films\nof another split, with `pneumoscope evaluate`."
    )
