"""How far can the heatmaps of a model be trusted? All measures, on the same labelled films."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pneumoscope.data.chosen_films import ChosenFilms, choose_films
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.heatmap_checks.assessed_films import read_assessed_films
from pneumoscope.heatmap_checks.assessment import MEASURES, Assessment
from pneumoscope.heatmap_checks.card_figures import card_figures
from pneumoscope.heatmap_checks.measure import Bench
from pneumoscope.heatmaps.mapper import GraphMapper, Mapper
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.file import add_provenance
from pneumoscope.modelfile.find import find_model, run_of
from pneumoscope.modelfile.manifest import ModelManifest

PERTURBED_FILMS = 200

Progress = Callable[[str, int, int], None]


def assess(
    model: str | Path | None,
    data: ChosenFilms | FilmTable | str | Path | None = None,
    *,
    splits: Path | None = None,
    split: str | None = None,
    labels: Labels = "folder",
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    lung_fields: Path | None = None,
    boxes: Path | None = None,
    mapper: Mapper | None = None,
    perturbed_films: int = PERTURBED_FILMS,
    replicates: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Assessment:
    """Take all measures of the heatmaps of a model on labelled films.

    `model`, `data`, `splits`, `split`, `labels`, `patients` and `tables` are what `evaluate` takes.
    Films that the model has seen in training are left out, as `evaluate` does. `lung_fields` is a
    folder of lung masks, `boxes` a table of opacities (see `read_assessed_films`); measures that
    need what is not given are left out. `mapper` draws the maps, by default the model file itself;
    the check of sanity is left out for others, whose network is not in the file. Some measures run
    the network more than a hundred times a film, so they are taken on `perturbed_films` of the
    films, drawn at random with the share of each class kept. `replicates` and `seed` are the
    bootstrap's, and `seed` draws films and noise too. `progress` is told what is being measured,
    films done, and films in all.

    Raises what `Predictor.load`, `find_films` and `read_assessed_films` raise, `DatasetError` for
    an empty split and unless two classes have films of two patients or more each, and
    `MissingExtraError` without the packages that shuffle the weights.
    """
    path = find_model(model)
    predictor = Predictor.load(path)
    manifest = predictor.manifest
    if not isinstance(data, ChosenFilms):
        data = choose_films(
            data,
            run_of(path),
            splits=splits,
            split=split,
            labels=labels,
            patients=patients,
            tables=tables,
        )
    table = data.table

    # A generator for each part: what one draws does not depend on whether another ran.
    seeds = np.random.SeedSequence(seed).spawn(1 + len(MEASURES))
    draw, *generators = (np.random.default_rng(child) for child in seeds)

    def told(what: str) -> Callable[[int, int], None] | None:
        return None if progress is None else partial(progress, what)

    films = read_assessed_films(
        predictor, table, lung_fields=lung_fields, boxes=boxes, progress=told("reading films")
    )
    some = films.draw(perturbed_films, draw)
    maps = GraphMapper(predictor) if mapper is None else mapper
    found: dict[str, Any] = {}
    by_urgency = sorted(zip(MEASURES, generators, strict=True), key=lambda pair: not pair[0].early)
    for measure, rng in by_urgency:
        bench = Bench(
            films=films,
            some=some,
            predictor=predictor,
            mapper=maps,
            model=path if mapper is None else None,
            rng=rng,
            replicates=replicates,
            progress=told(measure.name),
        )
        found[measure.name] = measure.take(bench)
    return Assessment(
        model=manifest.name,
        graph_sha256=manifest.graph_sha256,
        mapper=maps.name,
        grid=maps.maps(films.images[:1]).shape[2:],
        class_names=manifest.class_names,
        normal_class=manifest.normal_class,
        data=data.source,
        data_digest=table.digest,
        split=data.split,
        films={
            name: int((films.y_true == index).sum())
            for index, name in enumerate(manifest.class_names)
        },
        patients=len(set(films.patients)),
        patients_sentence=table.patients().sentence(),
        patients_warning=table.patients().warning(),
        exposure=films.exposure,
        unreadable=len(films.unreadable),
        perturbed_films=len(some),
        replicates=replicates,
        seed=seed,
        **found,
    )


def record_assessment(assessment: Assessment, model: str | Path | None) -> ModelManifest:
    """Put the main figures of an assessment into the model file, where its card shows them.

    Raises `ModelFileError` where the assessment is of another model.
    """
    return add_provenance(
        find_model(model),
        {"explanations": card_figures(assessment)},
        graph_sha256=assessment.graph_sha256,
    )
