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

from machine import describe

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.sources import find_films
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.training.dataset import FilmDataset, training_loader

HERE = Path(__file__).parent


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
        table = find_films(arguments.epoch)
        cache = PixelCache.open_or_build(table, config, Path(scratch))
        dataset = FilmDataset(cache.pixels, cache.rows, table.y_true)
        pairs = [(cached(dataset), decoding(films, config)) for _ in range(arguments.repeats)]
    ratios = [slow / fast for fast, slow in pairs]
    sizes = [read_image(film).shape for film in films]
    text = "\n".join(
        [
            "# Input cost of an epoch",
            "",
            f"CPU milliseconds a film, medians of {arguments.repeats} runs of each side in turn. "
            f"{len(films)} JPEG films of {min(h * w for h, w in sizes) / 1e6:.1f} to "
            f"{max(h * w for h, w in sizes) / 1e6:.1f} megapixels; the cache hands out "
            f"{len(table)} films in shuffled batches of 32.",
            "",
            "| decoded at full size | from the cache | ratio | range of ratios |",
            "|---|---|---|---|",
            f"| {statistics.median(pair[1] for pair in pairs) * 1e3:.2f} "
            f"| {statistics.median(pair[0] for pair in pairs) * 1e3:.4f} "
            f"| {statistics.median(ratios):.0f} | {min(ratios):.0f} to {max(ratios):.0f} |",
            "",
            describe("numpy", "pillow", "torch"),
            "",
            "Command: `python benchmarks/input_cost.py FULL_SIZE EPOCH`",
        ]
    )
    (HERE / "input_cost.md").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
