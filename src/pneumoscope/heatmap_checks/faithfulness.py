"""Faithfulness: does the network depend on what its map points at?

Deletion and insertion are played with the map (see `deletion_insertion.py`). It is judged by how
much better it does than maps that know nothing of the film.

A patch of haze anywhere makes a film ill, while it takes all of the lungs to make it healthy: on
films called normal, deletion is the easier game, on others insertion. Read the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from pneumoscope.heatmap_checks.deletion_insertion import (
    GAMES,
    centre_blob,
    draw_superpositions,
    least_certain,
    play,
    ranks,
)
from pneumoscope.heatmap_checks.measure import Bench, Measure
from pneumoscope.heatmap_checks.measure_table import MeasureTable, count, figure
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.intervals import Number
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.wording import count_films, listed

BASELINES = {"random": "a random order", "centre": "an order from the centre outwards"}
ORDERS = ("map", *BASELINES)


class FaithfulnessFigures(Record):
    """Deletion and insertion on a group of films.

    `curves[game][order]` is the mean probability of the class called after each of the `shares`;
    `areas[game][order]` the mean area under the films' curves; `gains[game][baseline]` how much
    better the map does than a baseline on the same films (above 0 is better). Games are `deletion`
    and `insertion`, orders `map`, `random` and `centre`, and the last two are the baselines.
    """

    films: int
    curves: dict[str, dict[str, tuple[Number, ...]]]
    areas: dict[str, dict[str, Figure]]
    gains: dict[str, dict[str, Figure]]


class Faithfulness(Measure):
    """`shares` of the film changed, 0 to 1; figures of `all` films and of those called each class.

    A class that no film is called has no entry.
    """

    name = "faithfulness"
    title = "Faithfulness"
    question = "Does the network depend on what its maps point at?"
    reading = (
        "Read the two together: a shadow anywhere makes a film ill, while all of both lungs make "
        "it healthy. So deletion is the easier game on films called normal, and insertion on "
        "others."
    )

    shares: tuple[float, ...]
    groups: dict[str, FaithfulnessFigures]

    @classmethod
    def take(cls, bench: Bench, steps: int = 20) -> Self:
        """Play deletion and insertion with the map of the class that each film is called.

        Calls are made at the operating point `balanced`. The film's pixels change in `steps` equal
        shares of the area. The baseline `random` is a map of noise on the mapper's own grid,
        enlarged like its maps, so that pixels go in patches of the same size; `centre` goes from
        the middle outwards. Where a map makes no difference between pixels, they go in the random
        map's order: a map that says nothing does as well as chance. The network runs about
        `6 * steps` times a film.

        Raises `DatasetError` where the films of fewer than two classes come from two patients or
        more.
        """
        films = bench.some
        shares = np.linspace(0.0, 1.0, steps + 1)
        drawn = draw_superpositions(films, bench.rng)
        outwards = ranks(centre_blob(bench.manifest.preprocess.size))
        called: list[int] = []
        curves: list[Floats] = []
        for batch in films.batches(bench.batch_size, bench.progress):
            images = films.images[batch]
            classes = bench.call(bench.probabilities(images))
            maps = bench.mapper.maps(images)[np.arange(len(images)), classes]
            noise = bench.rng.normal(size=maps.shape).astype(np.float32)
            for image, class_index, parts, *grids in zip(
                images, classes, drawn[batch], maps, noise, strict=True
            ):
                evidence, chance = map(bench.enlarge, grids)
                orders = [ranks(evidence, chance), ranks(chance), outwards]
                fill = least_certain(films.images[parts], bench)
                curves.append(play(bench, image, fill, orders, shares)[..., class_index])
            called.extend(classes.tolist())
        members = {"all": np.arange(len(films))}
        for index, name in enumerate(bench.manifest.class_names):
            members[name] = np.flatnonzero(np.equal(called, index))
        played = np.stack(curves)
        groups = {
            name: _figures(played[rows], [films.patients[row] for row in rows], bench)
            for name, rows in members.items()
            if rows.size
        }
        return cls(shares=tuple(shares.tolist()), groups=groups)

    def verdict(self) -> str:
        everything = self.groups["all"]
        won = {
            baseline: all(gains[baseline].low > 0 for gains in everything.gains.values())
            for baseline in BASELINES
        }
        if all(won.values()):
            verdict = "Yes, more than on places that need no map."
        elif won["random"]:
            verdict = (
                "More than on random places, but not clearly more than on the middle of the film: "
                "what maps show may be little more than where the lungs usually are."
            )
        else:
            verdict = "It could not be shown that it does."
        groups = [_against_baselines(name, figures) for name, figures in self.groups.items()]
        return " ".join([verdict, *groups])

    def table(self) -> MeasureTable:
        areas = {order: f"Area, {order}" for order in ORDERS}
        return MeasureTable(
            "Areas under the curves, means over films with 95 % intervals: less is better in "
            "deletion, more in insertion. And how much better the map does than orders that need "
            "no map: above 0 it is better",
            [
                {
                    "Films": group_title(group),
                    "Number": count(figures.films),
                    "Curve": game,
                    **{areas[order]: figure(figures.areas[game][order]) for order in ORDERS},
                    "Better than random by": figure(gains["random"]),
                    "Better than the centre by": figure(gains["centre"]),
                }
                for group, figures in self.groups.items()
                for game, gains in figures.gains.items()
            ],
            pages_only=tuple(areas.values()),
        )

    def card_figures(self, normal_class: str | None) -> dict[str, Any]:
        return {
            f"{game}_gain_{baseline}": gain
            for game, gains in self.groups["all"].gains.items()
            for baseline, gain in gains.items()
        }

    @staticmethod
    def card_sentences(figures: Mapping[str, Any]) -> Iterator[str]:
        for game in GAMES:
            yield (
                f"{game.capitalize()}: gain over a random order {figures[f'{game}_gain_random']}, "
                f"over the centre first {figures[f'{game}_gain_centre']}."
            )


def _figures(curves: Floats, patients: list[str], bench: Bench) -> FaithfulnessFigures:
    """Figures of curves `(N, games, orders, shares)`."""
    # Trapezoids of equal width, so the mean of their middles is the area.
    areas = (curves[..., 1:] + curves[..., :-1]).mean(axis=-1) / 2
    values = {
        ("areas", game, order): areas[:, row, column]
        for row, game in enumerate(GAMES)
        for column, order in enumerate(ORDERS)
    }
    for game, sign in zip(GAMES, (-1, 1), strict=True):
        for baseline in BASELINES:
            difference = values["areas", game, "map"] - values["areas", game, baseline]
            values["gains", game, baseline] = sign * difference
    found: dict[str, Any] = {kind: {game: {} for game in GAMES} for kind in ("areas", "gains")}
    for (kind, game, order), interval in bench.means(values, patients).items():
        found[kind][game][order] = interval
    mean_curves = curves.mean(axis=0).tolist()
    found["curves"] = {
        game: dict(zip(ORDERS, drawn, strict=True))
        for game, drawn in zip(GAMES, mean_curves, strict=True)
    }
    return FaithfulnessFigures(films=len(curves), **found)


def group_title(group: str) -> str:
    """What a group of `Faithfulness.groups` is called: all films, or those called a class."""
    return "All films" if group == "all" else f"Films called {group}"


def _against_baselines(name: str, figures: FaithfulnessFigures) -> str:
    """What the map does better and worse than the baselines on one group of films."""
    better, unsure, worse = [], [], []
    for game, gains in figures.gains.items():
        for baseline, gain in gains.items():
            place = f"{BASELINES[baseline]} in {game} ({_signed(gain.value)})"
            if gain.low > 0:
                better.append(place)
            elif gain.high < 0:
                worse.append(place)
            else:
                unsure.append(place)
    called = f"the {count_films(figures.films)} called {name}"
    if name != "all" and not unsure and not worse:
        return f"So it does on {called}."
    found = []
    if better:
        found.append(f"the map does better than {listed(better)}")
    if worse:
        found.append(f"the map does worse than {listed(worse)}")
    if unsure:
        reach = "interval reaches" if len(unsure) == 1 else "intervals reach"
        found.append(f"there is no clear difference from {listed(unsure)}: the {reach} zero")
    films = f"all {count_films(figures.films)}" if name == "all" else called
    return f"On {films}, {'; '.join(found)}."


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
