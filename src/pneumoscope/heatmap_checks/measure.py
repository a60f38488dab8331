"""What a measure of heatmaps is, and the bench on which it is taken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pneumoscope.heatmap_checks.measure_table import MeasureTable
from pneumoscope.imaging.preprocessing import place_heatmap
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.figures import Name
from pneumoscope.metrics.intervals import Interval, bootstrap_intervals, bootstrap_means
from pneumoscope.metrics.operating_points import decide
from pneumoscope.metrics.records import Record

if TYPE_CHECKING:
    # Cards of models list the measures and take none: they must not wait for ONNX Runtime. For the
    # same reason measures import scipy and the like only where they use it.
    from pathlib import Path

    from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
    from pneumoscope.heatmaps.mapper import Mapper
    from pneumoscope.inference.predictor import Predictor
    from pneumoscope.modelfile.manifest import ModelManifest


@dataclass(frozen=True)
class Bench:
    """All that a measure works with.

    `films` are all films, `some` those drawn for measures that run the network many times a film.
    `mapper` draws the maps; where the model file does so itself, `model` is that file. `rng` is the
    measure's own, `replicates` those of the bootstrap. `progress` is told films done and films in
    all.
    """

    films: AssessedFilms
    some: AssessedFilms
    predictor: Predictor
    mapper: Mapper
    model: Path | None
    rng: np.random.Generator
    replicates: int
    batch_size: int = 32
    progress: Callable[[int, int], None] | None = None

    @property
    def manifest(self) -> ModelManifest:
        """The model's."""
        return self.predictor.manifest

    def probabilities(self, images: NDArray[np.uint8]) -> Floats:
        """What the model answers for images `(N, S, S)`, however many: float64 `(N, C)`."""
        starts = range(0, len(images), self.batch_size)
        batches = [images[start : start + self.batch_size] for start in starts]
        return np.concatenate([self.predictor.answer(batch).probabilities for batch in batches])

    def call(self, probabilities: Floats) -> Integers:
        """The class that each film `(N, C)` is called at the operating point `balanced`."""
        return decide(probabilities, self.manifest.thresholds("balanced"))

    def enlarge(self, cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """A map `(h, w)` on the network's square as people see it, `(S, S)`."""
        config = self.manifest.preprocess
        return place_heatmap(cells, (config.size, config.size), config)

    def intervals(
        self, statistic: Callable[[Floats], Mapping[Name, Floats]], patients: Sequence[str]
    ) -> dict[Name, Interval]:
        """Figures of a sample of films, as `bootstrap_intervals` makes them."""
        return bootstrap_intervals(statistic, patients, rng=self.rng, replicates=self.replicates)

    def means(
        self,
        values: Mapping[Name, Floats],
        patients: Sequence[str],
        shares: Collection[Name] = (),
    ) -> dict[Name, Interval]:
        """Means of figures of single films, `(N,)` each, as `bootstrap_means` makes them."""
        return bootstrap_means(
            values, patients, rng=self.rng, replicates=self.replicates, shares=shares
        )


class Measure(Record, ABC):
    """A question about heatmaps: the class asks it, an instance is what was found.

    `name` is the field of `Assessment` that holds it. `needs` is what has to be given first, and
    `reading` what a reader must know before the figures. `early` measures are taken before others:
    they may fail for want of a package.

    A new one is a module of its own, and listed in `assessment.py`; its picture, if it has one, is
    listed in `report/heatmap_check_plots.py`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    needs: ClassVar[str] = ""
    reading: ClassVar[str] = ""
    early: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def take(cls, bench: Bench) -> Self | None:
        """Measure it; `None` where what it needs was not given."""

    @abstractmethod
    def verdict(self) -> str:
        """What was found, in plain words. The first sentence is the answer."""

    @abstractmethod
    def table(self) -> MeasureTable:
        """Its figures."""

    @abstractmethod
    def card_figures(self, normal_class: str | None) -> Mapping[str, Any] | None:
        """The figures that say most, for a model file: intervals and JSON values by their names."""

    @staticmethod
    @abstractmethod
    def card_sentences(figures: Mapping[str, Any]) -> Iterable[str]:
        """`card_figures` in words."""
