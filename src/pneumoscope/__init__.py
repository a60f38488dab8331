"""Train, check and ship chest X-ray classifiers that can be trusted.

    from pneumoscope import Predictor

    predictor = Predictor.load()
    finding = predictor.predict("film.dcm")
    finding.label, finding.probabilities, finding.heatmap

Names are imported when they are first used, so `import pneumoscope` itself is quick.
"""

from __future__ import annotations

import importlib
import logging
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pneumoscope.cores import set_threads
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.errors import (
        DatasetError,
        DecoderError,
        HistoryError,
        HistoryFullError,
        HistoryUnavailableError,
        ImageReadError,
        MissingExtraError,
        ModelFileError,
        OutOfScopeError,
        PneumoscopeError,
        RecipeError,
        TrainingError,
        UnknownModelError,
    )
    from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
    from pneumoscope.imaging.reading import read_image
    from pneumoscope.inference.frames import to_arrow, to_pandas
    from pneumoscope.inference.isolation import FilmWorkers
    from pneumoscope.inference.prediction import Prediction
    from pneumoscope.inference.predictor import Predictor
    from pneumoscope.pipelines.commands import compare, evaluate, explain, train
    from pneumoscope.recipe.files import load_recipe
    from pneumoscope.recipe.settings import Recipe

    __version__: str

__all__ = [
    "DatasetError",
    "DecoderError",
    "FilmWorkers",
    "HistoryError",
    "HistoryFullError",
    "HistoryUnavailableError",
    "ImageReadError",
    "MissingExtraError",
    "ModelFileError",
    "OutOfScopeError",
    "PatientRule",
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
    "set_threads",
    "to_arrow",
    "to_pandas",
    "train",
]

_HOMES = {
    "FilmWorkers": "inference.isolation",
    "PatientRule": "data.patient_rules",
    "Prediction": "inference.prediction",
    "Predictor": "inference.predictor",
    "PreprocessConfig": "imaging.preprocessing",
    "Recipe": "recipe.settings",
    "compare": "pipelines.commands",
    "evaluate": "pipelines.commands",
    "explain": "pipelines.commands",
    "load_recipe": "recipe.files",
    "preprocess": "imaging.preprocessing",
    "read_image": "imaging.reading",
    "set_threads": "cores",
    "to_arrow": "inference.frames",
    "to_pandas": "inference.frames",
    "train": "pipelines.commands",
}


# Who wants to hear what happens adds a handler of their own; see `logs.py`.
logging.getLogger(__name__).addHandler(logging.NullHandler())

# From 1.29 on, ONNX Runtime tells its makers about the machine and the models that are run on it,
# unless this says otherwise before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("pneumoscope")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f"pneumoscope.{_HOMES.get(name, 'errors')}")
    return getattr(home, name)


def __dir__() -> list[str]:
    return __all__
