"""Put the fingerprints of a model's training and validation films into its file, in place.

    python benchmarks/packaged_films.py MODEL DATA

For model files from before `pneumoscope train` did so, such as the packaged model, whose films are
those of `chest_xray`. DATA is divided as the recipe in the file says, and refused unless that is
the division that the model was trained with, to the last film. The graph and all settings stay.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import seen_films
from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.modelfile.file import read_model_file, write_model_file
from pneumoscope.recipe.parsing import parse_recipe


def record_films(model: Path, data: Path) -> dict[str, int]:
    """Record them, and return how many different films of each kind there are."""
    contents, manifest = read_model_file(model)
    recipe = parse_recipe(manifest.training["recipe"], f"the recipe in {model}")
    table = find_films(data, recipe.labels)
    with tempfile.TemporaryDirectory() as folder:
        cache = PixelCache.open_or_build(table, manifest.preprocess, Path(folder))
        films = PreparedFilms.of(assign_splits(table, recipe.split, cache.digests), cache)
        if films.table.digest != manifest.training["data_digest"]:
            raise SystemExit(f"{model} was not trained on this division of the films in {data}.")
        seen = seen_films(films)
    graph = contents[: manifest.graph_bytes]
    write_model_file(graph, manifest.model_copy(update={"seen": seen}), model)
    return seen.count()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    arguments = parser.parse_args()
    for kind, count in record_films(arguments.model, arguments.data).items():
        print(f"{kind}: {count:,} different films")
