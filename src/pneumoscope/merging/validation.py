"""The labelled films on which a model file's settings are fitted anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.table import Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.evaluation.graph_outputs import run_graph
from pneumoscope.merging.source_models import SourceModel
from pneumoscope.metrics.checks import Floats
from pneumoscope.modelfile.manifest import ModelManifest


def read_validation_films(
    data: Path,
    manifest: ModelManifest,
    *,
    split: str | None,
    splits: Path | None = None,
    labels: Labels = "folder",
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    one_class: bool = False,
    cache_directory: Path,
    progress: Callable[[int, int], None] | None = None,
) -> PreparedFilms:
    """The readable films of one split, or with `None` all, preprocessed for a model, under the
    model's class names.

    `data`, `splits`, `labels`, `patients`, `tables` and `one_class` are those of
    `find_labelled_films`. Raises what that, `FilmTable.with_classes` and `PixelCache` raise.
    """
    table = find_labelled_films(
        data,
        splits=splits,
        split=split,
        labels=labels,
        patients=patients,
        tables=tables,
        one_class=one_class,
    )
    table = table.with_classes(manifest.class_names)
    cache = PixelCache.open_or_build(table, manifest.preprocess, cache_directory, progress=progress)
    return PreparedFilms.of(table, cache)


def score_films(model: SourceModel, films: PreparedFilms) -> Floats:
    """A model's calibrated probabilities `(N, C)` of films, in the order of the table's classes."""
    return model.probabilities(run_graph(model.graph, films).logits, films.table.class_names)
