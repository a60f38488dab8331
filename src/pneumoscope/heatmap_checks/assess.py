"""How far can the heatmaps of a model be trusted? All measures, on the same labelled films."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.heatmap_checks.anatomy import measure_anatomy
from pneumoscope.heatmap_checks.assessed_films import read_assessed_films
from pneumoscope.heatmap_checks.assessment import Assessment
from pneumoscope.heatmap_checks.card_figures import card_figures
from pneumoscope.heatmap_checks.faithfulness import measure_faithfulness
from pneumoscope.heatmap_checks.localisation import measure_localisation
from pneumoscope.heatmap_checks.probes import measure_probes
from pneumoscope.heatmap_checks.questions import QUESTIONS
from pneumoscope.heatmap_checks.sanity import measure_sanity
from pneumoscope.heatmap_checks.stability import measure_stability
from pneumoscope.heatmaps.mapper import GraphMapper, Mapper
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.file import ModelManifest, add_provenance
from pneumoscope.modelfile.find import find_model

PERTURBED_FILMS = 200

Progress = Callable[[str, int, int], None]


def assess(
    model: str | Path | None,
    data: FilmTable | str | Path,
    *,
    split: str | None = None,
    labels: Labels = "folder",
    lung_fields: Path | None = None,
    boxes: Path | None = None,
    mapper: Mapper | None = None,
    perturbed_films: int = PERTURBED_FILMS,
    replicates: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Assessment:
    """Measure the heatmaps of a model on labelled films.

    `model` and `data` are what `evaluate` takes. `lung_fields` is a folder of lung masks, which
    anatomy and probes need; `boxes` a table of opacities, which localisation needs (see
    `read_assessed_films`). `mapper` draws the maps, by default the model file itself; the check of
    sanity is left out for others, whose network is not in the file. Faithfulness, sanity and
    stability run the network more than a hundred times a film, so they are measured on
    `perturbed_films` of the films, drawn at random with the share of each class kept. `replicates`
    and `seed` are the bootstrap's, and `seed` draws films and noise too. `progress` is told what is
    being measured, films done, and films in all.

    Raises what `Predictor.load`, `find_films` and `read_assessed_films` raise, `DatasetError` for
    an empty split and unless two classes have films of two patients or more each, and
    `MissingExtraError` without the packages that shuffle the weights.
    """
    path = find_model(model)
    predictor = Predictor.load(path)
    manifest = predictor.manifest
    table = find_labelled_films(data, split=split, labels=labels)

    # A generator for each part: what one draws does not depend on whether another ran.
    seeds = np.random.SeedSequence(seed).spawn(1 + len(QUESTIONS))
    draw, *generators = (np.random.default_rng(child) for child in seeds)
    rngs = dict(zip(QUESTIONS, generators, strict=True))

    def told(what: str) -> Callable[[int, int], None] | None:
        return None if progress is None else partial(progress, what)

    def settings(part: str) -> dict[str, Any]:
        return {"rng": rngs[part], "replicates": replicates, "progress": told(part)}

    films = read_assessed_films(
        predictor, table, lung_fields=lung_fields, boxes=boxes, progress=told("reading films")
    )
    some = films.draw(perturbed_films, draw)
    maps = GraphMapper(predictor) if mapper is None else mapper
    # First, because it is the one that may lack a package.
    sanity = measure_sanity(some, path, **settings("sanity")) if mapper is None else None
    return Assessment(
        model=manifest.name,
        graph_sha256=manifest.graph_sha256,
        mapper=maps.name,
        grid=maps.maps(films.images[:1]).shape[2:],
        class_names=manifest.class_names,
        normal_class=manifest.normal_class,
        data=str(table.root if isinstance(data, FilmTable) else data),
        data_digest=table.digest,
        split=split,
        films={
            name: int((films.y_true == index).sum())
            for index, name in enumerate(manifest.class_names)
        },
        patients=len(set(films.patients)),
        unreadable=len(films.unreadable),
        perturbed_films=len(some),
        replicates=replicates,
        seed=seed,
        faithfulness=measure_faithfulness(some, predictor, maps, **settings("faithfulness")),
        sanity=sanity,
        stability=measure_stability(some, predictor, maps, **settings("stability")),
        anatomy=None
        if films.lungs is None
        else measure_anatomy(films, predictor, maps, **settings("anatomy")),
        localisation=None
        if films.boxes is None
        else measure_localisation(films, predictor, maps, **settings("localisation")),
        probes=None
        if films.lungs is None
        else measure_probes(films, predictor, **settings("probes")),
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
