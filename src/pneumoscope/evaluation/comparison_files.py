"""From the files of a comparison back to the comparison, so that reports come from files."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.candidates import Exposure
from pneumoscope.evaluation.comparison import (
    COMPARISON_FILE,
    EVALUATIONS,
    ComparedModel,
    ComparedPair,
    Comparison,
    CorrectedTest,
)
from pneumoscope.evaluation.evaluation import read_evaluation
from pneumoscope.evaluation.latency import Machine
from pneumoscope.evaluation.reported import ReportedResult
from pneumoscope.metrics.intervals import Interval


def read_comparison(folder: str | Path) -> Comparison:
    """The comparison that `Comparison.write` left in a folder.

    Raises `DatasetError` where a file is missing or is not what a comparison writes.
    """
    path = Path(folder) / COMPARISON_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
        return Comparison(
            models=tuple(_model(model, path.parent) for model in document["models"]),
            pairs=tuple(_pair(pair) for pair in document["pairs"]),
            operating_point=document["operating_point"],
            machine=Machine(**document["machine"]),
            reported=tuple(ReportedResult(**row) for row in document["reported"]),
        )
    except OSError as error:
        raise DatasetError(
            f"There is no comparison in {folder}: {path.name}: {error.strerror}.",
            "Name a folder that `pneumoscope compare --out` has written.",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(
            f"{path} is not what a comparison writes: {type(error).__name__}: {error}.",
            "Compare the models again into this folder.",
        ) from error


def _model(document: Mapping[str, Any], folder: Path) -> ComparedModel:
    return ComparedModel(
        name=document["name"],
        given=document["given"],
        file_bytes=document["file_bytes"],
        latency=document["latency_ms"],
        training_seconds=document["training_seconds"],
        training_hardware=document["training_hardware"],
        exposure=Exposure(**document["exposure"]),
        evaluation=read_evaluation(folder / EVALUATIONS / document["name"]),
    )


def _pair(document: Mapping[str, Any]) -> ComparedPair:
    tests = {
        measure: CorrectedTest(
            difference=Interval(
                **{end: _number(value) for end, value in test["difference"].items()}
            ),
            p_value=_number(test["p_value"]),
            p_corrected=_number(test["p_corrected"]),
        )
        for measure, test in document["tests"].items()
    }
    return ComparedPair(**{**document, "tests": tests, "kappa": _number(document["kappa"])})


def _number(value: float | None) -> float:
    return math.nan if value is None else value
