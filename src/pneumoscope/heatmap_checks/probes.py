"""Shortcut probes: what can the model still tell when parts of the film are gone?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics import weighted
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.classification import decision_metrics, score_metrics
from pneumoscope.metrics.intervals import bootstrap_intervals
from pneumoscope.metrics.operating_points import decide
from pneumoscope.metrics.records import Figure, Record

# Shares of the side. Lung fields are rough and findings may touch their rim, so fields are widened;
# they fade out, since a sharp black edge is a shape that no film has.
MARGIN = 0.04
FADE = 0.03
# Side markers lie in the corners, seldom more than a fifth of the side from the edge.
CORNER = 0.2

WHOLE_FILM = "whole film"
WITHOUT_LUNGS = "without lungs"
LUNGS_ONLY = "lungs only"
CORNERS_COVERED = "corners covered"


class ProbedFilms(Record):
    """The model on films of which something is covered.

    `accuracy` is that at the operating point `balanced`, `roc_auc` the macro average over classes;
    `called` the share of films called each class.
    """

    name: str
    description: str
    accuracy: Figure
    roc_auc: Figure
    called: dict[str, float]


class Probes(Record):
    """The same films, whole (the first probe, `whole film`) and with parts covered.

    `lung_area_roc_auc` is how well the mere area of the lung fields tells the classes apart, which
    no covering hides. It is turned so that it is at least 0.5, whichever class has larger fields,
    and `None` for more than two classes.
    """

    films: int
    conditions: tuple[ProbedFilms, ...]
    lung_area_roc_auc: Figure | None


def everything(lungs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Keep the whole film."""
    return np.ones(lungs.shape, dtype=np.float32)


def only_lungs(lungs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Keep lung fields bool `(S, S)` widened by `MARGIN`, and fade out over `FADE`."""
    distance = distance_transform_edt(~lungs) / lungs.shape[0]
    kept: NDArray[np.float32] = np.clip(1 - (distance - MARGIN) / FADE, 0, 1).astype(np.float32)
    return kept


def all_but_lungs(lungs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Keep what `only_lungs` covers."""
    return 1 - only_lungs(lungs)


def all_but_corners(lungs: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Cover squares of `CORNER` in the four corners, but no lung."""
    side = lungs.shape[0]
    reach = round(CORNER * side)
    kept = everything(lungs)
    for rows in (slice(reach), slice(side - reach, side)):
        for columns in (slice(reach), slice(side - reach, side)):
            kept[rows, columns] = lungs[rows, columns]
    return kept


@dataclass(frozen=True)
class Probe:
    """A way of covering films.

    `kept` takes the lung field of a film, bool `(S, S)`, to the share of each pixel that is left of
    the film, float32 `(S, S)` in 0 to 1. The rest is black, as where a film was collimated.
    """

    name: str
    description: str
    kept: Callable[[NDArray[np.bool_]], NDArray[np.float32]]

    def cover(self, image: NDArray[np.uint8], lungs: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """A film with its lung field as the network gets to see it: uint8 `(S, S)` all."""
        covered: NDArray[np.uint8] = np.rint(image * self.kept(lungs)).astype(np.uint8)
        return covered


PROBES = (
    Probe(WHOLE_FILM, "Nothing is covered.", everything),
    Probe(
        WITHOUT_LUNGS,
        f"The lung fields and {100 * MARGIN:.0f} % of the side around them are black.",
        all_but_lungs,
    ),
    Probe(
        LUNGS_ONLY,
        f"All but the lung fields and {100 * MARGIN:.0f} % of the side around them is black.",
        only_lungs,
    ),
    Probe(
        CORNERS_COVERED,
        f"The four corners, {100 * CORNER:.0f} % of the side each way, are black, but no lung is.",
        all_but_corners,
    ),
)


def measure_probes(
    films: AssessedFilms,
    predictor: Predictor,
    *,
    rng: np.random.Generator,
    replicates: int,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Probes:
    """Measure what the model still tells when films are covered, all `PROBES` on the same films.

    `progress` is told films done and films in all. Raises `DatasetError` where no film has a lung
    field.
    """
    chosen, lungs = films.with_lungs()
    answers: dict[str, list[Floats]] = {probe.name: [] for probe in PROBES}
    for rows in chosen.batches(batch_size, progress):
        for probe in PROBES:
            pairs = zip(chosen.images[rows], lungs[rows], strict=True)
            covered = np.stack([probe.cover(image, field) for image, field in pairs])
            answers[probe.name].append(predictor.answer(covered).probabilities)
    manifest = predictor.manifest
    y_score = {name: np.concatenate(batches) for name, batches in answers.items()}
    y_pred = {
        name: decide(table, manifest.thresholds("balanced")) for name, table in y_score.items()
    }
    statistic = _statistic(chosen.y_true, y_score, y_pred, manifest.class_names)
    intervals = bootstrap_intervals(statistic, chosen.patients, rng=rng, replicates=replicates)
    lung_area = None
    if len(manifest.class_names) == 2:
        area = _turned(lungs.mean(axis=(1, 2)), chosen.y_true)
        lung_area = bootstrap_intervals(
            lambda weights: {"roc_auc": weighted.roc_auc(chosen.y_true, area, weights)},
            chosen.patients,
            rng=rng,
            replicates=replicates,
        )["roc_auc"]
    return Probes(
        films=len(chosen),
        conditions=tuple(
            ProbedFilms(
                name=probe.name,
                description=probe.description,
                accuracy=intervals[probe.name, "accuracy"],
                roc_auc=intervals[probe.name, "roc_auc"],
                called={
                    class_name: float((y_pred[probe.name] == index).mean())
                    for index, class_name in enumerate(manifest.class_names)
                },
            )
            for probe in PROBES
        ),
        lung_area_roc_auc=lung_area,
    )


def _statistic(
    y_true: Integers,
    y_score: Mapping[str, Floats],
    y_pred: Mapping[str, Integers],
    class_names: tuple[str, ...],
) -> Callable[[Floats], dict[tuple[str, str], Floats]]:
    """The figures of all probes as one function of weights, so that they share each replicate."""

    def statistic(weights: Floats) -> dict[tuple[str, str], Floats]:
        figures = {}
        for name, table in y_score.items():
            scores = score_metrics(y_true, table, class_names, weights)
            matrices = weighted.confusion(y_true, y_pred[name], len(class_names), weights)
            figures[name, "roc_auc"] = scores["roc_auc"]
            figures[name, "accuracy"] = decision_metrics(matrices, class_names)["accuracy"]
        return figures

    return statistic


def _turned(values: Floats, y_true: Integers) -> Floats:
    """`values` `(N,)`, negated where class 1 has the lower ones: their ROC-AUC is 0.5 or more."""
    area = weighted.roc_auc(y_true, values, np.ones((1, values.size)))[0]
    return -values if area < 0.5 else values
