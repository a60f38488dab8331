"""The manifest of a model file: everything that is needed to use its graph."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Iterator
from importlib import metadata
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from pneumoscope.errors import PneumoscopeError, nearest
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.wording import listed, steers_terminals

SCHEMA_VERSION: Final = 2
# Of the graph, in every model file.
INPUT_NAME = "image"
OUTPUT_NAMES = ("logits", "cam", "embedding")

ClassName = Annotated[str, Field(min_length=1)]
Threshold = Annotated[float, Field(gt=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelCard(_Part):
    """What a person must know before using the model."""

    licence: str
    data_source: str
    data_licence: str
    intended_use: str
    limitations: str


class ModelManifest(_Part):
    """Everything needed to use a model, apart from its graph.

    `class_names` are in the order of the logits. `normal_class` is the healthy one, which comes
    first; `None` says that there is none or, without `normal_class_is_known`, that an older file
    does not tell. `temperature` divides the logits before the softmax. `operating_points` holds a
    threshold for every class under every name, and always has `balanced`. `evidence_scale` is, for
    every class, the evidence (its activation map minus the mean of the other classes') drawn at
    full heat. `training` is the provenance: recipe, digest of the data, films per split and class,
    validation figures, versions, date. `graph_bytes` and `graph_sha256` describe the leading bytes
    of the file; the writer fills them.
    """

    schema_version: Literal[2] = SCHEMA_VERSION
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    architecture: str
    class_names: Annotated[tuple[ClassName, ...], Field(min_length=2)]
    normal_class: str | None = None
    normal_class_is_known: bool = True
    preprocess: PreprocessConfig
    temperature: Positive
    operating_points: dict[str, dict[str, Threshold]]
    evidence_scale: dict[str, Positive]
    training: dict[str, JsonValue]
    card: ModelCard
    graph_bytes: int = Field(0, ge=0)
    graph_sha256: str = ""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> ModelManifest:
        classes = set(self.class_names)
        if len(classes) != len(self.class_names):
            raise ValueError(f"class_names repeat: {', '.join(self.class_names)}")
        if self.normal_class is not None and self.normal_class not in classes:
            raise ValueError(f"normal_class {self.normal_class!r} is not one of the class_names")
        if self.normal_class not in (None, self.class_names[0]):
            raise ValueError(f"normal_class {self.normal_class!r} must be the first of class_names")
        if self.normal_class is not None and not self.normal_class_is_known:
            raise ValueError("normal_class is given, and said not to be known")
        if "balanced" not in self.operating_points:
            raise ValueError("operating_points must contain 'balanced'")
        for name, thresholds in self.operating_points.items():
            if set(thresholds) != classes:
                raise ValueError(f"operating point {name!r} needs one threshold for every class")
            if abs(sum(thresholds.values()) - 1.0) > 1e-6:
                raise ValueError(f"the thresholds of operating point {name!r} must sum to one")
        if set(self.evidence_scale) != classes:
            raise ValueError("evidence_scale needs one value for every class")
        # All of it may be shown on a terminal, and class names in tables.
        if any(map(steers_terminals, _texts(self.model_dump()))):
            raise ValueError("it holds control characters")
        if not all(name.isprintable() for name in self.class_names):
            raise ValueError("class_names must be printable")
        return self

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person must know before trusting an answer of this model, a few sentences each."""
        if self.normal_class_is_known:
            return ()
        first, *others = self.class_names
        return (
            f"The file of the model {self.name!r} does not say which of its classes, "
            f"{listed(self.class_names)}, is the healthy one. Its thresholds and figures were made "
            f"as if it were {first}, and {listed(others)} looked for. If that is wrong, train the "
            "model again and say it with --normal-class.",
        )

    def thresholds(self, operating_point: str = "balanced") -> list[float]:
        """The thresholds of a named operating point, in the order of `class_names`.

        Raises `PneumoscopeError` for a name that the model does not have.
        """
        if operating_point not in self.operating_points:
            raise PneumoscopeError(
                f"The model {self.name!r} has no operating point {operating_point!r}.",
                nearest(operating_point, self.operating_points),
            )
        return [self.operating_points[operating_point][name] for name in self.class_names]


def _texts(value: object) -> Iterator[str]:
    """All texts in nested values, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def making(*packages: str) -> dict[str, Any]:
    """When a model file was made, and with which versions of Python and of some packages."""
    return {
        "versions": {name: metadata.version(name) for name in packages}
        | {"python": platform.python_version()},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
