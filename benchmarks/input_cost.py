"""What an epoch's input costs: films from the pixel cache against decoding full-size JPEGs.

    python benchmarks/input_cost.py FULL_SIZE EPOCH    # a folder of JPEGs, a folder of films

Writes `benchmarks/input_cost.md`. CPU time, not wall time, on both sides.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from result_page import in_turn, table, write_page

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.sources import find_films
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.training.dataset import FilmDataset, training_loader


def decoding(films: list[Path], config: PreprocessConfig) -> float:
    """CPU seconds a film: read at full size and preprocess, as without a cache."""
    started = time.process_time()
    for film in films:
        preprocess(read_image(film).pixels, config)
    return (time.process_time() - started) / len(films)


def cached(dataset: FilmDataset) -> float:
    """CPU seconds a film: one epoch of shuffled batches from the cache."""
    started = time.process_time()
    for _ in training_loader(dataset, batch_size=32, seed=0):
        pass
    return (time.process_time() - started) / len(dataset)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("full_size", type=Path)
    parser.add_argument("epoch", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    films = sorted(arguments.full_size.glob("*.jp*g"))
    config = PreprocessConfig()
    with tempfile.TemporaryDirectory() as scratch:
        table_of_films = find_films(arguments.epoch)
        cache = PixelCache.open_or_build(table_of_films, config, Path(scratch))
        dataset = FilmDataset(cache.pixels, cache.rows, table_of_films.y_true)
        pairs = in_turn(lambda: cached(dataset), lambda: decoding(films, config), arguments.repeats)
    ratios = [slow / fast for fast, slow in pairs]
    megapixels = [height * width / 1e6 for height, width in (read_image(f).shape for f in films)]
    fast, slow = (statistics.median(times) * 1e3 for times in zip(*pairs, strict=True))
    row = [
        f"{slow:.2f}",
        f"{fast:.4f}",
        f"{statistics.median(ratios):.0f}",
        f"{min(ratios):.0f} to {max(ratios):.0f}",
    ]
    write_page(
        "input_cost",
        "Input cost of an epoch",
        [
            f"CPU milliseconds a film, medians of {arguments.repeats} runs of each side in turn. "
            f"{len(films)} JPEG films of {min(megapixels):.1f} to {max(megapixels):.1f} "
            f"megapixels; the cache hands out {len(table_of_films)} films in shuffled batches of "
            "32.",
            table(["decoded at full size", "from the cache", "ratio", "range of ratios"], [row]),
        ],
        packages=("numpy", "pillow", "torch"),
        arguments="FULL_SIZE EPOCH",
    )


if __name__ == "__main__":
    main()
