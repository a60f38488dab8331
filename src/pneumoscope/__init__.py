"""Train, check and ship chest X-ray classifiers that can be trusted.

    from pneumoscope import Predictor

    predictor = Predictor.load()
    finding = predictor.predict("film.dcm")
    finding.label, finding.probabilities, finding.heatmap

Names are imported when they are first used, so `import pneumoscope` itself is quick.
"""

from __future__ import annotations

import importlib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pneumoscope.errors import (
        DatasetError,
        ImageReadError,
        MissingExtraError,
        ModelFileError,
        OutOfScopeError,
        PneumoscopeError,
        RecipeError,
        TrainingError,
        UnknownModelError,
    )
    from pneumoscope.evaluation.compare import compare
    from pneumoscope.evaluation.evaluate import evaluate
    from pneumoscope.heatmaps.explain import explain
    from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
    from pneumoscope.imaging.reading import read_image
    from pneumoscope.inference.isolation import FilmWorkers
    from pneumoscope.inference.prediction import Prediction
    from pneumoscope.inference.predictor import Predictor
    from pneumoscope.pipelines.train import train
    from pneumoscope.recipe.files import load_recipe
    from pneumoscope.recipe.settings import Recipe

    __version__: str

__all__ = [
    "DatasetError",
    "FilmWorkers",
    "ImageReadError",
    "MissingExtraError",
    "ModelFileError",
    "OutOfScopeError",
    "PneumoscopeError",
    "Prediction",
    "Predictor",
    "PreprocessConfig",
    "Recipe",
    "RecipeError",
    "TrainingError",
    "UnknownModelError",
    "__version__",
    "compare",
    "evaluate",
    "explain",
    "load_recipe",
    "preprocess",
    "read_image",
    "train",
]

_HOMES = {
    "FilmWorkers": "inference.isolation",
    "Prediction": "inference.prediction",
    "Predictor": "inference.predictor",
    "PreprocessConfig": "imaging.preprocessing",
    "Recipe": "recipe.settings",
    "compare": "evaluation.compare",
    "evaluate": "evaluation.evaluate",
    "explain": "heatmaps.explain",
    "load_recipe": "recipe.files",
    "preprocess": "imaging.preprocessing",
    "read_image": "imaging.reading",
    "train": "pipelines.train",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("pneumoscope")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pneumoscope.errors import needs_extra

    with needs_extra("Training", "train") if name == "train" else nullcontext():
        home = importlib.import_module(f"pneumoscope.{_HOMES.get(name, 'errors')}")
    return getattr(home, name)


def __dir__() -> list[str]:
    return __all__
