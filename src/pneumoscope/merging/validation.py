"""The labelled films on which a model file's settings are fitted anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.graph_outputs import run_graph
from pneumoscope.merging.source_models import SourceModel
from pneumoscope.metrics.checks import Floats
from pneumoscope.modelfile.file import ModelManifest


def read_validation_films(
    data: Path,
    manifest: ModelManifest,
    *,
    split: str,
    splits: Path | None = None,
    labels: Labels = "folder",
    cache_directory: Path,
    progress: Callable[[int, int], None] | None = None,
) -> PreparedFilms:
    """The readable films of one split, preprocessed for a model, under the model's class names.

    `data` is a folder or a table of films; `splits` a table that divides them, such as the
    `split.csv` of a run, where `data` itself does not. Raises `DatasetError` where the split has no
    films, or a class that the model does not have, and what `find_films` and `PixelCache` raise.
    """
    if splits is None:
        table = find_films(data, labels)
    else:
        root = data if data.is_dir() else data.parent
        table = FilmTable.read_csv(splits, root).with_labels(labels)
    chosen = table.select(split)
    if not len(chosen):
        raise DatasetError(
            f"There are no films in the split {split!r} of {splits or data}.",
            "Give the table that divides them with --splits, such as the split.csv of a run.",
        )
    if unknown := {film.label for film in chosen.films} - set(manifest.class_names):
        raise DatasetError(
            f"The films are labelled {', '.join(sorted(unknown))}; the model knows "
            f"{', '.join(manifest.class_names)}.",
            "Rename the labels, or use --labels pathogen for a model that tells pathogens apart.",
        )
    chosen = replace(chosen, class_names=manifest.class_names)
    cache = PixelCache.open_or_build(
        chosen, manifest.preprocess, cache_directory, progress=progress
    )
    readable = tuple(film for film, good in zip(chosen.films, cache.readable, strict=True) if good)
    return PreparedFilms(
        replace(chosen, films=readable),
        cache.pixels,
        cache.rows[cache.readable],
        cache.unreadable,
    )


def score_films(model: SourceModel, films: PreparedFilms) -> Floats:
    """A model's calibrated probabilities `(N, C)` of films, in the order of the table's classes."""
    return model.probabilities(run_graph(model.graph, films).logits, films.table.class_names)
