"""Shortcut probes: how well trivial statistics of a film give its label away.

A network takes whatever separates the classes. Where sharpness, brightness or the size of the file
already do, a high accuracy may measure the scanner and not the lung (Geirhos et al. 2020, "Shortcut
learning in deep neural networks").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.measures import FilmMeasures
from pneumoscope.metrics import weighted
from pneumoscope.metrics.figures import Figures
from pneumoscope.metrics.intervals import Interval, bootstrap_intervals
from pneumoscope.recipe.settings import Statistic

FRAME = "frame_only"
ACQUISITION = "acquisition"
"""What the probes of `linear_probe.py` call their statistics."""
STATISTICS = tuple(name for name in get_args(Statistic) if name not in (FRAME, ACQUISITION))
"""What is measured on single films."""


@dataclass(frozen=True)
class ShortcutProbe:
    """How well one statistic tells films of `class_name` from all others.

    `auc` is the ROC-AUC, turned so that it is at least 0.5; `direction` says which way it had to be
    turned: films of the class have `higher` or `lower` values. With several classes it is the class
    that is told best.
    """

    statistic: str
    class_name: str
    direction: str
    auc: Interval
    medians: Mapping[str, float]

    @property
    def sentence(self) -> str:
        """What the probe found, for people."""
        if self.statistic == FRAME:
            return (
                f"The outermost 1/32 of the frame alone tells {self.class_name} with an AUC of "
                f"{self.auc}, by a linear model judged on other patients."
            )
        if self.statistic == ACQUISITION:
            return (
                f"How films were made (surroundings, gray levels, sharpness, markers, framing) "
                f"tells {self.class_name} with an AUC of {self.auc}, by a linear model judged on "
                "other patients."
            )
        statistic = self.statistic.replace("_", " ")
        return (
            f"{statistic.capitalize()} alone, {self.direction} in {self.class_name}, tells it"
            f" with an AUC of {self.auc}."
        )


def probe_shortcuts(
    films: Sequence[FilmMeasures],
    y_true: NDArray[np.int64],
    patients: Sequence[str],
    class_names: Sequence[str],
    rng: np.random.Generator,
    replicates: int = 500,
) -> list[ShortcutProbe]:
    """Probe every one of `STATISTICS`, the strongest first.

    `y_true` is int64 `(N,)` and `patients` `(N,)`, both in the order of `films`. Intervals are
    95 %, by the bootstrap over patients. A statistic that is the same for all films is left out,
    and so is every class that has all films or none.
    """
    # With two classes, telling one is telling the other: the second (ill) speaks for both.
    classes = range(1, 2) if len(class_names) == 2 else range(len(class_names))
    probes = []
    for statistic in STATISTICS:
        values = np.array([getattr(film, statistic) for film in films], dtype=np.float64)
        if len(films) == 0 or np.ptp(values) == 0:
            continue
        areas: dict[int, tuple[float, str]] = {}
        for label in classes:
            member = y_true == label
            if 0 < member.sum() < member.size:
                told = float(area(member, values, np.ones((1, member.size)))["auc"][0])
                areas[label] = (max(told, 1 - told), "higher" if told >= 0.5 else "lower")
        if not areas:
            continue
        best = max(areas, key=lambda label: areas[label][0])
        direction = areas[best][1]
        turned = values if direction == "higher" else -values
        statistic_of = partial(area, y_true == best, turned)
        interval = bootstrap_intervals(statistic_of, patients, rng=rng, replicates=replicates)
        medians = {
            name: float(np.median(values[y_true == label]))
            for label, name in enumerate(class_names)
            if (y_true == label).any()
        }
        probes.append(
            ShortcutProbe(statistic, class_names[best], direction, interval["auc"], medians)
        )
    return sorted(probes, key=lambda probe: -probe.auc.value)


def area(
    member: NDArray[np.bool_], values: NDArray[np.float64], weights: NDArray[np.float64]
) -> Figures[str]:
    """The ROC-AUC of `values` for films that are a `member` of a class, both `(N,)`, as `auc`;
    `weights` are float64 `(B, N)`."""
    films, others = weights @ member, weights @ ~member
    return Figures(
        {"auc": weighted.roc_auc(member.astype(np.int64), values, weights)},
        areas={"auc": weighted.ratio(2 * films * others, films + others)},
    )
