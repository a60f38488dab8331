"""Sanity: do maps change when what the network has learned is destroyed?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pneumoscope.errors import needs_extra
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.inference.prediction import class_evidence
from pneumoscope.inference.predictor import NetworkAnswer, Predictor
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.intervals import bootstrap_means
from pneumoscope.metrics.operating_points import decide
from pneumoscope.metrics.rank_correlation import rank_correlation
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.metrics.weighted import mean_of_defined
from pneumoscope.modelfile.file import ModelManifest, read_model_file


class RandomisedStage(Record):
    """Weights shuffled from the head down to a depth.

    `weights_share` is the share of all weights that are shuffled, `agreement` the mean rank
    correlation of the maps before and after, over films and repeated shuffles.
    """

    name: str
    weights_share: float
    agreement: Figure


class Sanity(Record):
    """`stages` from the head alone to the whole network.

    `between_films` is how well maps of different films that are called the same agree with nothing
    shuffled: what maps have in common whatever the film shows.
    """

    films: int
    between_films: Figure
    stages: tuple[RandomisedStage, ...]


def measure_sanity(
    films: AssessedFilms,
    model: str | Path | bytes,
    *,
    rng: np.random.Generator,
    replicates: int,
    shuffles: int = 5,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Sanity:
    """Measure how far the maps of a model file change when its weights are shuffled.

    `model` is the file or its bytes. Its layers are shuffled from the head down (cascading
    randomisation, Adebayo et al. 2018; see `shuffle_from_the_head`), in the graph itself, so that
    what is checked is what ships. Maps that depend on what was learned lose all agreement; those
    that only trace edges keep it. All maps are the evidence for the class that the unshuffled model
    calls at the operating point `balanced`, on the graph's own grid. One shuffled head turns the
    maps of all films in one direction, so films are averaged over `shuffles` of them; intervals
    tell the spread between patients, not between shuffles.

    `progress` is told films done and films in all, after each shuffle, as if films went through
    all of them in turn. Raises `ModelFileError` as `read_model_file` does, and `MissingExtraError`
    without onnx.
    """
    with needs_extra("Shuffling a model's weights", "train"):
        from pneumoscope.heatmap_checks.shuffled_weights import shuffle_from_the_head

    data, manifest = read_model_file(model)
    answers = list(_answers(data, manifest, films, batch_size))
    probabilities = np.concatenate([answer.probabilities for answer in answers])
    called = decide(probabilities, manifest.thresholds("balanced"))
    evidence = _evidence(answers)
    own = _maps(evidence, np.arange(len(films)), called)
    agreements: dict[tuple[str, float], list[Floats]] = defaultdict(list)
    for repeat in range(1, shuffles + 1):
        for shuffled in shuffle_from_the_head(data, rng):
            after = _evidence(_answers(shuffled.graph, manifest, films, batch_size))
            agreements[shuffled.stage, shuffled.weights_share].append(
                rank_correlation(own, _maps(after, np.arange(len(films)), called))
            )
        if progress:
            progress(len(films) * repeat // shuffles, len(films))
    others = _others_called_the_same(called, rng)
    alike = rank_correlation(own, _maps(evidence, others, called))
    alike[others == np.arange(len(films))] = np.nan
    stages = {
        stage: mean_of_defined(np.stack(repeats, axis=-1)) for stage, repeats in agreements.items()
    }
    (between,) = bootstrap_means(
        {"films": alike}, films.patients, rng=rng, replicates=replicates
    ).values()
    intervals = bootstrap_means(stages, films.patients, rng=rng, replicates=replicates)
    return Sanity(
        films=len(films),
        between_films=between,
        stages=tuple(
            RandomisedStage(name=name, weights_share=share, agreement=intervals[name, share])
            for name, share in stages
        ),
    )


def _answers(
    graph: bytes, manifest: ModelManifest, films: AssessedFilms, batch_size: int
) -> Iterator[NetworkAnswer]:
    predictor = Predictor(
        onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"]), manifest
    )
    for rows in films.batches(batch_size):
        yield predictor.answer(films.images[rows])


def _evidence(answers: Iterable[NetworkAnswer]) -> NDArray[np.float32]:
    """Evidence of all films for each class, `(N, C, h, w)`."""
    return np.concatenate([class_evidence(answer.cam) for answer in answers])


def _maps(evidence: NDArray[np.float32], films: Integers, classes: Integers) -> NDArray[np.float32]:
    """The map of each of some films for one class, `(N, h * w)`."""
    return evidence[films, classes].reshape(len(films), -1)


def _others_called_the_same(called: Integers, rng: np.random.Generator) -> Integers:
    """For each film another one that is called the same, or itself where there is none."""
    others = np.empty_like(called)
    for index in np.unique(called):
        members = rng.permutation(np.flatnonzero(called == index))
        others[members] = np.roll(members, 1)
    return others
