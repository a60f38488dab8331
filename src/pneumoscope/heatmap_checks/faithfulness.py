"""Faithfulness: does the network depend on what its map points at?

Deletion and insertion (Petsiuk et al. 2018): pixels of a film are replaced, those first that a map
calls most important, and the probability of the class called should fall quickly; or they are put
back in that order, and it should rise quickly. A map is judged by how much better it does than maps
that know nothing of the film.

What a pixel is replaced by decides what is measured, and it must not be a finding itself. The usual
choices are: a film that is black, gray or well blurred, or the mean of many films, shows no clear
lungs, and the packaged model takes each of them for pneumonia (probabilities of 0.95 to 0.99,
whatever the film was). So a film is replaced by a superposition, the mean of one film of each
class, drawn at random from other patients. It looks like a film and favours no class by its making;
of several superpositions the one is taken that the network is least sure of. Seams are faded, since
an edge across the chest is a sign of its own.

Still, a patch of haze anywhere makes a film ill, while it takes all of the lungs to make it
healthy: on films called normal, deletion is the easier game, on others insertion. Read the two
together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmaps.mapper import Mapper
from pneumoscope.imaging.preprocessing import place_heatmap
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.intervals import bootstrap_means
from pneumoscope.metrics.operating_points import decide
from pneumoscope.metrics.records import Figure, Record

GAMES = ("deletion", "insertion")
BASELINES = ("random", "centre")
ORDERS = ("map", *BASELINES)

# Superpositions of which the least certain is taken: with 16, the packaged model gave 90 % of them
# a probability of 0.2 to 0.5, while it was nearly certain of half of those taken at random.
SUPERPOSITIONS = 16
# Standard deviation of the fading across a seam, as a share of the side: 4 pixels of 224.
SEAM = 1 / 56


class FaithfulnessFigures(Record):
    """Deletion and insertion on a group of films.

    `curves[game][order]` is the mean probability of the class called after each of the `shares`;
    `areas[game][order]` the mean area under the films' curves; `gains[game][baseline]` how much
    better the map does than a baseline on the same films (above 0 is better). Games are `deletion`
    and `insertion`, orders `map`, `random` and `centre`, and the last two are the baselines.
    """

    films: int
    curves: dict[str, dict[str, tuple[float, ...]]]
    areas: dict[str, dict[str, Figure]]
    gains: dict[str, dict[str, Figure]]


class Faithfulness(Record):
    """`shares` of the film changed, 0 to 1; figures of `all` films and of those called each class.

    A class that no film is called has no entry.
    """

    shares: tuple[float, ...]
    groups: dict[str, FaithfulnessFigures]


def measure_faithfulness(
    films: AssessedFilms,
    predictor: Predictor,
    mapper: Mapper,
    *,
    rng: np.random.Generator,
    replicates: int,
    steps: int = 20,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Faithfulness:
    """Play deletion and insertion with the map of the class that each film is called.

    Calls are made at the operating point `balanced`. The film's pixels change in `steps` equal
    shares of the area. The baseline `random` is a map of noise on the mapper's own grid, enlarged
    like its maps, so that pixels go in patches of the same size; `centre` goes from the middle
    outwards. Where a map makes no difference between pixels, they go in the random map's order: a
    map that says nothing does as well as chance. The network runs about `6 * steps` times a film.

    `progress` is told films done and films in all. Raises `DatasetError` where the films of fewer
    than two classes come from two patients or more, since nothing neutral can be made of them.
    """
    manifest = predictor.manifest
    side = manifest.preprocess.size
    shares = np.linspace(0.0, 1.0, steps + 1)
    drawn = _draw_superpositions(films, rng)
    thresholds = manifest.thresholds("balanced")
    middle = _centre_blob(side)
    called: list[int] = []
    curves: list[Floats] = []
    for rows in films.batches(batch_size, progress):
        images = films.images[rows]
        classes = decide(predictor.answer(images).probabilities, thresholds)
        maps = mapper.maps(images)[np.arange(len(images)), classes]
        noise = rng.normal(size=maps.shape).astype(np.float32)
        for image, class_index, parts, *grids in zip(
            images, classes, drawn[rows], maps, noise, strict=True
        ):
            fill = _least_certain(films.images[parts], predictor, thresholds)
            evidence, chance = (
                place_heatmap(grid, image.shape, manifest.preprocess) for grid in grids
            )
            orders = [_ranks(evidence, chance), _ranks(chance), _ranks(middle)]
            changed = _games(image, fill, orders, shares[1:-1])
            answers = [
                predictor.answer(changed[start : start + batch_size]).probabilities
                for start in range(0, len(changed), batch_size)
            ]
            curves.append(_curves(np.concatenate(answers)[:, class_index], steps))
        called.extend(classes.tolist())
    played = np.stack(curves)
    return Faithfulness(
        shares=tuple(shares.tolist()),
        groups={
            name: _figures(
                played[members], [films.patients[row] for row in members], rng, replicates
            )
            for name, members in _groups(np.array(called), manifest.class_names).items()
        },
    )


def _draw_superpositions(films: AssessedFilms, rng: np.random.Generator) -> Integers:
    """Rows of the films to superpose, one of each class, int64 `(N, SUPERPOSITIONS, C)`."""
    patients = np.array(films.patients)
    by_class = [np.flatnonzero(films.y_true == label) for label in np.unique(films.y_true)]
    # A class that only one patient has could not be drawn for that patient's films.
    classes = [members for members in by_class if np.unique(patients[members]).size > 1]
    if len(classes) < 2:
        raise DatasetError(
            "Faithfulness needs films of two classes or more, each of two patients or more.",
            "Assess films of every class, for instance a whole validation split.",
        )
    drawn = np.empty((len(films), SUPERPOSITIONS, len(classes)), dtype=np.int64)
    for row, patient in enumerate(patients):
        for place, members in enumerate(classes):
            others = members[patients[members] != patient]
            drawn[row, :, place] = rng.choice(others, SUPERPOSITIONS)
    return drawn


def _least_certain(
    parts: NDArray[np.uint8], predictor: Predictor, thresholds: list[float]
) -> NDArray[np.uint8]:
    """The superposition, of those of `parts` `(K, C, S, S)`, that lies nearest to the line."""
    superposed = np.rint(parts.mean(axis=1)).astype(np.uint8)
    certainty = (predictor.answer(superposed).probabilities / thresholds).max(axis=1)
    least: NDArray[np.uint8] = superposed[certainty.argmin()]
    return least


def _ranks(evidence: NDArray[np.float32], ties: NDArray[np.float32] | None = None) -> Floats:
    """The share of the pixels `(S, S)` that come before each; those with most evidence come first.

    `ties` orders pixels of equal evidence in the same way; what ties then too goes row by row.
    """
    keys = (-evidence.ravel(),) if ties is None else (-ties.ravel(), -evidence.ravel())
    ranks = np.empty(evidence.size)
    ranks[np.lexsort(keys)] = np.arange(evidence.size) / evidence.size
    return ranks.reshape(evidence.shape)


def _centre_blob(side: int) -> NDArray[np.float32]:
    """A Gaussian in the middle, whose circles grow until they reach the corners."""
    across = np.linspace(-1.0, 1.0, side)
    blob: NDArray[np.float32] = np.exp(-(across[:, None] ** 2 + across**2)).astype(np.float32)
    return blob


def _games(
    image: NDArray[np.uint8], fill: NDArray[np.uint8], orders: list[Floats], shares: Floats
) -> NDArray[np.uint8]:
    """Every film of both games: `image`, `fill`, then game by game, order by order, share by share.

    The first two are the ends of every curve.
    """
    changed = np.empty((len(GAMES), len(orders), len(shares), *image.shape), dtype=np.uint8)
    before, after = image.astype(np.float32), fill.astype(np.float32)
    for place, ranks in enumerate(orders):
        for step, share in enumerate(shares):
            gone = gaussian_filter((ranks < share).astype(np.float32), SEAM * len(image))
            difference = gone * (after - before)
            changed[0, place, step] = np.rint(before + difference)
            changed[1, place, step] = np.rint(after - difference)
    return np.concatenate([image[None], fill[None], changed.reshape(-1, *image.shape)])


def _curves(probabilities: Floats, steps: int) -> Floats:
    """Curves `(games, orders, shares)` from the probabilities of the films of `_games`."""
    whole, filled, *_ = probabilities
    inner = probabilities[2:].reshape(len(GAMES), len(ORDERS), steps - 1)
    curves = np.pad(inner, ((0, 0), (0, 0), (1, 1)))
    curves[0, :, 0] = curves[1, :, -1] = whole
    curves[0, :, -1] = curves[1, :, 0] = filled
    return curves


def _groups(called: Integers, class_names: tuple[str, ...]) -> Mapping[str, Integers]:
    """Rows of all films, and of those called each class."""
    groups = {"all": np.arange(len(called))}
    for index, name in enumerate(class_names):
        members = np.flatnonzero(called == index)
        if members.size:
            groups[name] = members
    return groups


def _figures(
    curves: Floats, patients: list[str], rng: np.random.Generator, replicates: int
) -> FaithfulnessFigures:
    """Figures of curves `(N, 2, orders, shares)`."""
    # Trapezoids of equal width, so the mean of their middles is the area.
    areas = (curves[..., 1:] + curves[..., :-1]).mean(axis=-1) / 2
    found = {
        ("area", game, order): areas[:, row, column]
        for row, game in enumerate(GAMES)
        for column, order in enumerate(ORDERS)
    }
    for game, sign in zip(GAMES, (-1, 1), strict=True):
        for baseline in BASELINES:
            difference = found["area", game, "map"] - found["area", game, baseline]
            found["gain", game, baseline] = sign * difference
    intervals = bootstrap_means(found, patients, rng=rng, replicates=replicates)
    mean_curves = curves.mean(axis=0)
    return FaithfulnessFigures(
        films=len(curves),
        curves={
            game: {order: tuple(curve.tolist()) for order, curve in zip(ORDERS, drawn, strict=True)}
            for game, drawn in zip(GAMES, mean_curves, strict=True)
        },
        areas={game: {order: intervals["area", game, order] for order in ORDERS} for game in GAMES},
        gains={
            game: {baseline: intervals["gain", game, baseline] for baseline in BASELINES}
            for game in GAMES
        },
    )
