"""Deletion and insertion: films of which more and more is replaced.

After Petsiuk et al. (2018): pixels of a film are replaced, those first that a map calls most
important, and the probability of the class called should fall quickly; or they are put back in that
order, and it should rise quickly.

What a pixel is replaced by decides what is measured, and it must not be a finding itself. The usual
choices are: a film that is black, gray or well blurred, or the mean of many films, shows no clear
lungs, and the packaged model takes each of them for pneumonia (probabilities of 0.95 to 0.99,
whatever the film was). So a film is replaced by a superposition, the mean of one film of each
class, drawn at random from other patients. It looks like a film and favours no class by its making;
of several superpositions the one is taken that the network is least sure of. Seams are faded, since
an edge across the chest is a sign of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.measure import Bench
from pneumoscope.metrics.checks import Floats, Integers

if TYPE_CHECKING:
    from pneumoscope.heatmap_checks.assessed_films import AssessedFilms

GAMES = ("deletion", "insertion")

# Superpositions of which the least certain is taken: with 16, the packaged model gave 90 % of them
# a probability of 0.2 to 0.5, while it was nearly certain of half of those taken at random.
SUPERPOSITIONS = 16
# Standard deviation of the fading across a seam, as a share of the side: 4 pixels of 224.
SEAM = 1 / 56


def draw_superpositions(films: AssessedFilms, rng: np.random.Generator) -> Integers:
    """Rows of the films to superpose for each, one of each class: `(N, SUPERPOSITIONS, C)`.

    Raises `DatasetError` where the films of fewer than two classes come from two patients or more,
    since nothing neutral can be made of them.
    """
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


def least_certain(parts: NDArray[np.uint8], bench: Bench) -> NDArray[np.uint8]:
    """The superposition, of those of `parts` `(K, C, S, S)`, that lies nearest to the line."""
    superposed = np.rint(parts.mean(axis=1)).astype(np.uint8)
    thresholds = bench.manifest.thresholds("balanced")
    certainty = (bench.probabilities(superposed) / thresholds).max(axis=1)
    least: NDArray[np.uint8] = superposed[certainty.argmin()]
    return least


def ranks(evidence: NDArray[np.float32], ties: NDArray[np.float32] | None = None) -> Floats:
    """The share of the pixels `(S, S)` that come before each; those with most evidence come first.

    `ties` orders pixels of equal evidence in the same way; what ties then too goes row by row.
    """
    keys = (-evidence.ravel(),) if ties is None else (-ties.ravel(), -evidence.ravel())
    ranks = np.empty(evidence.size)
    ranks[np.lexsort(keys)] = np.arange(evidence.size) / evidence.size
    return ranks.reshape(evidence.shape)


def centre_blob(side: int) -> NDArray[np.float32]:
    """A Gaussian in the middle, whose circles grow until they reach the corners."""
    across = np.linspace(-1.0, 1.0, side)
    blob: NDArray[np.float32] = np.exp(-(across[:, None] ** 2 + across**2)).astype(np.float32)
    return blob


def play(
    bench: Bench,
    image: NDArray[np.uint8],
    fill: NDArray[np.uint8],
    orders: Sequence[Floats],
    shares: Floats,
) -> Floats:
    """Play both games with a film and what it is replaced by, `(S, S)` each.

    `orders` are `ranks` of its pixels, `shares` how much of it changes, from 0 to 1. Returns the
    curves of every class's probability, float64 `(games, orders, shares, C)`.
    """
    from scipy.ndimage import gaussian_filter

    inner = shares[1:-1]
    changed = np.empty((len(GAMES), len(orders), len(inner), *image.shape), dtype=np.uint8)
    before, after = image.astype(np.float32), fill.astype(np.float32)
    for place, order in enumerate(orders):
        for step, share in enumerate(inner):
            gone = gaussian_filter((order < share).astype(np.float32), SEAM * len(image))
            difference = gone * (after - before)
            changed[0, place, step] = np.rint(before + difference)
            changed[1, place, step] = np.rint(after - difference)
    films = np.concatenate([image[None], fill[None], changed.reshape(-1, *image.shape)])
    answers = bench.probabilities(films)
    whole, filled = answers[:2]
    curves = np.empty((len(GAMES), len(orders), len(shares), answers.shape[1]))
    curves[:, :, 1:-1] = answers[2:].reshape(*changed.shape[:3], -1)
    curves[0, :, 0] = curves[1, :, -1] = whole
    curves[0, :, -1] = curves[1, :, 0] = filled
    return curves
