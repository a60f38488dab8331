"""How often 95 % intervals hold the truth: shares exactly, areas under curves by simulation.

    python benchmarks/coverage.py

Writes `benchmarks/coverage.md`. Beside the package's intervals stand those of the percentile
bootstrap over films, which it used before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from result_page import table, write_page
from scipy.special import ndtri
from scipy.stats import binom

from pneumoscope.metrics.bounded import area_interval, share_interval

SHARES = np.linspace(0.95, 0.999, 50)
FILMS = (40, 60, 80, 100, 150, 200, 300, 400)
KINDS = ((20, 20), (50, 50), (80, 233), (200, 200))
AREAS = (0.95, 0.98, 0.99, 0.995, 0.999)
STUDIES, REPLICATES = 1000, 400

Floats = NDArray[np.float64]


def share_coverage(films: int) -> tuple[Floats, Floats]:
    """Coverage of the package's intervals and of the bootstrap's, for each of `SHARES`."""
    counts = np.arange(films + 1)
    ours = np.array(
        [
            share_interval(
                right / films,
                right / films * (1 - right / films) / films,
                films,
                films,
                level=0.95,
            )
            for right in counts
        ]
    )
    # Of counted films, replicates of a percentile bootstrap are binomial.
    drawn = np.stack(
        [binom.ppf(tail, films, counts / films) / films for tail in (0.025, 0.975)], axis=1
    )
    covered = []
    for intervals in (ours, drawn):
        holds = (intervals[:, :1] <= SHARES) & (intervals[:, 1:] >= SHARES)
        covered.append((binom.pmf(counts[:, None], films, SHARES) * holds).sum(axis=0))
    return covered[0], covered[1]


def area_coverage(ill: int, healthy: int, area: float) -> tuple[float, float]:
    """Coverage of the package's intervals and of the bootstrap's, of scores with normal errors."""
    rng = np.random.default_rng([ill, healthy, int(1000 * area)])
    films = 2 * ill * healthy / (ill + healthy)
    distance = float(ndtri(area)) * np.sqrt(2)
    ours = drawn = 0
    for study in range(STUDIES):
        scores = rng.normal(distance, 1, ill), rng.normal(0, 1, healthy)
        wins = (scores[0][:, None] > scores[1]).astype(float)
        by_ill, by_healthy = wins.mean(axis=1), wins.mean(axis=0)
        variance = by_ill.var(ddof=1) / ill + by_healthy.var(ddof=1) / healthy
        low, high = area_interval(float(wins.mean()), float(variance), films, films, level=0.95)
        ours += low <= area <= high
        if study < REPLICATES:
            weights = [rng.multinomial(n, [1 / n] * n, 400) / n for n in (ill, healthy)]
            ends = np.percentile(
                np.einsum("bi,ij,bj->b", weights[0], wins, weights[1]), [2.5, 97.5]
            )
            drawn += ends[0] <= area <= ends[1]
    return ours / STUDIES, drawn / REPLICATES


def main() -> None:
    rows, everything = [], []
    for films in FILMS:
        ours, drawn = share_coverage(films)
        everything.append(ours)
        rows.append(
            [str(films), *(f"{f(side):.3f}" for side in (ours, drawn) for f in (np.mean, np.min))]
        )
    areas = [
        [
            f"{ill} + {healthy}",
            f"{area:g}",
            *(f"{x:.3f}" for x in area_coverage(ill, healthy, area)),
        ]
        for ill, healthy in KINDS
        for area in AREAS
    ]
    write_page(
        "coverage",
        "How often 95 % intervals hold the truth",
        [
            "Shares, such as sensitivity, of films of patients with one film each, computed exactly"
            f" for {len(SHARES)} true values from {SHARES[0]:g} to {SHARES[-1]:g}. All in all the "
            f"mean is {np.mean(everything):.3f}, the least {np.min(everything):.3f}.",
            table(
                [
                    "films",
                    "mean",
                    "least",
                    "mean, percentile bootstrap",
                    "least, percentile bootstrap",
                ],
                rows,
            ),
            f"ROC-AUC, by {STUDIES} simulated studies a row ({REPLICATES} of the bootstrap).",
            table(
                ["ill + healthy films", "true ROC-AUC", "coverage", "percentile bootstrap"], areas
            ),
        ],
        packages=("numpy", "scipy"),
        arguments="",
    )


if __name__ == "__main__":
    main()
