"""Sanity: do maps change when what the network has learned is destroyed?"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import needs_extra
from pneumoscope.heatmap_checks.measure import Bench, Measure
from pneumoscope.heatmap_checks.measure_table import MeasureTable, figure, share
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.rank_correlation import HALF_ALIKE, UNLIKE, rank_correlation
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.metrics.weighted import mean_of_defined
from pneumoscope.modelfile.file import read_model_file
from pneumoscope.wording import count_films, listed

if TYPE_CHECKING:
    from pneumoscope.heatmaps.mapper import Mapper


class RandomisedStage(Record):
    """Weights shuffled from the head down to a depth.

    `weights_share` is the share of all weights that are shuffled, `agreement` the mean rank
    correlation of the maps before and after, over films and repeated shuffles.
    """

    name: str
    weights_share: float
    agreement: Figure


class Sanity(Measure):
    """`stages` from the head alone to the whole network.

    `between_films` is how well maps of different films that are called the same agree with nothing
    shuffled: what maps have in common whatever the film shows.
    """

    name = "sanity"
    title = "Sanity"
    question = "Do maps show what the network has learned?"
    needs = "maps that the model file draws itself, and these come from another method"
    early = True

    films: int
    between_films: Figure
    stages: tuple[RandomisedStage, ...]

    @classmethod
    def take(cls, bench: Bench, shuffles: int = 5) -> Self | None:
        """Measure how far the maps of a model file change when its weights are shuffled.

        Its layers are shuffled from the head down (cascading randomisation, Adebayo et al. 2018;
        see `shuffle_from_the_head`), in the graph itself, so that what is checked is what ships.
        Maps that depend on what was learned lose all agreement; those that only trace edges keep
        it. All maps are the evidence for the class that the unshuffled model calls at the operating
        point `balanced`, on the graph's own grid. One shuffled head turns the maps of all films in
        one direction, so films are averaged over `shuffles` of them; intervals tell the spread
        between patients, not between shuffles.

        Progress is told after each shuffle, as if films went through all of them in turn. Raises
        `ModelFileError` as `read_model_file` does, and `MissingExtraError` without onnx.
        """
        if bench.model is None:
            return None
        with needs_extra("Shuffling a model's weights", "train"):
            from pneumoscope.heatmap_checks.shuffled_weights import shuffle_from_the_head
        from onnxruntime import InferenceSession

        from pneumoscope.heatmaps.mapper import GraphMapper
        from pneumoscope.inference.predictor import Predictor

        films = bench.some
        rows = np.arange(len(films))
        called = bench.call(bench.probabilities(films.images))
        evidence = _evidence(bench.mapper, bench)
        own = _maps(evidence, rows, called)
        data, manifest = read_model_file(bench.model)
        agreements: dict[tuple[str, float], list[Floats]] = defaultdict(list)
        for repeat in range(1, shuffles + 1):
            for shuffled in shuffle_from_the_head(data, bench.rng):
                session = InferenceSession(shuffled.graph, providers=["CPUExecutionProvider"])
                after = _evidence(GraphMapper(Predictor(session, manifest)), bench)
                agreements[shuffled.stage, shuffled.weights_share].append(
                    rank_correlation(own, _maps(after, rows, called))
                )
            if bench.progress:
                bench.progress(len(films) * repeat // shuffles, len(films))
        others = _others_called_the_same(called, bench.rng)
        alike = rank_correlation(own, _maps(evidence, others, called))
        alike[others == rows] = np.nan
        (between,) = bench.means({"films": alike}, films.patients).values()
        means = bench.means(
            {name: mean_of_defined(np.stack(found, axis=-1)) for name, found in agreements.items()},
            films.patients,
        )
        stages = [
            RandomisedStage(name=name, weights_share=weights, agreement=agreement)
            for (name, weights), agreement in means.items()
        ]
        return cls(films=len(films), between_films=between, stages=tuple(stages))

    def verdict(self) -> str:
        *_, last = self.stages
        left, common = last.agreement.value, self.between_films
        if math.isnan(left):
            verdict = "This could not be told: shuffled networks draw maps without any differences."
        elif left < UNLIKE:
            verdict = "Yes: hardly anything of the maps is left when that is destroyed."
        elif left < HALF_ALIKE:
            verdict = "In part: when that is destroyed the maps change, but not wholly."
        else:
            verdict = (
                "No: when that is destroyed the maps stay much the same. They mostly show the film "
                "itself."
            )
        stages = listed([f"{stage.name} {stage.agreement.value:.3f}" for stage in self.stages])
        alike = ""
        if common.value >= HALF_ALIKE:
            alike = ": most of a map is the same whatever the film shows"
        return (
            f"{verdict} Agreement of the maps before and after shuffling weights, where 1 is the "
            f"same and 0 nothing in common: {stages}. With nothing shuffled, maps of different "
            f"films agree by {common.value:.3f}{alike}."
        )

    def table(self) -> MeasureTable:
        unshuffled = RandomisedStage(
            name="none, two films", weights_share=0.0, agreement=self.between_films
        )
        return MeasureTable(
            f"Mean rank correlation of maps before and after, {count_films(self.films)}; with 95 % "
            "intervals",
            [
                {
                    "Weights shuffled": stage.name,
                    "Share of all": share(stage.weights_share),
                    "Agreement of maps": figure(stage.agreement),
                }
                for stage in (*self.stages, unshuffled)
            ],
        )

    def card_figures(self, normal_class: str | None) -> dict[str, Any]:
        return {"all_layers": self.stages[-1].agreement, "between_films": self.between_films}

    @staticmethod
    def card_sentences(figures: Mapping[str, Any]) -> Iterator[str]:
        yield (
            f"Agreement with maps of the shuffled network: {figures['all_layers']}; of different "
            f"films: {figures['between_films']}."
        )


def _evidence(mapper: Mapper, bench: Bench) -> NDArray[np.float32]:
    """Evidence of all films for each class, `(N, C, h, w)`."""
    films = bench.some
    batches = films.batches(bench.batch_size)
    return np.concatenate([mapper.maps(films.images[rows]) for rows in batches])


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
